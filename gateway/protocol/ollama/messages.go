package ollama

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/fairlead-dev/fairlead/gateway/chat"
	"github.com/fairlead-dev/fairlead/gateway/fields"
)

// conversation is what reading messages has to remember. Ollama's clients may leave the ids of calls out, which other protocols
// need: a call without one gets one, the same whenever the conversation is sent again, and its result finds it by the tool's name.
type conversation struct {
	params *chat.Params
	calls  int
	// tools are the names of the tools that were called, by the ids of the calls.
	tools map[string]string
	// waiting are the ids of the calls in their order, of each tool and, under the empty name, of all. Those in answered have their
	// result already and are passed over.
	waiting  map[string][]string
	answered map[string]bool
}

// messages reads the conversation.
func messages(o *fields.Object, params *chat.Params) []chat.Message {
	given := o.Objects("messages")
	c := conversation{params: params, tools: map[string]string{}, waiting: map[string][]string{}, answered: map[string]bool{}}
	list := make([]chat.Message, 0, len(given))
	for _, m := range given {
		list = append(list, c.message(m))
		rest(m, params)
	}
	return list
}

func (c *conversation) message(m *fields.Object) chat.Message {
	role := chat.Role(strings.ToLower(m.Text("role")))
	switch role {
	case chat.RoleSystem, chat.RoleUser:
		return chat.Message{Role: role, Parts: spoken(m)}
	case chat.RoleAssistant:
		return chat.Message{Role: role, Parts: c.assistant(m)}
	case chat.RoleTool:
		return chat.Message{Role: role, Parts: []chat.Part{c.result(m)}}
	case "":
		m.Missing("role")
	default:
		m.Invalid("role", "must be system, user, assistant or tool.")
	}
	return chat.Message{Role: role}
}

// spoken reads the text and the images of a message.
func spoken(m *fields.Object) []chat.Part {
	var parts []chat.Part
	if text := m.Text("content"); text != "" {
		parts = append(parts, chat.Text(text))
	}
	for _, image := range images(m) {
		parts = append(parts, chat.Part{Kind: chat.KindMedia, Media: &image})
	}
	return parts
}

// assistant reads what the model said in an earlier turn: what it thought, its text and its calls.
func (c *conversation) assistant(m *fields.Object) []chat.Part {
	thinking := m.Text("thinking")
	text := spoken(m)
	calls, thoughts := c.toolCalls(m)
	var parts []chat.Part
	if thinking != "" || thoughts.Value != "" {
		parts = append(parts, chat.Part{Kind: chat.KindThinking, Text: thinking, Signature: thoughts})
	}
	return slices.Concat(parts, text, calls)
}

// toolCalls reads the calls of a message, and the signature of what the model thought before them, which went round the loop behind
// the id of the first: see sealer.
func (c *conversation) toolCalls(m *fields.Object) (parts []chat.Part, thoughts chat.Signature) {
	for i, given := range m.Objects("tool_calls") {
		call, signature := c.toolCall(given)
		if i == 0 && signature.Origin != chat.OriginGoogle {
			thoughts, signature = signature, chat.Signature{}
		}
		c.called(&call)
		parts = append(parts, chat.Part{Kind: chat.KindToolCall, ToolCall: &call, Signature: signature})
	}
	return parts, thoughts
}

func (c *conversation) toolCall(o *fields.Object) (chat.ToolCall, chat.Signature) {
	c.calls++
	id, signature := chat.Unseal(o.Text("id"))
	if id == "" {
		id = fmt.Sprintf("call_%d", c.calls)
	}
	call := chat.ToolCall{ID: id, Arguments: json.RawMessage(`{}`)}
	o.Drop("type")
	f := o.Object("function")
	if f == nil {
		o.Missing("function")
		return call, signature
	}
	call.Name = f.Text("name")
	if call.Name == "" {
		f.Missing("name")
	}
	if arguments := f.Schema("arguments"); arguments != nil {
		call.Arguments = arguments
	}
	f.Drop("index")
	rest(f, c.params)
	rest(o, c.params)
	return call, signature
}

// called notes that a call waits for its result.
func (c *conversation) called(call *chat.ToolCall) {
	c.tools[call.ID] = call.Name
	delete(c.answered, call.ID)
	c.waiting[""] = append(c.waiting[""], call.ID)
	if call.Name != "" {
		c.waiting[call.Name] = append(c.waiting[call.Name], call.ID)
	}
}

// next is the id of the oldest call of a tool, or of any where the name is empty, that has no result yet; empty where there is none.
func (c *conversation) next(tool string) string {
	queue := c.waiting[tool]
	for len(queue) > 0 && c.answered[queue[0]] {
		queue = queue[1:]
	}
	c.waiting[tool] = queue
	if len(queue) == 0 {
		return ""
	}
	return queue[0]
}

// result reads what a tool returned.
func (c *conversation) result(m *fields.Object) chat.Part {
	id, _ := chat.Unseal(m.Text("tool_call_id"))
	r := &chat.ToolResult{ID: id, Name: m.Text("tool_name"), Parts: spoken(m)}
	if r.ID == "" {
		r.ID = c.next(r.Name)
	}
	if r.ID == "" {
		m.Missing("tool_call_id")
	}
	c.answered[r.ID] = true
	if tool, ok := c.tools[r.ID]; ok {
		r.Name = tool
	}
	return chat.Part{Kind: chat.KindToolResult, ToolResult: r}
}
