package bedrock

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"github.com/aws/aws-sdk-go-v2/aws/protocol/eventstream"
	"github.com/aws/aws-sdk-go-v2/aws/protocol/eventstream/eventstreamapi"

	"github.com/fairlead-dev/fairlead/gateway/chat"
	"github.com/fairlead-dev/fairlead/gateway/fault"
)

// Types of events.
// Source: https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_ConverseStreamOutput.html
const (
	eventMessageStart = "messageStart"
	eventBlockStart   = "contentBlockStart"
	eventBlockDelta   = "contentBlockDelta"
	eventBlockStop    = "contentBlockStop"
	eventMessageStop  = "messageStop"
	eventMetadata     = "metadata"
)

// readSize is how much of a stream is read at once, in bytes.
const readSize = 16 << 10

// stream is the state of one stream.
type stream struct {
	emit func(*chat.Event) error
	hide bool
	// out is used for one event after another.
	out chat.Event
	// calls is the number of the call in each block that is one.
	calls map[int]int
	// stopped says that the reason for the end has come.
	stopped bool
}

// Stream reads a stream of ConverseStream, which is binary, up to its metadata, which come last. The end of src before that is an
// answer cut short, chat.ErrUnfinished, unless the reason why the model stopped has come: then nothing of the answer is missing. An
// exception in the stream is a *fault.Error. Events of types that are not known are passed over.
func (d *decoder) Stream(src io.Reader, emit func(*chat.Event) error) error {
	s := &stream{emit: emit, hide: d.hide, calls: map[int]int{}}
	in, frames := bufio.NewReaderSize(src, readSize), eventstream.NewDecoder()
	payload := make([]byte, 0, readSize)
	for {
		m, err := frames.Decode(in, payload[:0])
		switch {
		case err == nil:
		case s.stopped:
			return nil
		case errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF):
			return chat.ErrUnfinished
		default:
			return fmt.Errorf("reading Bedrock's stream: %w", err)
		}
		done, err := s.message(&m)
		if done || err != nil {
			return err
		}
		payload = m.Payload
	}
}

// message reads one message, and says whether it is the last.
func (s *stream) message(m *eventstream.Message) (done bool, err error) {
	switch header(m, eventstreamapi.MessageTypeHeader) {
	case eventstreamapi.ExceptionMessageType:
		return true, failure(0, header(m, eventstreamapi.ExceptionTypeHeader), m.Payload)
	case eventstreamapi.ErrorMessageType:
		return true, fault.BadGateway("The upstream broke off its answer.")
	}
	return s.event(header(m, eventstreamapi.EventTypeHeader), m.Payload)
}

func header(m *eventstream.Message, name string) string {
	if v := m.Headers.Get(name); v != nil {
		return v.String()
	}
	return ""
}

// event is what any event holds.
type event struct {
	ContentBlockIndex int `json:"contentBlockIndex"`
	Start             struct {
		ToolUse *struct {
			ToolUseID string `json:"toolUseId"`
			Name      string `json:"name"`
		} `json:"toolUse"`
	} `json:"start"`
	Delta delta `json:"delta"`
	stopped
	Usage *usage `json:"usage"`
}

type delta struct {
	Text    string `json:"text"`
	ToolUse *struct {
		Input string `json:"input"`
	} `json:"toolUse"`
	ReasoningContent *struct {
		Text            string `json:"text"`
		Signature       string `json:"signature"`
		RedactedContent string `json:"redactedContent"`
	} `json:"reasoningContent"`
}

func (s *stream) event(kind string, payload []byte) (done bool, err error) {
	var e event
	if err := json.Unmarshal(payload, &e); err != nil {
		return false, fmt.Errorf("decoding the event %s of Bedrock's stream: %w", kind, err)
	}
	switch kind {
	case eventMessageStart:
		return false, s.send(chat.Event{Kind: chat.EventStart})
	case eventBlockStart:
		return false, s.blockStart(&e)
	case eventBlockDelta:
		return false, s.blockDelta(&e)
	case eventBlockStop:
		return false, s.blockStop(&e)
	case eventMessageStop:
		return false, s.messageStop(&e)
	case eventMetadata:
		return s.stopped, s.send(chat.Event{Kind: chat.EventUsage, Usage: e.Usage.neutral()})
	}
	return false, nil
}

func (s *stream) send(e chat.Event) error {
	s.out = e
	return s.emit(&s.out)
}

// blockStart begins a call. Other blocks begin with their first delta.
func (s *stream) blockStart(e *event) error {
	if e.Start.ToolUse == nil {
		return nil
	}
	call := len(s.calls)
	s.calls[e.ContentBlockIndex] = call
	return s.send(chat.Event{Kind: chat.EventToolCall, Call: call, ID: e.Start.ToolUse.ToolUseID, Name: e.Start.ToolUse.Name})
}

func (s *stream) blockDelta(e *event) error {
	switch d := &e.Delta; {
	case d.Text != "":
		return s.send(chat.Event{Kind: chat.EventText, Text: d.Text})
	case d.ToolUse != nil:
		if call, ok := s.calls[e.ContentBlockIndex]; ok {
			return s.send(chat.Event{Kind: chat.EventArguments, Call: call, Text: d.ToolUse.Input})
		}
		return nil
	case d.ReasoningContent == nil:
		return nil
	case d.ReasoningContent.RedactedContent != "":
		return s.send(chat.Event{Kind: chat.EventRedacted, Signature: signed(d.ReasoningContent.RedactedContent)})
	case d.ReasoningContent.Signature != "":
		return s.send(chat.Event{Kind: chat.EventSignature, Signature: signed(d.ReasoningContent.Signature)})
	case s.hide || d.ReasoningContent.Text == "":
		return nil
	}
	return s.send(chat.Event{Kind: chat.EventThinking, Text: e.Delta.ReasoningContent.Text})
}

func (s *stream) blockStop(e *event) error {
	call, ok := s.calls[e.ContentBlockIndex]
	if !ok {
		return nil
	}
	return s.send(chat.Event{Kind: chat.EventToolCallEnd, Call: call})
}

func (s *stream) messageStop(e *event) error {
	finish, err := e.finish()
	if err != nil {
		return err
	}
	s.stopped = true
	return s.send(chat.Event{Kind: chat.EventFinish, Finish: finish})
}
