package ollama

import (
	"github.com/fairlead-dev/fairlead/gateway/openai"
	"github.com/fairlead-dev/fairlead/gateway/provider/legacy"
)

// chatDecoder translates the answer of /api/chat.
type chatDecoder struct {
	*decoder
	// calls counts the calls of tools so far, ids holds theirs.
	calls int
	ids   map[string]bool
	// begun says that a chunk has been sent.
	begun bool
}

// Body translates a whole answer.
func (d *chatDecoder) Body(upstream []byte) ([]byte, provider.Usage, error) {
	a, err := whole(upstream)
	if err != nil {
		return nil, provider.Usage{}, err
	}
	d.begin(a.CreatedAt)
	m := openai.ChatMessage{Role: "assistant", Content: &a.Message.Content, Reasoning: openai.Thought(a.Message.Thinking)}
	for _, c := range a.Message.ToolCalls {
		call := d.call(c)
		call.Index = nil
		m.ToolCalls = append(m.ToolCalls, call)
	}
	if len(m.ToolCalls) > 0 && a.Message.Content == "" {
		m.Content = nil
	}
	return openai.Marshal(openai.ChatCompletion{
		ID: "chatcmpl-" + d.id, Object: openai.ObjectChatCompletion, Created: d.created, Model: d.req.Model, Usage: a.wireUsage(),
		Choices: []openai.ChatChoice{{Message: m, Logprobs: a.logprobs(), FinishReason: a.finish(d.calls > 0)}},
	}), a.usage(), nil
}

// call translates a call of a tool. It gets an id where it has none, or one that another call of the answer has.
func (d *chatDecoder) call(c toolCall) openai.ToolCall {
	id := c.ID
	if id == "" || d.ids[id] {
		id = "call_" + d.newID()
	}
	if d.ids == nil {
		d.ids = map[string]bool{}
	}
	d.ids[id] = true
	index := d.calls
	d.calls++
	arguments := "{}"
	if len(c.Function.Arguments) > 0 && string(c.Function.Arguments) != "null" {
		arguments = string(openai.Marshal(c.Function.Arguments))
	}
	return openai.ToolCall{
		Index: &index, ID: id, Type: "function", Function: openai.FunctionCall{Name: c.Function.Name, Arguments: arguments},
	}
}
