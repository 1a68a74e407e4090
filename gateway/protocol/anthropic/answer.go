package anthropic

import (
	"bytes"
	"encoding/json"
	"strings"

	"github.com/fairlead-dev/fairlead/gateway/chat"
	"github.com/fairlead-dev/fairlead/gateway/jsonwrite"
)

// idPrefix begins the ids of messages.
const idPrefix = "msg_"

// messageID is the id of an answer: the upstream's own if it is one of this protocol.
func (m Messages) messageID(upstream string) string {
	if strings.HasPrefix(upstream, idPrefix) {
		return upstream
	}
	return idPrefix + m.newID()
}

// Answer writes a whole answer: its first choice, since a client of this protocol cannot ask for more.
func (m Messages) Answer(req *chat.Request, a *chat.Answer) []byte {
	msg := message{
		ID: m.messageID(a.ID), Type: "message", Role: roleAssistant, Model: req.Model, Content: []block{}, Usage: newUsage(a.Usage),
	}
	if len(a.Choices) == 0 {
		return jsonwrite.Must(msg)
	}
	for i := range a.Choices[0].Parts {
		p := &a.Choices[0].Parts[i]
		if b, ok := answerBlock(p); ok {
			msg.Content = append(msg.Content, b)
		}
		if p.Kind == chat.KindText && p.Signature.Value != "" {
			msg.Content = append(msg.Content, thinkingBlock("", p.Signature))
		}
	}
	reason, sequence := stop(a.Choices[0].Finish)
	msg.StopReason, msg.StopSequence = &reason, sequence
	return jsonwrite.Must(msg)
}

// answerBlock is the block that a part of an answer is. An empty text has none: as history it would be refused.
func answerBlock(p *chat.Part) (block, bool) {
	switch p.Kind {
	case chat.KindText:
		return block{Type: blockText, Text: p.Text}, p.Text != ""
	case chat.KindThinking:
		return thinkingBlock(p.Text, p.Signature), true
	case chat.KindRedacted:
		return block{Type: blockRedacted, Data: p.Signature.Mark(chat.OriginAnthropic)}, true
	case chat.KindToolCall:
		c := p.ToolCall
		return block{Type: blockToolUse, ID: callID(c.ID, p.Signature), Name: c.Name, Input: object(c.Arguments)}, true
	}
	return block{}, false
}

// thinkingBlock is a thought. The signature of a text, for which there is no place, goes behind it as a thought without words; see
// chat.SignTexts.
func thinkingBlock(text string, s chat.Signature) block {
	signature := s.MarkThought(chat.OriginAnthropic)
	return block{Type: blockThinking, Thinking: &text, Signature: &signature}
}

// object is arguments as the JSON object that they must be here. Models write other text at times, which the tool can refuse and
// the model can repair only if it is seen: it becomes the member `invalid_arguments`.
func object(arguments json.RawMessage) json.RawMessage {
	text := bytes.TrimSpace(arguments)
	switch {
	case len(text) == 0:
		return json.RawMessage(`{}`)
	case text[0] == '{' && json.Valid(text):
		return json.RawMessage(text)
	}
	return jsonwrite.Must(map[string]string{"invalid_arguments": string(arguments)})
}
