// Package ollama is the type of upstream that is an Ollama, spoken to in its own protocol.
package ollama

import (
	"net/http"

	"github.com/fairlead-dev/fairlead/gateway/chat"
	"github.com/fairlead-dev/fairlead/gateway/embedding"
	"github.com/fairlead-dev/fairlead/gateway/fault"
	"github.com/fairlead-dev/fairlead/gateway/protocol"
	"github.com/fairlead-dev/fairlead/gateway/protocol/ollama"
	"github.com/fairlead-dev/fairlead/gateway/provider"
)

// Provider speaks to an Ollama. Its base URL has no path: https://ollama.example.com.
type Provider struct{}

// New returns a Provider.
func New() Provider { return Provider{} }

// Native passes the calls of Ollama's clients on. Other paths than those of models are not reached through it.
func (Provider) Native(call *protocol.Call, _ string, stream bool) (provider.Outbound, bool) {
	if call.Protocol != protocol.Ollama {
		return provider.Outbound{}, false
	}
	switch call.Path {
	case ollama.PathChat, ollama.PathGenerate:
		return provider.Outbound{Path: call.Path, Stream: stream}, true
	case ollama.PathEmbed, ollama.PathEmbeddings:
		return provider.Outbound{Path: call.Path}, true
	}
	return provider.Outbound{}, false
}

// EncodeChat translates a chat to /api/chat, a text to be continued to /api/generate.
func (Provider) EncodeChat(req *chat.Request, model string) (provider.Outbound, error) {
	path, body, lost, err := ollama.EncodeChat(req, model)
	if err != nil {
		return provider.Outbound{}, err
	}
	return provider.Outbound{Path: path, Body: [][]byte{body}, Stream: req.Stream, Lost: lost}, nil
}

// DecodeChat returns what reads the answer.
func (Provider) DecodeChat(req *chat.Request) provider.ChatDecoder { return ollama.NewDecoder(req) }

// EncodeEmbedding translates a request for embeddings to /api/embed.
func (Provider) EncodeEmbedding(req *embedding.Request, model string) (provider.Outbound, error) {
	body, lost, err := ollama.EncodeEmbedding(req, model)
	if err != nil {
		return provider.Outbound{}, err
	}
	return provider.Outbound{Path: ollama.PathEmbed, Body: [][]byte{body}, Lost: lost}, nil
}

// DecodeEmbedding reads the answer.
func (Provider) DecodeEmbedding(req *embedding.Request, body []byte) (*embedding.Answer, error) {
	return ollama.DecodeEmbedding(req, body)
}

// Probe asks for the version, which loads no model.
func (Provider) Probe() provider.Outbound { return provider.Outbound{Path: "/api/version"} }

// Error reads an answer that is no success.
func (Provider) Error(status int, _ http.Header, body []byte) *fault.Error {
	return ollama.Failure(status, body)
}
