package anthropic

import (
	"encoding/json"
	"fmt"
	"io"
	"slices"

	"github.com/fairlead-dev/fairlead/gateway/chat"
	"github.com/fairlead-dev/fairlead/gateway/sse"
)

// Types of events.
const (
	eventMessageStart = "message_start"
	eventBlockStart   = "content_block_start"
	eventBlockDelta   = "content_block_delta"
	eventBlockStop    = "content_block_stop"
	eventMessageDelta = "message_delta"
	eventMessageStop  = "message_stop"
	eventError        = "error"
)

// event is one event of a stream. Its type is in the data; names are not read, because servers exist that send none.
type event struct {
	Type         string       `json:"type"`
	Index        int          `json:"index"`
	Message      *readMessage `json:"message"`
	ContentBlock *readBlock   `json:"content_block"`
	Delta        delta        `json:"delta"`
	Usage        *usage       `json:"usage"`
	Error        *problem     `json:"error"`
}

// delta is what an event adds to a block or, in message_delta, to the message.
type delta struct {
	Type         string  `json:"type"`
	Text         string  `json:"text"`
	Thinking     string  `json:"thinking"`
	Signature    string  `json:"signature"`
	PartialJSON  string  `json:"partial_json"`
	StopReason   string  `json:"stop_reason"`
	StopSequence *string `json:"stop_sequence"`
}

// DecodeStream reads a stream up to message_stop and emits its events. The end of src before that is an answer cut short,
// chat.ErrUnfinished, unless the reason why the model stopped has come: then nothing of the answer is missing. An error event is a
// *fault.Error. Events of types that are not known, pings among them, are passed over, as the protocol asks for.
// Source: https://platform.claude.com/docs/en/build-with-claude/streaming
func DecodeStream(src io.Reader, emit func(*chat.Event) error) error {
	s := &stream{emit: emit, calls: map[int]int{}}
	for data, err := range sse.Events(src) {
		if err != nil {
			return err
		}
		done, err := s.data(data)
		if done || err != nil {
			return err
		}
	}
	if !s.stopped {
		return chat.ErrUnfinished
	}
	return nil
}

// stream is the state of one stream.
type stream struct {
	emit func(*chat.Event) error
	// out is used for one event after another.
	out chat.Event
	// calls is the number of the call in each open block that is one, begun how many calls there were.
	calls map[int]int
	begun int
	usage usage
	// stopped says that the reason for the end has come.
	stopped bool
}

// data reads one event, and says whether it is the last.
func (s *stream) data(data []byte) (done bool, err error) {
	if text, ok := textDelta(data); ok {
		return false, s.send(chat.Event{Kind: chat.EventText, Text: text})
	}
	var e event
	if err := json.Unmarshal(data, &e); err != nil && !e.unknown() {
		return false, fmt.Errorf("reading an event of the upstream: %w", err)
	}
	switch e.Type {
	case eventMessageStart:
		return false, s.start(e.Message)
	case eventBlockStart:
		return false, s.begin(&e)
	case eventBlockDelta:
		return false, s.add(&e)
	case eventBlockStop:
		return false, s.end(e.Index)
	case eventMessageDelta:
		return false, s.stop(&e)
	case eventError:
		if e.Error == nil {
			e.Error = &problem{Type: errAPI}
		}
		return false, e.Error.fault(statuses()[e.Error.Type])
	}
	return e.Type == eventMessageStop, nil
}

// unknown says that an event has a type, and one of tomorrow, whose members may be anything.
func (e *event) unknown() bool {
	return e.Type != "" && !slices.Contains([]string{
		eventMessageStart, eventBlockStart, eventBlockDelta, eventBlockStop, eventMessageDelta, eventMessageStop, eventError,
	}, e.Type)
}

func (s *stream) send(e chat.Event) error {
	s.out = e
	return s.emit(&s.out)
}

func (s *stream) start(m *readMessage) error {
	if m == nil {
		return errNoMessage
	}
	s.usage.merge(&m.Usage)
	return s.send(chat.Event{Kind: chat.EventStart, ID: m.ID, Usage: s.usage.neutral()})
}

// begin reads the beginning of a block. Servers other than Anthropic's send whole blocks in it.
func (s *stream) begin(e *event) error {
	b := e.ContentBlock
	if b == nil {
		return nil
	}
	switch b.Type {
	case blockText:
		return s.send(chat.Event{Kind: chat.EventText, Text: b.Text})
	case blockThinking:
		if err := s.send(chat.Event{Kind: chat.EventThinking, Text: b.Thinking}); err != nil {
			return err
		}
		return s.send(chat.Event{Kind: chat.EventSignature, Signature: signature(b.Signature)})
	case blockRedacted:
		return s.send(chat.Event{Kind: chat.EventRedacted, Signature: signature(b.Data)})
	case blockToolUse:
		return s.call(e.Index, b)
	}
	return nil
}

func (s *stream) call(index int, b *readBlock) error {
	call := s.begun
	s.begun++
	s.calls[index] = call
	if err := s.send(chat.Event{Kind: chat.EventToolCall, Call: call, ID: b.ID, Name: b.Name}); err != nil {
		return err
	}
	if input := string(object(b.Input)); input != "{}" {
		return s.send(chat.Event{Kind: chat.EventArguments, Call: call, Text: input})
	}
	return nil
}

// add reads what is added to a block. Arguments of tools that Anthropic runs by itself, and citations, are passed over.
func (s *stream) add(e *event) error {
	switch e.Delta.Type {
	case "text_delta":
		return s.send(chat.Event{Kind: chat.EventText, Text: e.Delta.Text})
	case "thinking_delta":
		return s.send(chat.Event{Kind: chat.EventThinking, Text: e.Delta.Thinking})
	case "signature_delta":
		return s.send(chat.Event{Kind: chat.EventSignature, Signature: signature(e.Delta.Signature)})
	case "input_json_delta":
		if call, ok := s.calls[e.Index]; ok {
			return s.send(chat.Event{Kind: chat.EventArguments, Call: call, Text: e.Delta.PartialJSON})
		}
	}
	return nil
}

func (s *stream) end(index int) error {
	call, ok := s.calls[index]
	if !ok {
		return nil
	}
	delete(s.calls, index)
	return s.send(chat.Event{Kind: chat.EventToolCallEnd, Call: call})
}

// stop reads why the model stopped, and the usage so far.
func (s *stream) stop(e *event) error {
	if e.Usage != nil {
		s.usage.merge(e.Usage)
		if err := s.send(chat.Event{Kind: chat.EventUsage, Usage: s.usage.neutral()}); err != nil {
			return err
		}
	}
	if e.Delta.StopReason == "" {
		return nil
	}
	s.stopped = true
	return s.send(chat.Event{Kind: chat.EventFinish, Finish: finish(e.Delta.StopReason, e.Delta.StopSequence)})
}
