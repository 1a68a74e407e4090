package ollama

import "encoding/json"

// completionRequest is the body of POST /api/generate.
type completionRequest struct {
	Model   string         `json:"model"`
	Prompt  string         `json:"prompt"`
	Suffix  string         `json:"suffix,omitempty"`
	Raw     bool           `json:"raw,omitempty"`
	Options map[string]any `json:"options,omitempty"`
	Stream  bool           `json:"stream"`
	extensions
}

// completion translates a request for a legacy completion. As at Ollama's own /v1/completions the prompt goes through the
// model's template, which knows where a suffix belongs; the extension `raw` leaves the template out.
func completion(p *params, model string, stream bool) completionRequest {
	req := completionRequest{
		Model: model, Stream: stream, extensions: newExtensions(p), Prompt: prompt(p), Suffix: p.text("suffix"), Options: options(p),
	}
	p.into("raw", &req.Raw, "a boolean")
	p.only("best_of", "Ollama gives one answer to each request", "1")
	p.only("echo", "Ollama does not repeat the prompt", "false")
	p.only("logprobs", "use chat completions for them")
	return req
}

// prompt reads one prompt of text. Tokens mean something to one model only, and several prompts would be several requests.
func prompt(p *params) string {
	raw := p.raw("prompt")
	var one string
	var list []string
	switch {
	case json.Unmarshal(raw, &one) == nil:
		return one
	case json.Unmarshal(raw, &list) == nil && len(list) == 1:
		return list[0]
	}
	p.unsupported("prompt", "Ollama takes one text as prompt, no tokens and no list")
	return ""
}
