package openai

import (
	"encoding/base64"
	"encoding/json"
	"strings"

	"github.com/fairlead-dev/fairlead/gateway/chat"
	"github.com/fairlead-dev/fairlead/gateway/jsonwrite"
)

// What an upstream of this protocol thought has no signature. But some want it back and others refuse it, so that the place where
// it was found goes round the loop as its signature.
const (
	// markContent: it was in reasoning_content, as at DeepSeek and Moonshot, who refuse a call of a tool whose thoughts are missing.
	markContent = "reasoning_content"
	// markParts: it was in a list of parts, as at Mistral.
	markParts = "thinking"
	// markOther: it was somewhere else, as at Groq, who refuses reasoning_content.
	markOther = "reasoning"
	// markDetail comes before an entry of OpenRouter's reasoning_details, in base64.
	markDetail = "reasoning_details."
)

// thoughts gives back what the model thought in an earlier turn, in the way in which it came. OpenAI itself takes none. Thoughts of
// which the client did not keep the mark, or that another kind of provider signed, go to the models that would refuse the call of a
// tool without any.
// Sources: https://api-docs.deepseek.com/guides/thinking_mode, https://platform.moonshot.ai/docs/guide/use-kimi-k2-thinking-model,
// https://github.com/janhq/jan/issues/8136
func (e *encoder) thoughts(out *outgoingMessage, parts []chat.Part) {
	if e.dialect != DialectCompatible {
		return
	}
	var content strings.Builder
	for i := range parts {
		p := &parts[i]
		if p.Kind != chat.KindThinking && p.Kind != chat.KindRedacted {
			continue
		}
		mark := p.Signature.For(chat.OriginCompatible)
		entry, isDetail := strings.CutPrefix(mark, markDetail)
		switch {
		case isDetail:
			if d := unpackDetail(entry, p.Text); d != nil {
				out.ReasoningDetails = append(out.ReasoningDetails, d)
			}
		case mark == markContent, mark == "" && e.asksForThoughts():
			content.WriteString(p.Text)
		}
	}
	out.ReasoningContent = content.String()
}

// asksForThoughts says whether the model is one that wants its thoughts back.
func (e *encoder) asksForThoughts() bool {
	name := strings.ToLower(e.model)
	return strings.Contains(name, "deepseek") || strings.Contains(name, "kimi")
}

// packDetail is the mark for an entry of reasoning_details: all of it but its text, which is the thought's.
func packDetail(d map[string]json.RawMessage) string {
	delete(d, "text")
	return markDetail + base64.RawURLEncoding.EncodeToString(jsonwrite.Must(d))
}

// unpackDetail is the reverse of packDetail; nil for what is no such mark.
func unpackDetail(entry, text string) map[string]json.RawMessage {
	raw, err := base64.RawURLEncoding.DecodeString(entry)
	var d map[string]json.RawMessage
	if err != nil || json.Unmarshal(raw, &d) != nil || d == nil {
		return nil
	}
	if text != "" {
		d["text"] = jsonwrite.String(nil, text)
	}
	return d
}
