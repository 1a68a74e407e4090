package openai

import (
	"strings"

	"github.com/fairlead-dev/fairlead/gateway/chat"
	"github.com/fairlead-dev/fairlead/gateway/fields"
)

// thoughts reads what the model thought in an earlier turn. The form that carries signatures counts, and the others then repeat
// it: OpenRouter's list of details, LiteLLM's list of blocks, and last the plain texts of DeepSeek and of OpenRouter.
func (c *conversation) thoughts(o *fields.Object) []chat.Part {
	parts := c.details(o)
	blocks := make([]chat.Part, 0, 1)
	for _, b := range o.Objects("thinking_blocks") {
		blocks = append(blocks, c.block(b))
	}
	if len(parts) == 0 {
		parts = blocks
	}
	content, reasoning := o.Text("reasoning_content"), o.Text("reasoning")
	if content == "" {
		content = reasoning
	}
	if len(parts) == 0 && content != "" {
		parts = append(parts, chat.Part{Kind: chat.KindThinking, Text: content})
	}
	return parts
}

// details reads reasoning_details. Clients that gather a stream without knowing the form leave a thought in several entries of one
// index, of which the last is signed.
func (c *conversation) details(o *fields.Object) []chat.Part {
	var parts []chat.Part
	var text strings.Builder // of the last part
	open := ""
	for _, d := range o.Objects("reasoning_details") {
		index := string(d.Raw("index"))
		p := c.detail(d)
		if n := len(parts) - 1; open != "" && open == index && p.Kind == chat.KindThinking {
			text.WriteString(p.Text)
			parts[n].Text, parts[n].Signature = text.String(), p.Signature
		} else {
			parts = append(parts, p)
			text.Reset()
			text.WriteString(p.Text)
		}
		open = ""
		if p.Kind == chat.KindThinking && p.Signature.Value == "" {
			open = index
		}
	}
	return parts
}

// formats of details, by whose thinking they are.
// Source: https://openrouter.ai/docs/use-cases/reasoning-tokens#preserving-reasoning-blocks
const (
	formatAnthropic = "anthropic-claude-v1"
	formatGoogle    = "google-gemini-v1"
	formatOpenAI    = "openai-responses-v1"
)

// detail reads one entry of reasoning_details. A signature that does not say whose it is belongs to the entry's format, or is
// Anthropic's, whose thinking the form was made for.
func (c *conversation) detail(o *fields.Object) chat.Part {
	native := chat.OriginAnthropic
	switch o.Text("format") {
	case formatGoogle:
		native = chat.OriginGoogle
	case formatOpenAI:
		native = chat.OriginOpenAI
	}
	o.Drop("id")
	p := chat.Part{Kind: chat.KindThinking}
	switch kind := o.Text("type"); kind {
	case detailText:
		p.Text, p.Signature = o.Text("text"), chat.Unmark(o.Text("signature"), native)
	case "reasoning.summary":
		p.Text = o.Text("summary")
	case detailEncrypted:
		p.Kind, p.Signature = chat.KindRedacted, chat.Unmark(o.Text("data"), native)
	default:
		o.Invalid("type", "must be reasoning.text, reasoning.summary or reasoning.encrypted.")
	}
	lose(o, c.params)
	return p
}

// block reads one of LiteLLM's thinking_blocks, which are Anthropic's blocks.
// Source: https://docs.litellm.ai/docs/reasoning_content
func (c *conversation) block(o *fields.Object) chat.Part {
	p := chat.Part{Kind: chat.KindThinking, CacheControl: o.Raw("cache_control")}
	switch kind := o.Text("type"); kind {
	case "thinking":
		p.Text, p.Signature = o.Text("thinking"), chat.Unmark(o.Text("signature"), chat.OriginAnthropic)
	case "redacted_thinking":
		p.Kind, p.Signature = chat.KindRedacted, chat.Unmark(o.Text("data"), chat.OriginAnthropic)
	default:
		o.Invalid("type", "must be thinking or redacted_thinking.")
	}
	lose(o, c.params)
	return p
}
