// Package gemini is the Gemini API of Google AI as an upstream. The endpoint's base URL has no version in it.
// Source: https://ai.google.dev/api
package gemini

import (
	"net/http"
	"net/url"
	"strings"

	"github.com/fairlead-dev/fairlead/gateway/chat"
	"github.com/fairlead-dev/fairlead/gateway/embedding"
	"github.com/fairlead-dev/fairlead/gateway/fault"
	"github.com/fairlead-dev/fairlead/gateway/protocol"
	wire "github.com/fairlead-dev/fairlead/gateway/protocol/gemini"
	"github.com/fairlead-dev/fairlead/gateway/provider"
)

// Provider speaks to the Gemini API. It holds nothing.
type Provider struct{}

var (
	_ provider.Provider = Provider{}
	_ provider.Chatter  = Provider{}
	_ provider.Embedder = Provider{}
	_ provider.Counter  = Provider{}
	_ provider.Prober   = Provider{}
)

// New returns the Provider.
func New() Provider { return Provider{} }

// models is where the API has its models. The version is the one that Google's SDKs use by default: v1 lacks the newer fields.
const models = "/v1beta/models/"

// path is that of a method of a model. A query is the client's, without its key.
func path(model, method, query string) string {
	p := models + url.PathEscape(wire.ModelName(model)) + method
	if query != "" {
		p += "?" + query
	}
	return p
}

// Native passes calls of the same protocol. Requests for a batch of embeddings, and for a count of tokens, may name the model deep in
// their bodies, too, where it has to be that of the path: they pass only if the client knows the model by Google's own name.
func (Provider) Native(call *protocol.Call, model string, stream bool) (provider.Outbound, bool) {
	if call.Protocol != protocol.Gemini {
		return provider.Outbound{}, false
	}
	switch {
	case call.Operation == protocol.Chat, call.Path == ":embedContent":
	case call.Operation == protocol.Embeddings, call.Operation == protocol.CountTokens:
		if wire.ModelName(call.Model) != wire.ModelName(model) {
			return provider.Outbound{}, false
		}
	default:
		return provider.Outbound{}, false
	}
	return provider.Outbound{Path: path(model, call.Path, call.Query), Stream: stream}, true
}

// EncodeChat translates a chat.
func (Provider) EncodeChat(req *chat.Request, model string) (provider.Outbound, error) {
	body, lost, err := wire.EncodeChat(req, model, wire.GoogleAI)
	if err != nil {
		return provider.Outbound{}, err
	}
	out := provider.Outbound{Body: [][]byte{body}, Stream: req.Stream, Lost: lost}
	if out.Path = path(model, ":generateContent", ""); req.Stream {
		out.Path = path(model, ":streamGenerateContent", "alt=sse")
	}
	return out, nil
}

// Probe asks for the list of models.
func (Provider) Probe() provider.Outbound {
	return provider.Outbound{Path: strings.TrimSuffix(models, "/")}
}

// DecodeChat reads the answer to a chat.
func (Provider) DecodeChat(*chat.Request) provider.ChatDecoder { return wire.NewDecoder() }

// EncodeEmbedding translates a request for embeddings.
func (Provider) EncodeEmbedding(req *embedding.Request, model string) (provider.Outbound, error) {
	body, lost := wire.EncodeEmbedding(req, model)
	return provider.Outbound{Path: path(model, wire.PathBatchEmbed, ""), Body: [][]byte{body}, Lost: lost}, nil
}

// DecodeEmbedding reads the embeddings.
func (Provider) DecodeEmbedding(req *embedding.Request, body []byte) (*embedding.Answer, error) {
	return wire.DecodeEmbedding(req, body)
}

// EncodeCount asks for the number of tokens of a chat.
func (Provider) EncodeCount(req *chat.Request, model string) (provider.Outbound, error) {
	body, lost, err := wire.EncodeCount(req, model, wire.GoogleAI)
	if err != nil {
		return provider.Outbound{}, err
	}
	return provider.Outbound{Path: path(model, ":countTokens", ""), Body: [][]byte{body}, Lost: lost}, nil
}

// DecodeCount reads the number.
func (Provider) DecodeCount(body []byte) (int64, error) { return wire.DecodeCount(body) }

// Error reads an answer that is no success.
func (Provider) Error(status int, _ http.Header, body []byte) *fault.Error {
	return wire.ReadError(status, body)
}
