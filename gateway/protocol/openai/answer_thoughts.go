package openai

import (
	"strings"

	"github.com/fairlead-dev/fairlead/gateway/chat"
)

// Types of details.
const (
	detailText      = "reasoning.text"
	detailEncrypted = "reasoning.encrypted"
)

// detail is an entry of reasoning_details: a thought with its signature, or one that only its provider can read. A client sends
// the list back with the message. The signature says by itself whose it is; the format says it to clients that know OpenRouter's.
// Source: https://openrouter.ai/docs/use-cases/reasoning-tokens#preserving-reasoning-blocks
type detail struct {
	Type      string `json:"type"`
	Text      string `json:"text,omitempty"`
	Signature string `json:"signature,omitempty"`
	Data      string `json:"data,omitempty"`
	Format    string `json:"format,omitempty"`
	Index     int    `json:"index"`
}

func newDetail(kind chat.Kind, text string, s chat.Signature, index int) detail {
	d := detail{Type: detailText, Text: text, Format: formatOf(s), Index: index}
	if kind == chat.KindRedacted {
		d.Type, d.Data = detailEncrypted, s.Mark("")
	} else {
		d.Signature = s.Mark("")
	}
	return d
}

func formatOf(s chat.Signature) string {
	switch s.Origin {
	case chat.OriginAnthropic:
		return formatAnthropic
	case chat.OriginGoogle:
		return formatGoogle
	case chat.OriginOpenAI:
		return formatOpenAI
	}
	return ""
}

// hidden says whether the client does not want to see thoughts.
func hidden(req *chat.Request) bool {
	return req.Reasoning != nil && req.Reasoning.Show != nil && !*req.Reasoning.Show
}

// think tells what the model thought: as text, and where a provider signed any of it, in details too.
func think(m *message, parts []chat.Part) {
	var all strings.Builder
	signed := false
	for i := range parts {
		p := &parts[i]
		if p.Kind != chat.KindThinking && p.Kind != chat.KindRedacted {
			continue
		}
		all.WriteString(p.Text)
		signed = signed || p.Signature.Value != ""
		m.ReasoningDetails = append(m.ReasoningDetails, newDetail(p.Kind, p.Text, p.Signature, len(m.ReasoningDetails)))
	}
	m.ReasoningContent, m.Reasoning = all.String(), all.String()
	if !signed {
		m.ReasoningDetails = nil
	}
}
