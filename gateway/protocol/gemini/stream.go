package gemini

import (
	"github.com/fairlead-dev/fairlead/gateway/chat"
	"github.com/fairlead-dev/fairlead/gateway/fault"
	"github.com/fairlead-dev/fairlead/gateway/protocol"
)

// Stream returns what writes the chunks of streamGenerateContent: server-sent events with data only, without comments, names or a
// [DONE], which Google's SDKs all stumble over; or one JSON array, where the client did not ask for events.
func (Generate) Stream(call *protocol.Call, req *chat.Request, out protocol.Output) protocol.StreamWriter {
	return &stream{out: out, model: req.Model, array: call.Array}
}

// stream writes one answer. Each chunk is a whole GenerateContentResponse that holds what is new. How the choices ended and what
// the answer cost is in the last one, which Close writes.
type stream struct {
	out   protocol.Output
	model string
	array bool
	begun bool
	// tail is what every chunk ends with.
	tail    []byte
	buf     []byte
	choices []choice
	usage   chat.Usage
}

// choice is what a stream keeps of one choice.
type choice struct {
	// thought is the last piece of thinking. It waits for the next event, because a signature belongs to it: chats of the SDK for Go
	// forget parts without text.
	thought []byte
	waiting bool
	// call is the call whose arguments come, which go out whole.
	call      chat.ToolCall
	signature chat.Signature
	arguments []byte
	// finish is how the choice ended, empty until then; end is its last event.
	finish    string
	malformed bool
	end       chat.Event
}

// Event takes the next event.
func (s *stream) Event(e *chat.Event) error {
	switch e.Kind {
	case chat.EventStart:
		s.tail = member(s.tail[:0], "modelVersion", s.model)
		s.tail = append(member(s.tail, "responseId", e.ID), '}')
		return nil
	case chat.EventUsage:
		s.usage = e.Usage
		return nil
	}
	for len(s.choices) <= e.Choice {
		s.choices = append(s.choices, choice{})
	}
	return s.next(&s.choices[e.Choice], e)
}

func (s *stream) next(c *choice, e *chat.Event) error {
	if e.Kind == chat.EventSignature {
		c.waiting = false
		return s.text(e.Choice, string(c.take()), true, marked(e.Signature, false), nil)
	}
	if err := s.release(c, e.Choice); err != nil {
		return err
	}
	switch e.Kind {
	case chat.EventThinking:
		c.thought, c.waiting = append(c.thought[:0], e.Text...), true
	case chat.EventText:
		return s.text(e.Choice, e.Text, false, marked(e.Signature, false), e)
	case chat.EventRedacted:
		return s.text(e.Choice, "", true, marked(e.Signature, true), nil)
	case chat.EventToolCall:
		c.call, c.signature, c.arguments = chat.ToolCall{ID: e.ID, Name: e.Name}, e.Signature, c.arguments[:0]
	case chat.EventArguments:
		c.arguments = append(c.arguments, e.Text...)
	case chat.EventToolCallEnd:
		return s.called(c, e.Choice)
	case chat.EventFinish:
		c.finish, c.end = finishReason(e.Finish.Reason), *e
	}
	return nil
}

func (c *choice) take() []byte {
	t := c.thought
	c.thought, c.waiting = c.thought[:0], false
	return t
}

// release writes the thinking that waits.
func (s *stream) release(c *choice, index int) error {
	if !c.waiting {
		return nil
	}
	return s.text(index, string(c.take()), true, "", nil)
}

// text writes a chunk with one part of text; e has its log probabilities, if any.
func (s *stream) text(index int, text string, thought bool, signature string, e *chat.Event) error {
	b := closeCandidate(appendText(s.open(), text, thought, signature), index, "")
	if e != nil {
		b = appendLogprobs(b, e.Logprobs)
	}
	return s.chunk(append(b, "}]"...))
}

// called writes a chunk with a call. One that cannot be written says so where the choice ends, as Google does.
func (s *stream) called(c *choice, index int) error {
	b, ok := appendCall(s.open(), c.call.ID, c.call.Name, c.arguments, c.signature)
	if !ok {
		c.malformed = true
		return nil
	}
	return s.chunk(append(closeCandidate(b, index, ""), "}]"...))
}

func (s *stream) open() []byte { return openCandidate(append(s.begin(), `{"candidates":[`...)) }

// begin begins the next chunk with what frames it.
func (s *stream) begin() []byte {
	switch b := s.buf[:0]; {
	case !s.array:
		return b
	case s.begun:
		return append(b, ",\r\n"...)
	default:
		return append(b, '[')
	}
}

// chunk sends b, which has its candidates.
func (s *stream) chunk(b []byte) error {
	s.buf, s.begun = append(b, s.tail...), true
	return s.send(s.buf)
}

func (s *stream) send(b []byte) error {
	if s.array {
		return s.out.Raw(b)
	}
	return s.out.Event("", b)
}

// Close writes the last chunk.
func (s *stream) Close() error {
	b := append(s.begin(), `{"candidates":[`...)
	for i := range s.choices {
		if i > 0 {
			b = append(b, ',')
		}
		c := &s.choices[i]
		finish := c.finish
		if c.malformed {
			finish = finishMalformed
		}
		b = closeCandidate(appendText(openCandidate(b), "", false, ""), i, finish)
		b = append(appendLogprobs(b, c.end.Logprobs), '}')
	}
	b = appendUsage(append(b, ']'), s.usage)
	b = append(b, s.tail...)
	if s.array {
		b = append(b, ']')
	}
	s.buf = b
	return s.send(b)
}

// Fail writes the error as a chunk, and no reason for a finish: without one the SDKs do not take an answer for complete.
func (s *stream) Fail(e *fault.Error) error {
	b := appendError(s.begin(), e, "")
	if s.array {
		b = append(b, ']')
	}
	return s.send(b)
}
