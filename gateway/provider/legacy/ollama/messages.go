package ollama

import (
	"encoding/json"

	"github.com/fairlead-dev/fairlead/gateway/openai"
)

// message is one message of a conversation, in a request as well as in an answer.
type message struct {
	Role       string     `json:"role"`
	Content    string     `json:"content"`
	Thinking   string     `json:"thinking,omitempty"`
	Images     []string   `json:"images,omitempty"`
	ToolCalls  []toolCall `json:"tool_calls,omitempty"`
	ToolName   string     `json:"tool_name,omitempty"`
	ToolCallID string     `json:"tool_call_id,omitempty"`
}

type toolCall struct {
	ID       string         `json:"id,omitempty"`
	Function calledFunction `json:"function"`
}

type calledFunction struct {
	Index     int             `json:"index"`
	Name      string          `json:"name"`
	Arguments json.RawMessage `json:"arguments"`
}

// messages translates the conversation.
func messages(p *params) []message {
	given := p.objects("messages")
	list := make([]message, 0, len(given))
	// called is the name of each function that was called, by the id of the call: the result has the id alone.
	called := map[string]string{}
	for _, m := range given {
		next := newMessage(m)
		for _, c := range next.ToolCalls {
			called[c.ID] = c.Function.Name
		}
		if next.ToolCallID != "" && next.ToolName == "" {
			next.ToolName = called[next.ToolCallID]
		}
		list = append(list, next)
	}
	return list
}

func newMessage(p *params) message {
	m := message{Role: p.text("role")}
	m.Content, m.Images = content(p)
	p.ignore("annotations", "cache_control")
	switch m.Role {
	case "developer":
		m.Role = "system"
	case "system", "user":
	case "assistant":
		m.Thinking = thought(p)
		m.ToolCalls = calls(p)
	case "tool":
		m.ToolCallID, m.ToolName = p.text("tool_call_id"), p.text("name")
		if m.ToolCallID == "" {
			p.invalid("tool_call_id", "is required in a message of the role tool.")
		}
	case "":
		p.fail(openai.Invalid(openai.CodeMissingParameter, p.path("role"), "'%s' is required.", p.path("role")))
	default:
		p.unsupported("role", "the roles are system, developer, user, assistant and tool")
	}
	p.finish()
	return m
}

// thought is what the model thought in an earlier turn, under either of the names that it was given to the client.
func thought(p *params) string {
	content, reasoning := p.text("reasoning_content"), p.text("reasoning")
	if content != "" {
		return content
	}
	return reasoning
}

// calls translates the calls of tools in an earlier turn. Their arguments are text here and an object there.
func calls(p *params) []toolCall {
	given := p.objects("tool_calls")
	list := make([]toolCall, 0, len(given))
	for i, c := range given {
		c.ignore("index")
		call := toolCall{ID: c.text("id")}
		c.only("type", "Ollama knows tools of the type function only", `"function"`)
		if f := c.object("function"); f != nil {
			call.Function = calledFunction{Index: i, Name: f.text("name"), Arguments: arguments(f)}
			f.finish()
		}
		if call.Function.Name == "" {
			c.invalid("function.name", "is required.")
		}
		c.finish()
		list = append(list, call)
	}
	return list
}

// arguments turns text that holds a JSON object into that object. Models write nothing for a function without parameters.
func arguments(p *params) json.RawMessage {
	text := p.text("arguments")
	if text == "" {
		return json.RawMessage(`{}`)
	}
	var object map[string]json.RawMessage
	if err := json.Unmarshal([]byte(text), &object); err != nil || object == nil {
		p.invalid("arguments", "must be a JSON object as text.")
		return json.RawMessage(`{}`)
	}
	return json.RawMessage(text)
}
