package protocol_test

import (
	"github.com/fairlead-dev/fairlead/gateway/chat"
	"github.com/fairlead-dev/fairlead/gateway/protocol"
)

// client is a protocol as an SDK of it keeps a conversation.
type client struct {
	name string
	call protocol.Call
	// first is a request that begins a conversation.
	first string
	// message takes out of an answer what the SDK keeps as the model's turn, gather out of the events of a stream.
	message func(answer map[string]any) any
	gather  func(events []map[string]any) any
	// next is the request that goes on with the turn: with results of its calls, or with words of the user where there is none.
	next func(message any) map[string]any
	// native is the origin of the signatures that the protocol itself has a place for.
	native chat.Origin
	// signs says that the protocol's own provider refuses thoughts that it did not sign.
	signs bool
}

// hasOwn says whether the protocol carries a signature as it is, because it was made for it.
func (c *client) hasOwn(s chat.Origin) bool { return c.native == s }

type object = map[string]any

var clients = []client{
	{
		name: "Chat", first: `{"model":"m","messages":[{"role":"user","content":"Weather?"}]}`,
		call:    protocol.Call{Endpoint: protocol.Endpoint{Protocol: protocol.OpenAI, Operation: protocol.Chat}, Path: "/chat/completions"},
		message: func(a map[string]any) any { return at(a, "choices", 0, "message") },
		gather:  gatherChat, next: nextChat,
	},
	{
		name: "Responses", first: `{"model":"m","input":"Weather?"}`,
		call:    protocol.Call{Endpoint: protocol.Endpoint{Protocol: protocol.OpenAI, Operation: protocol.Responses}, Path: "/responses"},
		message: func(a map[string]any) any { return a["output"] },
		gather: func(events []map[string]any) any {
			var items []any
			for _, e := range events {
				if e["type"] == "response.output_item.done" {
					items = append(items, e["item"])
				}
			}
			return items
		},
		next: nextResponses, native: chat.OriginOpenAI, signs: true,
	},
	{
		name: "Messages", first: `{"model":"m","max_tokens":1000,"messages":[{"role":"user","content":"Weather?"}]}`,
		call:    protocol.Call{Endpoint: protocol.Endpoint{Protocol: protocol.Anthropic, Operation: protocol.Chat}, Path: "/messages"},
		message: func(a map[string]any) any { return a["content"] },
		gather:  gatherMessages, next: nextMessages,
		native: chat.OriginAnthropic, signs: true,
	},
	{
		name: "Gemini", first: `{"contents":[{"role":"user","parts":[{"text":"Weather?"}]}]}`,
		call:    protocol.Call{Endpoint: protocol.Endpoint{Protocol: protocol.Gemini, Operation: protocol.Chat}, Path: ":generateContent", Model: "m"},
		message: func(a map[string]any) any { return at(a, "candidates", 0, "content", "parts") },
		gather: func(events []map[string]any) any {
			var parts []any
			for _, e := range events {
				if more, ok := at(e, "candidates", 0, "content", "parts").([]any); ok {
					parts = append(parts, more...)
				}
			}
			return parts
		},
		next: nextGemini, native: chat.OriginGoogle,
	},
	{
		name: "Ollama", first: `{"model":"m","messages":[{"role":"user","content":"Weather?"}]}`,
		call:    protocol.Call{Endpoint: protocol.Endpoint{Protocol: protocol.Ollama, Operation: protocol.Chat}, Path: "/api/chat"},
		message: func(a map[string]any) any { return a["message"] },
		gather:  gatherOllama, next: nextOllama,
	},
}

// at follows a path of keys and indices; nil where it ends early.
func at(v any, path ...any) any {
	for _, step := range path {
		switch step := step.(type) {
		case string:
			o, _ := v.(map[string]any)
			v = o[step]
		case int:
			list, _ := v.([]any)
			if step >= len(list) {
				return nil
			}
			v = list[step]
		}
	}
	return v
}

// add appends the strings of delta to those of o, under the same keys.
func add(o, delta map[string]any, keys ...string) {
	for _, key := range keys {
		if more, ok := delta[key].(string); ok {
			before, _ := o[key].(string)
			o[key] = before + more
		}
	}
}

func gatherChat(events []map[string]any) any {
	m, calls := object{"role": "assistant"}, make([]any, 0, len(events))
	for _, e := range events {
		delta, _ := at(e, "choices", 0, "delta").(map[string]any)
		add(m, delta, "content", "reasoning_content")
		if details, ok := delta["reasoning_details"].([]any); ok {
			before, _ := m["reasoning_details"].([]any)
			m["reasoning_details"] = append(before, details...)
		}
		if extra := delta["extra_content"]; extra != nil {
			m["extra_content"] = extra
		}
		for _, c := range list(delta["tool_calls"]) {
			call := c.(map[string]any)
			if int(call["index"].(float64)) == len(calls) {
				calls = append(calls, call)
				continue
			}
			add(calls[len(calls)-1].(map[string]any)["function"].(map[string]any), call["function"].(map[string]any), "arguments")
		}
	}
	m["tool_calls"] = calls
	return m
}

func list(v any) []any {
	l, _ := v.([]any)
	return l
}

func nextChat(message any) map[string]any {
	messages := []any{object{"role": "user", "content": "Weather?"}, message}
	calls := list(at(message, "tool_calls"))
	for _, c := range calls {
		messages = append(messages, object{"role": "tool", "tool_call_id": at(c, "id"), "content": "cold"})
	}
	if len(calls) == 0 {
		messages = append(messages, object{"role": "user", "content": "And tomorrow?"})
	}
	return object{"model": "m", "messages": messages}
}

func nextResponses(message any) map[string]any {
	input, called := append([]any{object{"role": "user", "content": "Weather?"}}, list(message)...), false
	for _, item := range list(message) {
		if at(item, "type") == "function_call" {
			input, called = append(input, object{"type": "function_call_output", "call_id": at(item, "call_id"), "output": "cold"}), true
		}
	}
	if !called {
		input = append(input, object{"role": "user", "content": "And tomorrow?"})
	}
	return object{"model": "m", "input": input}
}

func gatherMessages(events []map[string]any) any {
	var blocks []any
	var input string
	for _, e := range events {
		switch e["type"] {
		case "content_block_start":
			blocks, input = append(blocks, e["content_block"]), ""
		case "content_block_delta":
			block := blocks[len(blocks)-1].(map[string]any)
			add(block, e["delta"].(map[string]any), "text", "thinking", "signature")
			more, _ := at(e, "delta", "partial_json").(string)
			input += more
		case "content_block_stop":
			if block := blocks[len(blocks)-1].(map[string]any); block["type"] == "tool_use" {
				block["input"] = rawJSON(input)
			}
		}
	}
	return blocks
}

// rawJSON is text that is JSON already.
type rawJSON string

func (r rawJSON) MarshalJSON() ([]byte, error) { return []byte(r), nil }

func nextMessages(message any) map[string]any {
	var results []any
	for _, block := range list(message) {
		if at(block, "type") == "tool_use" {
			results = append(results, object{"type": "tool_result", "tool_use_id": at(block, "id"), "content": "cold"})
		}
	}
	if len(results) == 0 {
		results = []any{object{"type": "text", "text": "And tomorrow?"}}
	}
	return object{"model": "m", "max_tokens": 1000, "messages": []any{
		object{"role": "user", "content": "Weather?"}, object{"role": "assistant", "content": message}, object{"role": "user", "content": results},
	}}
}

func nextGemini(message any) map[string]any {
	var results []any
	for _, part := range list(message) {
		if call := at(part, "functionCall"); call != nil {
			results = append(results, object{"functionResponse": object{
				"id": at(call, "id"), "name": at(call, "name"), "response": object{"output": "cold"},
			}})
		}
	}
	if len(results) == 0 {
		results = []any{object{"text": "And tomorrow?"}}
	}
	return object{"contents": []any{
		object{"role": "user", "parts": []any{object{"text": "Weather?"}}},
		object{"role": "model", "parts": message},
		object{"role": "user", "parts": results},
	}}
}

func gatherOllama(events []map[string]any) any {
	m, calls := object{"role": "assistant"}, make([]any, 0, len(events))
	for _, e := range events {
		delta, _ := e["message"].(map[string]any)
		add(m, delta, "content", "thinking")
		calls = append(calls, list(delta["tool_calls"])...)
	}
	m["tool_calls"] = calls
	return m
}

func nextOllama(message any) map[string]any {
	messages := []any{object{"role": "user", "content": "Weather?"}, message}
	calls := list(at(message, "tool_calls"))
	for _, c := range calls {
		messages = append(messages, object{
			"role": "tool", "tool_name": at(c, "function", "name"), "tool_call_id": at(c, "id"), "content": "cold",
		})
	}
	if len(calls) == 0 {
		messages = append(messages, object{"role": "user", "content": "And tomorrow?"})
	}
	return object{"model": "m", "messages": messages}
}
