// Package ollama speaks to Ollama in its own protocol: /api/chat, /api/generate and /api/embed.
//
// Its OpenAI-compatible endpoint would need no translation, but it leaves out without a word what it does not know
// (max_completion_tokens, tool_choice, n, keep_alive, options), forces temperature and top_p to 1 over the Modelfile, and ends
// a stream that broke like one that did not. So a request is translated here, and what Ollama cannot express is refused with
// a 400 that names the parameter. Only what changes nothing about the answer is left out: see harmless.
//
// Extensions of OpenAI's requests: `keep_alive` and `options` are passed on for every operation, `raw` for completions,
// `truncate` for embeddings.
//
// Source: https://github.com/ollama/ollama/blob/v0.17.4/docs/api.md and api/types.go, openai/openai.go beside it.
package ollama

import (
	"crypto/rand"
	"time"

	"github.com/fairlead-dev/fairlead/gateway/openai"
	"github.com/fairlead-dev/fairlead/gateway/provider/legacy"
)

// Provider is Ollama's protocol.
type Provider struct {
	newID func() string
	now   func() time.Time
}

// New returns a Provider.
func New() *Provider { return &Provider{newID: rand.Text, now: time.Now} }

// Encode translates a request. It refuses what Ollama cannot express with an *openai.Error of status 400.
func (p *Provider) Encode(req *openai.Request, model string) (provider.Outbound, error) {
	fields, err := newParams(req.Body)
	if err != nil {
		return provider.Outbound{}, err
	}
	var path string
	var body any
	switch req.Operation {
	case openai.ChatCompletions:
		path, body = "/api/chat", chat(fields, model, req.Stream)
	case openai.Completions:
		path, body = "/api/generate", completion(fields, model, req.Stream)
	default:
		path, body = "/api/embed", embedding(fields, model)
	}
	if err := fields.done(); err != nil {
		return provider.Outbound{}, err
	}
	stream := req.Stream && req.Operation != openai.Embeddings
	return provider.Outbound{Path: path, Body: [][]byte{openai.Marshal(body)}, Stream: stream}, nil
}

// Decoder returns the Decoder of the answer to req.
func (p *Provider) Decoder(req *openai.Request) provider.Decoder {
	d := &decoder{req: req, newID: p.newID, now: p.now}
	switch req.Operation {
	case openai.ChatCompletions:
		return &chatDecoder{decoder: d}
	case openai.Completions:
		return completionDecoder{d}
	}
	return embeddingDecoder{d}
}
