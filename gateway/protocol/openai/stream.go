package openai

import (
	"strconv"

	"github.com/fairlead-dev/fairlead/gateway/chat"
	"github.com/fairlead-dev/fairlead/gateway/jsonwrite"
	"github.com/fairlead-dev/fairlead/gateway/protocol"
)

// Stream returns what writes a streamed answer. The role is in the first chunk of each choice: without it LangChain drops calls of
// tools, and OpenAI's helpers fail. Every piece of a call has its index, and none has empty arguments. The usage comes last, in a
// chunk without choices, and only where the client asked for it.
func (c Chat) Stream(_ *protocol.Call, req *chat.Request, out protocol.Output) protocol.StreamWriter {
	return &stream{chunks: chunks{mint: c.mint, req: req, out: out}, hidden: hidden(req), functions: onlyFunctions(req)}
}

// stream writes the chunks of a chat completion.
type stream struct {
	chunks
	turns []turn
	// hidden: the client does not want thoughts. functions: it knows functions rather than tools.
	hidden, functions bool
}

// turn is the state of one choice.
type turn struct {
	begun bool
	// call is one that begins with its first arguments.
	call chat.Event
	// thoughts are those of which no signature has come yet; details counts what has been signed.
	thoughts []byte
	details  int
}

// Event writes the next event.
func (s *stream) Event(e *chat.Event) error {
	switch e.Kind {
	case chat.EventStart:
		s.start(e, "chatcmpl-", "chat.completion.chunk")
		return nil
	case chat.EventUsage:
		s.usage = e.Usage
		return nil
	}
	if err := s.grow(e.Choice); err != nil {
		return err
	}
	return s.next(&s.turns[e.Choice], e)
}

// grow makes room for a choice. Those before it begin now: openai-python's helper fails on a choice that comes before them.
func (s *stream) grow(choice int) error {
	for before := len(s.turns); before < choice; before++ {
		s.turns = append(s.turns, turn{})
		s.open(&s.turns[before], before, true)
		s.buf = append(s.buf, `"content":""`...)
		if err := s.send(nil); err != nil {
			return err
		}
	}
	if choice == len(s.turns) {
		s.turns = append(s.turns, turn{})
	}
	return nil
}

func (s *stream) next(t *turn, e *chat.Event) error {
	switch e.Kind {
	case chat.EventText:
		t.thoughts = t.thoughts[:0]
		return s.text(t, e)
	case chat.EventThinking:
		return s.thinking(t, e.Choice, e.Text)
	case chat.EventSignature, chat.EventRedacted:
		return s.signature(t, e)
	case chat.EventToolCall:
		t.thoughts, t.call = t.thoughts[:0], *e
	case chat.EventArguments:
		return s.arguments(t, e)
	case chat.EventFinish:
		return s.finish(t, e)
	}
	return nil
}

// open begins a chunk of a choice up to and with its delta's bracket; the first one has the role, and empty content where it says
// nothing.
func (s *stream) open(t *turn, choice int, says bool) {
	b := append(append(s.buf[:0], s.head...), `{"index":`...)
	b = append(strconv.AppendInt(b, int64(choice), 10), `,"delta":{`...)
	if !t.begun {
		b = append(b, `"role":"assistant",`...)
		if !says {
			b = append(b, `"content":"",`...)
		}
	}
	t.begun = true
	s.buf = b
}

// send ends a chunk after the members of its delta and sends it.
func (s *stream) send(logs []byte) error {
	s.buf = append(append(append(s.buf, '}'), logs...), `,"finish_reason":null}]}`...)
	return s.out.Event("", s.buf)
}

func (s *stream) text(t *turn, e *chat.Event) error {
	s.open(t, e.Choice, true)
	s.buf = jsonwrite.String(append(s.buf, `"content":`...), e.Text)
	if value := carried(e.Signature); value != "" {
		s.buf = appendSignature(s.buf, value)
	}
	return s.send(appendLogprobs(nil, e.Logprobs))
}

func appendSignature(b []byte, value string) []byte {
	return append(jsonwrite.String(append(b, `,"extra_content":{"google":{"thought_signature":`...), value), `}}`...)
}

func (s *stream) arguments(t *turn, e *chat.Event) error {
	if s.functions && e.Call > 0 {
		return nil
	}
	s.open(t, e.Choice, false)
	if s.functions {
		s.buf = append(s.buf, `"function_call":`...)
		s.function(t, e)
		return s.send(nil)
	}
	s.buf = strconv.AppendInt(append(s.buf, `"tool_calls":[{"index":`...), int64(e.Call), 10)
	if t.call.Kind != 0 {
		s.buf = jsonwrite.String(append(s.buf, `,"id":`...), chat.Seal(t.call.ID, t.call.Signature))
		s.buf = append(s.buf, `,"type":"function"`...)
		if value := carried(t.call.Signature); value != "" {
			s.buf = appendSignature(s.buf, value)
		}
	}
	s.buf = append(s.buf, `,"function":`...)
	s.function(t, e)
	s.buf = append(s.buf, `}]`...)
	return s.send(nil)
}

// function appends the name, where the call begins, and the next piece of the arguments.
func (s *stream) function(t *turn, e *chat.Event) {
	s.buf = append(s.buf, '{')
	if t.call.Kind != 0 {
		s.buf = append(jsonwrite.String(append(s.buf, `"name":`...), t.call.Name), ',')
		t.call = chat.Event{}
	}
	s.buf = append(jsonwrite.String(append(s.buf, `"arguments":`...), e.Text), '}')
}

// finish ends a choice. The log probabilities of an answer that the upstream gave whole come here, in as many chunks as they need.
func (s *stream) finish(t *turn, e *chat.Event) error {
	logs := e.Logprobs
	for len(logs) > 0 {
		n := fitting(logs)
		s.open(t, e.Choice, true)
		s.buf = append(s.buf, `"content":""`...)
		if err := s.send(appendLogprobs(nil, logs[:n])); err != nil {
			return err
		}
		logs = logs[n:]
	}
	s.open(t, e.Choice, false)
	if b := s.buf; b[len(b)-1] == ',' {
		s.buf = b[:len(b)-1]
	}
	s.buf = append(s.buf, `},"finish_reason":"`...)
	s.buf = append(append(s.buf, finishReason(s.req, e.Finish)...), `"}]}`...)
	return s.out.Event("", s.buf)
}
