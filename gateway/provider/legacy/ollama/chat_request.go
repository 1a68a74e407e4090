package ollama

import (
	"encoding/json"
	"strings"
)

// chatRequest is the body of POST /api/chat.
type chatRequest struct {
	Model    string          `json:"model"`
	Messages []message       `json:"messages"`
	Tools    []tool          `json:"tools,omitempty"`
	Format   json.RawMessage `json:"format,omitempty"`
	Options  map[string]any  `json:"options,omitempty"`
	Stream   bool            `json:"stream"`
	// Think is a bool or the name of a level, nil for what the model does by itself.
	Think       any  `json:"think,omitempty"`
	Logprobs    bool `json:"logprobs,omitempty"`
	TopLogprobs int  `json:"top_logprobs,omitempty"`
	extensions
}

func chat(p *params, model string, stream bool) chatRequest {
	req := chatRequest{
		Model: model, Stream: stream, extensions: newExtensions(p), Messages: messages(p), Tools: tools(p), Format: format(p),
		Think: think(p), Options: options(p),
	}
	p.into("logprobs", &req.Logprobs, "a boolean")
	p.into("top_logprobs", &req.TopLogprobs, "an integer")
	p.only("modalities", "Ollama answers with text only", `["text"]`)
	p.only("verbosity", "Ollama has no such setting", `"medium"`)
	return req
}

// format translates response_format. Ollama holds the model to the schema, so `strict` is granted whatever it says.
func format(p *params) json.RawMessage {
	f := p.object("response_format")
	if f == nil {
		return nil
	}
	defer f.finish()
	switch kind := f.text("type"); kind {
	case "text":
		return nil
	case "json_object":
		return json.RawMessage(`"json"`)
	case "json_schema":
		return schema(f)
	default:
		f.invalid("type", "must be text, json_object or json_schema.")
		return nil
	}
}

func schema(f *params) json.RawMessage {
	s := f.object("json_schema")
	if s == nil {
		f.invalid("json_schema", "is required for the type json_schema.")
		return nil
	}
	s.ignore("name", "description", "strict")
	var object map[string]json.RawMessage
	raw := s.members["schema"]
	if !s.into("schema", &object, "an object") {
		s.invalid("schema", "is required: a JSON Schema.")
	}
	s.finish()
	return raw
}

// think translates reasoning_effort. An Ollama that does not know a level says so itself.
func think(p *params) any {
	switch effort := p.text("reasoning_effort"); effort {
	case "":
		return nil
	case "none":
		return false
	case "minimal":
		return "low"
	case "low", "medium", "high", "max":
		return effort
	case "xhigh":
		return "max"
	default:
		p.invalid("reasoning_effort", "must be one of none, minimal, low, medium, high, xhigh and max, but it is '%s'.", strings.ToValidUTF8(effort[:min(len(effort), 32)], ""))
		return nil
	}
}
