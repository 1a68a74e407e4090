package responses

import (
	"encoding/json"

	"github.com/fairlead-dev/fairlead/gateway/chat"
	"github.com/fairlead-dev/fairlead/gateway/fault"
	"github.com/fairlead-dev/fairlead/gateway/jsonwrite"
	"github.com/fairlead-dev/fairlead/gateway/protocol"
)

// stream writes an answer as events. Every item of the output is opened, grows and is closed before the next one.
// Source: https://platform.openai.com/docs/api-reference/responses-streaming
type stream struct {
	response
	out protocol.Output
	// item is the open one. Its kind is 0 where there is none.
	item item
	// buf holds the event that is being written, seq is its number.
	buf []byte
	seq int64
}

// Event writes the next event. The protocol has one choice, see Codec.Answer.
func (s *stream) Event(e *chat.Event) error {
	if e.Choice != 0 {
		return nil
	}
	switch e.Kind {
	case chat.EventStart:
		return s.start(e)
	case chat.EventText:
		return s.text(e)
	case chat.EventThinking:
		return s.thinking(e)
	case chat.EventSignature:
		return s.sign(e)
	case chat.EventRedacted:
		return s.openItem(chat.KindRedacted, nil, e.Signature)
	case chat.EventToolCall:
		return s.openItem(chat.KindToolCall, &chat.ToolCall{ID: e.ID, Name: e.Name}, e.Signature)
	case chat.EventArguments:
		return s.arguments(e)
	case chat.EventToolCallEnd:
		return s.closeItem(statusCompleted)
	case chat.EventFinish:
		return s.end(e)
	case chat.EventUsage:
		s.usage = e.Usage
	}
	return nil
}

func (s *stream) start(e *chat.Event) error {
	s.begin(e.Created)
	s.usage = e.Usage
	if err := s.whole("response.created", s.own.brief); err != nil {
		return err
	}
	return s.whole("response.in_progress", s.own.brief)
}

// end closes what is open. The last event waits for Close, because what the answer cost may come after this.
func (s *stream) end(e *chat.Event) error {
	s.finish(e.Finish)
	s.item.addLogprobs(e.Logprobs)
	return s.closeItem(s.status)
}

// Close ends a complete answer.
func (s *stream) Close() error {
	if s.status == statusIncomplete {
		return s.whole("response.incomplete", s.own.echo)
	}
	return s.whole("response.completed", s.own.echo)
}

// Fail ends an answer that broke: with an error, which SDKs raise, and with the Response, which agents read. What was open stays
// without an end.
func (s *stream) Fail(e *fault.Error) error {
	if err := s.out.Event(eventError, appendError(s.buf[:0], e, s.seq)); err != nil {
		return err
	}
	s.seq++
	if s.created.IsZero() {
		s.begin(s.created)
	}
	s.status, s.reason, s.failure = statusFailed, "", e
	return s.whole("response.failed", s.own.brief)
}

// text writes a piece of a message, and its signature, for which there is no place, as a thought without words behind it; see
// chat.SignTexts.
func (s *stream) text(e *chat.Event) error {
	if e.Text != "" || len(e.Logprobs) > 0 {
		if err := s.words(e); err != nil {
			return err
		}
	}
	if e.Signature.Value == "" {
		return nil
	}
	return s.openItem(chat.KindThinking, nil, e.Signature)
}

func (s *stream) words(e *chat.Event) error {
	if s.item.kind != chat.KindText {
		if err := s.openItem(chat.KindText, nil, chat.Signature{}); err != nil {
			return err
		}
	}
	s.item.text = append(s.item.text, e.Text...)
	s.item.addLogprobs(e.Logprobs)
	return s.delta(eventTextDelta, memberContent, e.Text, e.Logprobs)
}

// thinking writes a piece of a thought. After a signature comes another thought.
func (s *stream) thinking(e *chat.Event) error {
	if s.item.kind != chat.KindThinking || s.item.signature.Value != "" {
		if err := s.openItem(chat.KindThinking, nil, chat.Signature{}); err != nil {
			return err
		}
	}
	if len(s.item.text) == 0 {
		if err := s.summary("response.reasoning_summary_part.added"); err != nil {
			return err
		}
	}
	s.item.text = append(s.item.text, e.Text...)
	return s.delta(eventSummaryDelta, memberSummary, e.Text, nil)
}

// sign takes the signature of a thought, which its end will show. A signature without a thought is one without words.
func (s *stream) sign(e *chat.Event) error {
	if s.item.kind != chat.KindThinking || s.item.signature.Value != "" {
		return s.openItem(chat.KindThinking, nil, e.Signature)
	}
	s.item.signature = e.Signature
	return nil
}

// arguments writes a piece of the arguments of a call. Those of a custom tool are held back until they are whole, when their text
// can be taken out, and those of a search because there is no event for them.
func (s *stream) arguments(e *chat.Event) error {
	s.item.text = append(s.item.text, e.Text...)
	if s.item.tool.kind != toolFunction {
		return nil
	}
	return s.delta(eventArgumentsDelta, "", e.Text, nil)
}

// delta writes a piece of the open item.
func (s *stream) delta(name, index, text string, logprobs []json.RawMessage) error {
	s.head(name)
	s.buf = s.appendPlace(s.buf, index)
	s.buf = jsonwrite.StringMember(s.buf, "delta", text)
	if index == memberContent {
		s.buf = append(appendList(jsonwrite.Member(s.buf, "logprobs", "["), logprobs), ']')
	}
	return s.send(name)
}
