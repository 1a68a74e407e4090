package ollama

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"

	"github.com/fairlead-dev/fairlead/gateway/chat"
	"github.com/fairlead-dev/fairlead/gateway/fault"
)

// encodeMessages translates a conversation. Ollama has one text and a list of images for each message, so the texts are joined by
// line breaks.
func encodeMessages(given []chat.Message, l *chat.Ledger) ([]message, error) {
	list := make([]message, 0, len(given))
	for i := range given {
		at := fmt.Sprintf("messages[%d]", i)
		if given[i].Name != "" {
			l.Lose(at + ".name")
		}
		next, err := encodeMessage(&given[i], at, l)
		if err != nil {
			return nil, err
		}
		list = append(list, next...)
	}
	return list, nil
}

// encodeMessage translates one message: the results of tools are a message each, what else it says is one more.
func encodeMessage(m *chat.Message, at string, l *chat.Ledger) ([]message, error) {
	var list []message
	var rest []chat.Part
	for i := range m.Parts {
		if m.Parts[i].ToolResult == nil {
			rest = append(rest, m.Parts[i])
			continue
		}
		result, err := encodeResult(m.Parts[i].ToolResult, at, l)
		if err != nil {
			return nil, err
		}
		list = append(list, result)
	}
	if len(rest) == 0 && len(list) > 0 {
		return list, nil
	}
	turn, err := encodeParts(m.Role, rest, at)
	return append(list, turn), err
}

func encodeResult(r *chat.ToolResult, at string, l *chat.Ledger) (message, error) {
	if r.Failed {
		l.Lose(at + ".is_error")
	}
	m, err := encodeParts(chat.RoleTool, r.Parts, at)
	m.ToolName, m.ToolCallID = r.Name, r.ID
	return m, err
}

func encodeParts(role chat.Role, parts []chat.Part, at string) (message, error) {
	m := message{Role: string(role), Content: chat.Joined(parts, "\n")}
	for i := range parts {
		switch p := &parts[i]; p.Kind {
		case chat.KindThinking:
			m.Thinking += p.Text
		case chat.KindToolCall:
			m.ToolCalls = append(m.ToolCalls, toolCall{ID: p.ToolCall.ID, Function: calledFunction{
				Index: len(m.ToolCalls), Name: p.ToolCall.Name, Arguments: argumentsOf(p.ToolCall),
			}})
		case chat.KindMedia:
			data, err := encodeImage(p.Media, at+".content")
			if err != nil {
				return m, err
			}
			m.Images = append(m.Images, data)
		}
	}
	return m, nil
}

func argumentsOf(c *chat.ToolCall) json.RawMessage {
	if len(c.Arguments) == 0 {
		return json.RawMessage(`{}`)
	}
	return c.Arguments
}

// encodeImage is the base64 of an image, which must be in the request itself. The gateway does not fetch what a client names: that
// would let clients reach whatever the gateway can reach.
func encodeImage(m *chat.Media, at string) (string, error) {
	switch {
	case m.Kind != chat.MediaImage:
		return "", fault.Unsupported(at, "Ollama takes text and images, no "+m.Kind+".")
	case m.Data == "":
		return "", fault.Unsupported(at, "images must be in the request itself, as 'data:image/png;base64,…'.")
	}
	return m.Data, nil
}

// encodeTools says what the model may call. Ollama lets it choose among all that it is given, so that a choice narrows what it is
// given; that it must call one of them cannot be said.
func encodeTools(req *chat.Request, l *chat.Ledger) []tool {
	takeIf(req, l, chat.ParamParallelToolCalls, "true")
	allowed := func(string) bool { return true }
	if c := req.ToolChoice; c != nil {
		switch {
		case c.Mode == chat.ToolChoiceNone:
			return nil
		case c.Mode == chat.ToolChoiceNamed:
			allowed = func(name string) bool { return name == c.Name }
		case len(c.Allowed) > 0:
			allowed = func(name string) bool { return slices.Contains(c.Allowed, name) }
		}
		if c.Mode == chat.ToolChoiceNamed || c.Mode == chat.ToolChoiceRequired {
			l.Lose("tool_choice")
		}
	}
	list := make([]tool, 0, len(req.Tools))
	for i := range req.Tools {
		if t := &req.Tools[i]; t.Type != chat.TypeFunction {
			l.Lose(toolAt(t, i))
		} else if allowed(t.Name) {
			list = append(list, encodeTool(t, i, l))
		}
	}
	return list
}

func encodeTool(t *chat.Tool, i int, l *chat.Ledger) tool {
	if t.Strict != nil && *t.Strict {
		l.Lose(toolAt(t, i) + ".strict")
	}
	return tool{Type: chat.TypeFunction, Function: function{Name: t.Name, Description: t.Description, Parameters: ofObject(t.Parameters)}}
}

// ofObject is the schema of the arguments, whose type Ollama's templates show to the model: it can only be object.
func ofObject(parameters json.RawMessage) json.RawMessage {
	const empty = `{"type":"object","properties":{}}`
	var members map[string]json.RawMessage
	switch {
	case parameters == nil || json.Unmarshal(parameters, &members) != nil || len(members) == 0:
		return json.RawMessage(empty)
	case members["type"] != nil:
		return parameters
	}
	return append(json.RawMessage(`{"type":"object",`), bytes.TrimSpace(parameters)[1:]...)
}

func toolAt(t *chat.Tool, i int) string {
	if t.At != "" {
		return t.At
	}
	return fmt.Sprintf("tools[%d]", i)
}
