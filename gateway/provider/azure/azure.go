// Package azure is how Azure's dated API is spoken to: OpenAI's protocol under a path for each deployment, whose name is what a
// model's name is elsewhere. The version in the query belongs to the endpoint. Azure's v1 API is OpenAI's, and so is its package.
//
// Source: https://learn.microsoft.com/azure/ai-foundry/openai/reference
package azure

import (
	"net/http"
	"net/url"

	"github.com/fairlead-dev/fairlead/gateway/chat"
	"github.com/fairlead-dev/fairlead/gateway/embedding"
	"github.com/fairlead-dev/fairlead/gateway/fault"
	"github.com/fairlead-dev/fairlead/gateway/protocol"
	"github.com/fairlead-dev/fairlead/gateway/protocol/openai"
	"github.com/fairlead-dev/fairlead/gateway/provider"
)

// Provider is Azure's dated API.
type Provider struct{}

var (
	_ provider.Chatter  = Provider{}
	_ provider.Embedder = Provider{}
	_ provider.Prober   = Provider{}
	_ provider.Provider = Provider{}
)

// New returns a Provider.
func New() Provider { return Provider{} }

// Native passes on what deployments have: text, embeddings, images and audio. Responses belong to the v1 API; there are no
// moderations and no reranking.
func (Provider) Native(call *protocol.Call, model string, stream bool) (provider.Outbound, bool) {
	if call.Protocol != protocol.OpenAI || !has(call.Operation) {
		return provider.Outbound{}, false
	}
	path := deployment(model, call.Path)
	if call.Query != "" {
		path += "?" + call.Query
	}
	return provider.Outbound{Path: path, Stream: stream}, true
}

func has(op protocol.Operation) bool {
	switch op {
	case protocol.Chat, protocol.TextCompletion, protocol.Embeddings, protocol.ImageGeneration, protocol.ImageEdit, protocol.Speech,
		protocol.Transcription, protocol.Translation:
		return true
	}
	return false
}

// deployment is the path of an operation of a deployment.
func deployment(name, path string) string {
	return "/openai/deployments/" + url.PathEscape(name) + path
}

// Probe asks for the list of models.
func (Provider) Probe() provider.Outbound { return provider.Outbound{Path: "/openai/models"} }

// Error reads an answer that is no success.
func (Provider) Error(status int, h http.Header, body []byte) *fault.Error {
	return openai.DecodeError(status, h, body)
}

// EncodeChat asks for a chat completion.
func (Provider) EncodeChat(req *chat.Request, model string) (provider.Outbound, error) {
	body, lost, err := openai.EncodeChat(req, model, openai.DialectOpenAI)
	if err != nil {
		return provider.Outbound{}, err
	}
	return provider.Outbound{Path: deployment(model, "/chat/completions"), Body: [][]byte{body}, Stream: req.Stream, Lost: lost}, nil
}

// DecodeChat returns what reads the answer.
func (Provider) DecodeChat(*chat.Request) provider.ChatDecoder { return openai.NewDecoder() }

// EncodeEmbedding asks for embeddings.
func (Provider) EncodeEmbedding(req *embedding.Request, model string) (provider.Outbound, error) {
	body, lost := openai.EncodeEmbedding(req, model, openai.DialectOpenAI)
	return provider.Outbound{Path: deployment(model, "/embeddings"), Body: [][]byte{body}, Lost: lost}, nil
}

// DecodeEmbedding reads the answer.
func (Provider) DecodeEmbedding(req *embedding.Request, body []byte) (*embedding.Answer, error) {
	return openai.DecodeEmbedding(body, len(req.Inputs))
}
