package anthropic

import (
	"encoding/json"
	"errors"
	"fmt"

	"github.com/fairlead-dev/fairlead/gateway/chat"
	"github.com/fairlead-dev/fairlead/gateway/lenient"
)

var errNoMessage = errors.New("the upstream's answer is no message")

// readMessage is a whole answer, or the beginning of one, as it is read. With a good status it may be an error all the same.
type readMessage struct {
	Type         string      `json:"type"`
	ID           string      `json:"id"`
	Content      []readBlock `json:"content"`
	StopReason   string      `json:"stop_reason"`
	StopSequence *string     `json:"stop_sequence"`
	Usage        usage       `json:"usage"`
	Error        *problem    `json:"error"`
}

// readBlock has what is read of a block.
type readBlock struct {
	Type      string          `json:"type"`
	Text      string          `json:"text"`
	Thinking  string          `json:"thinking"`
	Signature string          `json:"signature"`
	Data      string          `json:"data"`
	ID        string          `json:"id"`
	Name      string          `json:"name"`
	Input     json.RawMessage `json:"input"`
}

// DecodeAnswer reads a whole answer. Blocks of tools that Anthropic runs by itself are passed over: the gateway asks for none. The
// error is a *fault.Error where the answer is one.
func DecodeAnswer(body []byte) (*chat.Answer, error) {
	var m readMessage
	if err := lenient.Unmarshal(body, &m); err != nil {
		return nil, fmt.Errorf("reading the upstream's message: %w", err)
	}
	if m.Error != nil {
		return nil, m.Error.fault(statuses()[m.Error.Type])
	}
	if m.Type != "message" {
		return nil, errNoMessage
	}
	choice := chat.Choice{Finish: finish(m.StopReason, m.StopSequence)}
	for i := range m.Content {
		if p, ok := m.Content[i].part(); ok {
			choice.Parts = append(choice.Parts, p)
		}
	}
	return &chat.Answer{ID: m.ID, Choices: []chat.Choice{choice}, Usage: m.Usage.neutral()}, nil
}

// part is what a block says, false where that is nothing.
func (b *readBlock) part() (chat.Part, bool) {
	switch b.Type {
	case blockText:
		return chat.Text(b.Text), b.Text != ""
	case blockThinking:
		return chat.Part{Kind: chat.KindThinking, Text: b.Thinking, Signature: signature(b.Signature)}, true
	case blockRedacted:
		return chat.Part{Kind: chat.KindRedacted, Signature: signature(b.Data)}, true
	case blockToolUse:
		return chat.Part{
			Kind: chat.KindToolCall, ToolCall: &chat.ToolCall{ID: b.ID, Name: b.Name, Arguments: object(b.Input)},
		}, true
	}
	return chat.Part{}, false
}

// signature is one of Anthropic's, or none where the value is empty.
func signature(value string) chat.Signature {
	if value == "" {
		return chat.Signature{}
	}
	return chat.Signature{Origin: chat.OriginAnthropic, Value: value}
}

// DecodeCount reads an answer to count_tokens.
func DecodeCount(body []byte) (int64, error) {
	var c struct {
		InputTokens *int64 `json:"input_tokens"`
	}
	if err := json.Unmarshal(body, &c); err != nil {
		return 0, fmt.Errorf("reading the upstream's number of tokens: %w", err)
	}
	if c.InputTokens == nil {
		return 0, errNoMessage
	}
	return *c.InputTokens, nil
}
