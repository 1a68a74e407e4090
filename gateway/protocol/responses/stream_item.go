package responses

import (
	"github.com/fairlead-dev/fairlead/gateway/chat"
	"github.com/fairlead-dev/fairlead/gateway/jsonwrite"
)

// Names of the events that make items grow.
const (
	eventTextDelta      = "response.output_text.delta"
	eventSummaryDelta   = "response.reasoning_summary_text.delta"
	eventArgumentsDelta = "response.function_call_arguments.delta"
	eventInputDelta     = "response.custom_tool_call_input.delta"
)

// Members that say which part of an item an event is about. There is never more than one part, so that they are 0.
const (
	memberContent = "content_index"
	memberSummary = "summary_index"
)

// head begins the next event.
func (s *stream) head(name string) {
	s.buf = append(append(append(s.buf[:0], `{"type":"`...), name...), '"')
	s.buf = jsonwrite.IntMember(s.buf, "sequence_number", s.seq)
	s.seq++
}

// send ends the event and sends it.
func (s *stream) send(name string) error {
	s.buf = append(s.buf, '}')
	return s.out.Event(name, s.buf)
}

// whole sends an event that holds the Response.
func (s *stream) whole(name string, echo []byte) error {
	s.head(name)
	s.buf = s.append(jsonwrite.Member(s.buf, "response", ""), echo)
	return s.send(name)
}

// appendPlace appends which item an event is about and, where index is one of the members, which part of it.
func (s *stream) appendPlace(b []byte, index string) []byte {
	b = jsonwrite.IntMember(jsonwrite.StringMember(b, "item_id", s.item.id), "output_index", int64(s.count))
	if index != "" {
		b = jsonwrite.Member(b, index, "0")
	}
	return b
}

// openItem closes the open item and opens another.
func (s *stream) openItem(kind chat.Kind, call *chat.ToolCall, signature chat.Signature) error {
	if err := s.closeItem(statusCompleted); err != nil {
		return err
	}
	s.item = s.open(kind, call, signature)
	if err := s.itemEvent("response.output_item.added", statusInProgress); err != nil || kind != chat.KindText {
		return err
	}
	return s.content("response.content_part.added")
}

func (s *stream) itemEvent(name, status string) error {
	s.head(name)
	s.buf = jsonwrite.IntMember(s.buf, "output_index", int64(s.count))
	s.buf = s.item.append(jsonwrite.Member(s.buf, "item", ""), status)
	return s.send(name)
}

// closeItem ends the open item, if there is one.
func (s *stream) closeItem(status string) error {
	var err error
	switch s.item.kind {
	case 0:
		return nil
	case chat.KindText:
		err = s.closeMessage()
	case chat.KindThinking:
		err = s.closeThinking()
	case chat.KindToolCall:
		status = s.item.finishCall()
		err = s.closeCall()
	}
	if err != nil {
		return err
	}
	if err := s.itemEvent("response.output_item.done", status); err != nil {
		return err
	}
	s.close(&s.item, status)
	s.item = item{}
	return nil
}

func (s *stream) closeMessage() error {
	s.done("response.output_text.done", memberContent, "text")
	s.buf = append(append(jsonwrite.Member(s.buf, "logprobs", "["), s.item.logprobs...), ']')
	if err := s.send("response.output_text.done"); err != nil {
		return err
	}
	return s.content("response.content_part.done")
}

func (s *stream) closeThinking() error {
	if len(s.item.text) == 0 {
		return nil
	}
	s.done("response.reasoning_summary_text.done", memberSummary, "text")
	if err := s.send("response.reasoning_summary_text.done"); err != nil {
		return err
	}
	return s.summary("response.reasoning_summary_part.done")
}

func (s *stream) closeCall() error {
	switch s.item.tool.kind {
	case toolFunction:
		s.done("response.function_call_arguments.done", "", "arguments")
		s.buf = jsonwrite.StringMember(s.buf, "name", s.item.tool.name)
		return s.send("response.function_call_arguments.done")
	case toolSearch:
		return nil
	}
	for text := range chat.Pieces(string(s.item.text)) {
		if err := s.delta(eventInputDelta, "", text, nil); err != nil {
			return err
		}
	}
	s.done("response.custom_tool_call_input.done", "", "input")
	return s.send("response.custom_tool_call_input.done")
}

// done begins the event that repeats all text of the open item.
func (s *stream) done(name, index, member string) {
	s.head(name)
	s.buf = jsonwrite.StringMember(s.appendPlace(s.buf, index), member, s.item.text)
}

func (s *stream) content(name string) error {
	s.head(name)
	s.buf = s.item.appendContent(jsonwrite.Member(s.appendPlace(s.buf, memberContent), "part", ""))
	return s.send(name)
}

// summary sends an event about the text of a thought, which is empty when it begins.
func (s *stream) summary(name string) error {
	s.head(name)
	s.buf = s.item.appendSummary(jsonwrite.Member(s.appendPlace(s.buf, memberSummary), "part", ""))
	return s.send(name)
}
