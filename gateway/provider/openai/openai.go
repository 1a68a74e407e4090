// Package openai is how OpenAI, and upstreams that follow its protocol, are spoken to.
package openai

import (
	"net/http"

	"github.com/fairlead-dev/fairlead/gateway/chat"
	"github.com/fairlead-dev/fairlead/gateway/embedding"
	"github.com/fairlead-dev/fairlead/gateway/fault"
	"github.com/fairlead-dev/fairlead/gateway/protocol"
	"github.com/fairlead-dev/fairlead/gateway/protocol/openai"
	"github.com/fairlead-dev/fairlead/gateway/provider"
)

// Provider is one of the two kinds of upstream.
type Provider struct{ dialect openai.Dialect }

var (
	_ provider.Chatter  = Provider{}
	_ provider.Embedder = Provider{}
	_ provider.Prober   = Provider{}
	_ provider.Provider = Provider{}
)

// New returns the Provider for OpenAI itself, and for Azure's v1 API, which is the same.
func New() Provider { return Provider{dialect: openai.DialectOpenAI} }

// NewCompatible returns the Provider for all others: vLLM, Groq, Mistral, DeepSeek, OpenRouter and so on.
func NewCompatible() Provider { return Provider{dialect: openai.DialectCompatible} }

// Native passes on what clients of the same protocol ask for. Few others than OpenAI have the Responses API, and what some of them
// have is part of it, so that it is translated for them. Rerank is what OpenAI does not have, and many of the others do.
func (p Provider) Native(call *protocol.Call, _ string, stream bool) (provider.Outbound, bool) {
	if call.Protocol != protocol.OpenAI || !p.has(call.Operation) {
		return provider.Outbound{}, false
	}
	path := call.Path
	if call.Query != "" {
		path += "?" + call.Query
	}
	return provider.Outbound{Path: path, Stream: stream}, true
}

func (p Provider) has(op protocol.Operation) bool {
	switch op {
	case protocol.Responses, protocol.CountTokens:
		return p.dialect == openai.DialectOpenAI
	case protocol.Rerank:
		return p.dialect == openai.DialectCompatible
	}
	return true
}

// Probe asks for the list of models.
func (Provider) Probe() provider.Outbound { return provider.Outbound{Path: "/models"} }

// Error reads an answer that is no success.
func (Provider) Error(status int, h http.Header, body []byte) *fault.Error {
	return openai.DecodeError(status, h, body)
}

// EncodeChat asks for a chat completion.
func (p Provider) EncodeChat(req *chat.Request, model string) (provider.Outbound, error) {
	body, lost, err := openai.EncodeChat(req, model, p.dialect)
	if err != nil {
		return provider.Outbound{}, err
	}
	return provider.Outbound{Path: "/chat/completions", Body: [][]byte{body}, Stream: req.Stream, Lost: lost}, nil
}

// DecodeChat returns what reads the answer.
func (Provider) DecodeChat(*chat.Request) provider.ChatDecoder { return openai.NewDecoder() }

// EncodeEmbedding asks for embeddings.
func (p Provider) EncodeEmbedding(req *embedding.Request, model string) (provider.Outbound, error) {
	body, lost := openai.EncodeEmbedding(req, model, p.dialect)
	return provider.Outbound{Path: "/embeddings", Body: [][]byte{body}, Lost: lost}, nil
}

// DecodeEmbedding reads the answer.
func (Provider) DecodeEmbedding(req *embedding.Request, body []byte) (*embedding.Answer, error) {
	return openai.DecodeEmbedding(body, len(req.Inputs))
}
