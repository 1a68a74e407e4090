package openai

import (
	"strconv"

	"github.com/fairlead-dev/fairlead/gateway/chat"
	"github.com/fairlead-dev/fairlead/gateway/fields"
)

// conversation reads the messages of a request.
type conversation struct {
	params *chat.Params
	// functions counts the calls of functions that came before tools, which have no ids; last is the id that the latest got.
	functions int
	last      string
}

func decodeMessages(o *fields.Object, req *chat.Request) {
	c := conversation{params: &req.Params}
	given := o.Objects("messages")
	if len(given) == 0 {
		o.Missing("messages")
	}
	req.Messages = make([]chat.Message, 0, len(given))
	for _, m := range given {
		req.Messages = append(req.Messages, c.message(m))
	}
}

// message reads one message. What clients send back of an answer without a meaning for the next is dropped.
func (c *conversation) message(o *fields.Object) chat.Message {
	m := chat.Message{Role: chat.Role(o.Text("role")), Name: o.Text("name")}
	cache := o.Raw("cache_control")
	o.Drop("annotations", "id")
	switch m.Role {
	case "developer":
		m.Role = chat.RoleSystem
		m.Parts = c.content(o, "content")
	case chat.RoleSystem, chat.RoleUser:
		m.Parts = c.content(o, "content")
	case chat.RoleAssistant:
		m.Parts = c.assistant(o)
	case chat.RoleTool:
		c.result(o, &m)
	case "function":
		c.functionResult(o, &m)
	case "":
		o.Missing("role")
	default:
		o.Invalid("role", "must be system, developer, user, assistant or tool.")
	}
	if cache != nil && len(m.Parts) > 0 {
		m.Parts[len(m.Parts)-1].CacheControl = cache
	}
	lose(o, c.params)
	return m
}

// assistant reads what the model said in an earlier turn: its thoughts, its text, its calls.
func (c *conversation) assistant(o *fields.Object) []chat.Part {
	parts := c.thoughts(o)
	said := c.content(o, "content")
	if refusal := o.Text("refusal"); refusal != "" {
		said = append(said, chat.Text(refusal))
	}
	if s := googleSignature(o, c.params); s.Value != "" {
		if len(said) == 0 {
			said = []chat.Part{chat.Text("")}
		}
		said[len(said)-1].Signature = s
	}
	parts = append(parts, said...)
	for _, call := range o.Objects("tool_calls") {
		parts = append(parts, c.call(call))
	}
	if call := o.Object("function_call"); call != nil {
		c.functions++
		c.last = "call_function_" + strconv.Itoa(c.functions)
		parts = append(parts, chat.Part{Kind: chat.KindToolCall, ToolCall: &chat.ToolCall{
			ID: c.last, Name: call.Text("name"), Arguments: arguments(call),
		}})
		lose(call, c.params)
	}
	return parts
}

// result reads what a tool returned.
func (c *conversation) result(o *fields.Object, m *chat.Message) {
	id, _ := chat.Unseal(o.Text("tool_call_id"))
	if id == "" {
		o.Missing("tool_call_id")
	}
	r := &chat.ToolResult{ID: id, Name: m.Name, Parts: c.content(o, "content")}
	m.Name, m.Parts = "", []chat.Part{{Kind: chat.KindToolResult, ToolResult: r}}
}

// functionResult reads what a function returned: the one that was called last.
func (c *conversation) functionResult(o *fields.Object, m *chat.Message) {
	r := &chat.ToolResult{ID: c.last, Name: m.Name, Parts: c.content(o, "content")}
	if m.Name == "" {
		o.Missing("name")
	}
	if c.last == "" {
		o.Invalid("role", "function must follow a message of the assistant with a function_call.")
	}
	m.Role, m.Name, m.Parts = chat.RoleTool, "", []chat.Part{{Kind: chat.KindToolResult, ToolResult: r}}
}
