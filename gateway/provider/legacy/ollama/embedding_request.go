package ollama

import "encoding/json"

// embeddingRequest is the body of POST /api/embed.
type embeddingRequest struct {
	Model      string         `json:"model"`
	Input      []string       `json:"input"`
	Truncate   bool           `json:"truncate"`
	Dimensions int            `json:"dimensions,omitempty"`
	Options    map[string]any `json:"options,omitempty"`
	extensions
}

// embedding translates a request for embeddings. Ollama cuts an input that is too long for the model without a word; OpenAI
// refuses it, and so does this unless the extension `truncate` allows it.
func embedding(p *params, model string) embeddingRequest {
	req := embeddingRequest{Model: model, extensions: newExtensions(p), Input: input(p)}
	p.into("truncate", &req.Truncate, "a boolean")
	if p.into("dimensions", &req.Dimensions, "an integer") && req.Dimensions < 1 {
		p.invalid("dimensions", "must be at least 1, but it is %d.", req.Dimensions)
	}
	p.into("options", &req.Options, "an object")
	switch p.text("encoding_format") {
	case "", "float", "base64":
	default:
		p.invalid("encoding_format", "must be float or base64.")
	}
	return req
}

// input reads one text or several; tokens mean something to one model only.
func input(p *params) []string {
	raw := p.raw("input")
	var one string
	if json.Unmarshal(raw, &one) == nil {
		return []string{one}
	}
	var list []string
	if json.Unmarshal(raw, &list) != nil {
		p.unsupported("input", "Ollama takes texts only, no tokens")
	}
	return list
}
