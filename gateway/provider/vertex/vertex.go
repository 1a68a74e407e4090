// Package vertex is Google Cloud's Vertex AI as an upstream. The endpoint's base URL ends with the project and the location:
// https://us-central1-aiplatform.googleapis.com/v1/projects/p/locations/us-central1.
// Source: https://cloud.google.com/vertex-ai/generative-ai/docs/model-reference/inference
package vertex

import (
	"net/http"
	"net/url"

	"github.com/fairlead-dev/fairlead/gateway/chat"
	"github.com/fairlead-dev/fairlead/gateway/embedding"
	"github.com/fairlead-dev/fairlead/gateway/fault"
	"github.com/fairlead-dev/fairlead/gateway/protocol"
	"github.com/fairlead-dev/fairlead/gateway/protocol/gemini"
	"github.com/fairlead-dev/fairlead/gateway/provider"
)

// Provider speaks to Vertex AI. It holds nothing.
type Provider struct{}

var (
	_ provider.Provider = Provider{}
	_ provider.Chatter  = Provider{}
	_ provider.Embedder = Provider{}
	_ provider.Counter  = Provider{}
)

// New returns the Provider.
func New() Provider { return Provider{} }

// models is where a location has Google's own models.
const models = "/publishers/google/models/"

func path(model, method, query string) string {
	p := models + url.PathEscape(gemini.ModelName(model)) + method
	if query != "" {
		p += "?" + query
	}
	return p
}

// Native passes chats of Gemini's protocol. Counting tokens and embedding differ from the Gemini API's, they are translated.
func (Provider) Native(call *protocol.Call, model string, stream bool) (provider.Outbound, bool) {
	if call.Protocol != protocol.Gemini || call.Operation != protocol.Chat {
		return provider.Outbound{}, false
	}
	return provider.Outbound{Path: path(model, call.Path, call.Query), Stream: stream}, true
}

// EncodeChat translates a chat.
func (Provider) EncodeChat(req *chat.Request, model string) (provider.Outbound, error) {
	body, lost, err := gemini.EncodeChat(req, model, gemini.VertexAI)
	if err != nil {
		return provider.Outbound{}, err
	}
	out := provider.Outbound{Body: [][]byte{body}, Stream: req.Stream, Lost: lost}
	if out.Path = path(model, ":generateContent", ""); req.Stream {
		out.Path = path(model, ":streamGenerateContent", "alt=sse")
	}
	return out, nil
}

// DecodeChat reads the answer to a chat.
func (Provider) DecodeChat(*chat.Request) provider.ChatDecoder { return gemini.NewDecoder() }

// EncodeEmbedding translates a request for embeddings. Newer models embed one text at a time by embedContent.
func (Provider) EncodeEmbedding(req *embedding.Request, model string) (provider.Outbound, error) {
	if !gemini.EmbedsContent(model) {
		body, lost := gemini.EncodePredict(req)
		return provider.Outbound{Path: path(model, ":predict", ""), Body: [][]byte{body}, Lost: lost}, nil
	}
	body, lost, err := gemini.EncodeEmbedContent(req)
	if err != nil {
		return provider.Outbound{}, err
	}
	return provider.Outbound{Path: path(model, ":embedContent", ""), Body: [][]byte{body}, Lost: lost}, nil
}

// DecodeEmbedding reads the embeddings of either method: which one was asked is in the answer.
func (Provider) DecodeEmbedding(req *embedding.Request, body []byte) (*embedding.Answer, error) {
	return gemini.DecodeVertexEmbedding(req, body)
}

// EncodeCount asks for the number of tokens of a chat.
func (Provider) EncodeCount(req *chat.Request, model string) (provider.Outbound, error) {
	body, lost, err := gemini.EncodeCount(req, model, gemini.VertexAI)
	if err != nil {
		return provider.Outbound{}, err
	}
	return provider.Outbound{Path: path(model, ":countTokens", ""), Body: [][]byte{body}, Lost: lost}, nil
}

// DecodeCount reads the number.
func (Provider) DecodeCount(body []byte) (int64, error) { return gemini.DecodeCount(body) }

// Error reads an answer that is no success.
func (Provider) Error(status int, _ http.Header, body []byte) *fault.Error {
	return gemini.ReadError(status, body)
}
