package openai

import (
	"crypto/sha256"
	"encoding/base64"
	"strings"

	"github.com/fairlead-dev/fairlead/gateway/chat"
)

// outgoingMessage is a message for an upstream.
type outgoingMessage struct {
	Role string `json:"role"`
	// Content is a string, a list of parts, or nil where the model only called tools.
	Content          any        `json:"content"`
	Name             string     `json:"name,omitempty"`
	ReasoningContent string     `json:"reasoning_content,omitempty"`
	ReasoningDetails []any      `json:"reasoning_details,omitempty"`
	ToolCalls        []toolCall `json:"tool_calls,omitempty"`
	ToolCallID       string     `json:"tool_call_id,omitempty"`
}

// messages translates the conversation. What tools returned beside text has no place in a message of theirs: it follows them in
// one of the user, who shows it.
func (e *encoder) messages() ([]outgoingMessage, error) {
	given := e.req.Conversation()
	list := make([]outgoingMessage, 0, len(given))
	var shown []any
	for i := range given {
		m := &given[i]
		if m.Role == chat.RoleTool {
			for j := range m.Parts {
				result, media, err := e.result(m.Parts[j].ToolResult)
				if err != nil {
					return nil, err
				}
				list, shown = append(list, result), append(shown, media...)
			}
			continue
		}
		list, shown = show(list, shown), nil
		next, err := e.message(m)
		if err != nil {
			return nil, err
		}
		list = append(list, next)
	}
	return show(list, shown), nil
}

// show appends what tools returned beside text, if anything.
func show(list []outgoingMessage, shown []any) []outgoingMessage {
	if len(shown) == 0 {
		return list
	}
	return append(list, outgoingMessage{Role: string(chat.RoleUser), Content: shown})
}

func (e *encoder) message(m *chat.Message) (outgoingMessage, error) {
	out := outgoingMessage{Role: string(m.Role), Name: m.Name}
	if e.mistral {
		out.Name = ""
	}
	if m.Role == chat.RoleAssistant {
		e.thoughts(&out, m.Parts)
		out.ToolCalls = e.calls(m.Parts)
	}
	content, err := e.content(m.Parts)
	out.Content = content
	if content == nil && len(out.ToolCalls) == 0 {
		out.Content = ""
	}
	return out, err
}

// calls are the calls of tools of an earlier turn. Google's endpoint of this protocol wants its signature back with them.
func (e *encoder) calls(parts []chat.Part) []toolCall {
	var list []toolCall
	for i := range parts {
		p := &parts[i]
		if p.Kind != chat.KindToolCall {
			continue
		}
		call := toolCall{
			ID: e.callID(p.ToolCall.ID), Type: chat.TypeFunction,
			Function: function{Name: p.ToolCall.Name, Arguments: string(p.ToolCall.Arguments)},
		}
		if e.dialect == DialectCompatible {
			call.ExtraContent = newExtraContent(p.Signature.For(chat.OriginGoogle))
		}
		list = append(list, call)
	}
	return list
}

// longestID is how long OpenAI allows the id of a call to be.
const longestID = 40

// callID is the id of a call, or a short name for one that OpenAI would refuse.
func (e *encoder) callID(id string) string {
	switch {
	case e.mistral:
		return mistralCallID(id)
	case len(id) <= longestID:
		return id
	}
	sum := sha256.Sum256([]byte(id))
	return "call_" + base64.RawURLEncoding.EncodeToString(sum[:24])
}

// result translates what a tool returned, and gives what is not text for the message after it. That the tool failed is said in
// front of its text, where it does not say so itself: there is no other place.
func (e *encoder) result(r *chat.ToolResult) (outgoingMessage, []any, error) {
	said := chat.Joined(r.Parts, "\n")
	if r.Failed && !strings.HasPrefix(strings.ToLower(said), "error") {
		said = "Error: " + said
	}
	var shown []any
	for i := range r.Parts {
		if r.Parts[i].Kind != chat.KindMedia {
			continue
		}
		part, err := e.media(r.Parts[i].Media)
		if err != nil {
			return outgoingMessage{}, nil, err
		}
		shown = append(shown, part)
	}
	if len(shown) > 0 {
		shown = append([]any{outgoingText{"text", "What the tool " + r.Name + " returned:"}}, shown...)
		if said == "" {
			said = "See the next message of the user."
		}
	}
	return outgoingMessage{Role: string(chat.RoleTool), Content: said, ToolCallID: e.callID(r.ID)}, shown, nil
}
