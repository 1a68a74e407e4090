package gemini

import (
	"cmp"
	"encoding/json"
	"slices"

	"github.com/fairlead-dev/fairlead/gateway/chat"
)

// noSignature stands for the signature of a call that never had one, or lost it on its way. Without any Gemini 3 answers 400.
// Source: https://ai.google.dev/gemini-api/docs/thought-signatures#faqs
const noSignature = "skip_thought_signature_validator"

// call translates a call by the model.
func (e *encoder) call(p *chat.Part) part {
	if _, known := e.calls[p.ToolCall.ID]; !known {
		e.calls[p.ToolCall.ID] = len(e.calls) + 1
	}
	f := &functionCall{ID: e.id(p.ToolCall.ID), Name: p.ToolCall.Name, Args: p.ToolCall.Arguments}
	if len(f.Args) == 0 {
		f.Args = json.RawMessage(`{}`)
	}
	return part{FunctionCall: f, ThoughtSignature: p.Signature.For(chat.OriginGoogle)}
}

// id is the id of a call: Vertex AI has none, there the order tells which result belongs to which call.
func (e *encoder) id(id string) string {
	if e.dialect == VertexAI {
		return ""
	}
	return id
}

// ordered are the parts of a message in the order in which they are sent: results of tools in the order of their calls, where only
// that says which belong together.
func (e *encoder) ordered(m *chat.Message) []chat.Part {
	if e.dialect != VertexAI || m.Role != chat.RoleTool {
		return m.Parts
	}
	return slices.SortedStableFunc(slices.Values(m.Parts), func(a, b chat.Part) int {
		return cmp.Compare(e.turnOf(a), e.turnOf(b))
	})
}

// turnOf is how many-th the call was that a result belongs to, 0 for none.
func (e *encoder) turnOf(p chat.Part) int {
	if p.ToolResult == nil {
		return 0
	}
	return e.calls[p.ToolResult.ID]
}

// result translates what a tool returned. Media are a part of the result where the model takes them there, else they follow it.
// Source: https://ai.google.dev/gemini-api/docs/function-calling#multimodal
func (e *encoder) result(parts []part, r *chat.ToolResult, at string) []part {
	f := &functionResponse{ID: e.id(r.ID), Name: r.Name}
	if f.Name == "" {
		e.fail(at, "the result of a tool needs the call that it answers before it")
	}
	text := chat.Joined(r.Parts, "\n")
	if r.Failed {
		f.Response.Error = &text
	} else {
		f.Response.Output = &text
	}
	var beside []part
	for i := range r.Parts {
		e.cached = e.cached || r.Parts[i].CacheControl != nil
		if r.Parts[i].Kind != chat.KindMedia {
			continue
		}
		m := e.media(r.Parts[i].Media, at)
		if m.InlineData != nil && e.model.newest() {
			f.Parts = append(f.Parts, responseInline{m.InlineData})
		} else {
			beside = append(beside, m)
		}
	}
	return append(append(parts, part{FunctionResponse: f}), beside...)
}
