// Package anthropic is the provider type Anthropic: the Messages API, at api.anthropic.com or at a server that speaks it as well.
// It has no embeddings.
//
// Source: https://platform.claude.com/docs/en/api/overview
package anthropic

import (
	"io"
	"net/http"
	"strings"

	"github.com/fairlead-dev/fairlead/gateway/chat"
	"github.com/fairlead-dev/fairlead/gateway/fault"
	"github.com/fairlead-dev/fairlead/gateway/protocol"
	"github.com/fairlead-dev/fairlead/gateway/protocol/anthropic"
	"github.com/fairlead-dev/fairlead/gateway/provider"
)

// Paths below the base URL, which has no version in it.
const (
	pathMessages = "/v1/messages"
	pathCount    = "/v1/messages/count_tokens"
	pathModels   = "/v1/models"
)

// Headers, and the version of the API that translated requests are sent with. The next one, 2026-10-21, answers the same and takes no
// temperature, top_p and top_k, which most models that can be had still know.
// Source: https://platform.claude.com/docs/en/api/versioning
const (
	headerVersion = "Anthropic-Version"
	headerBeta    = "Anthropic-Beta"
	version       = "2023-06-01"
)

// Provider is the provider type.
type Provider struct{}

// New returns a Provider.
func New() Provider { return Provider{} }

// Native passes on messages and the counting of their tokens, with the client's query, such as `beta=true`. The version in the header
// is for a client that sent none: one that it did send is to be passed on in its place, as are its betas.
func (Provider) Native(call *protocol.Call, _ string, stream bool) (provider.Outbound, bool) {
	out := provider.Outbound{Header: http.Header{headerVersion: {version}}}
	switch call.Endpoint {
	case protocol.Endpoint{Protocol: protocol.Anthropic, Operation: protocol.Chat}:
		out.Path, out.Stream = pathMessages, stream
	case protocol.Endpoint{Protocol: protocol.Anthropic, Operation: protocol.CountTokens}:
		out.Path = pathCount
	default:
		return provider.Outbound{}, false
	}
	if call.Query != "" {
		out.Path += "?" + call.Query
	}
	return out, true
}

// Probe asks for the list of models.
func (Provider) Probe() provider.Outbound {
	return provider.Outbound{Path: pathModels, Header: http.Header{headerVersion: {version}}}
}

// Error reads an answer that is no success.
func (Provider) Error(status int, h http.Header, body []byte) *fault.Error {
	return anthropic.DecodeError(status, h, body)
}

// EncodeChat translates a chat.
func (Provider) EncodeChat(req *chat.Request, model string) (provider.Outbound, error) {
	r, err := anthropic.Encode(req, model)
	if err != nil {
		return provider.Outbound{}, err
	}
	out := outbound(pathMessages, r)
	out.Stream = req.Stream
	return out, nil
}

// DecodeChat returns what reads the answer.
func (Provider) DecodeChat(*chat.Request) provider.ChatDecoder { return decoder{} }

// EncodeCount translates a chat whose tokens are to be counted.
func (Provider) EncodeCount(req *chat.Request, model string) (provider.Outbound, error) {
	r, err := anthropic.EncodeCount(req, model)
	if err != nil {
		return provider.Outbound{}, err
	}
	return outbound(pathCount, r), nil
}

// DecodeCount reads the number of tokens.
func (Provider) DecodeCount(body []byte) (int64, error) { return anthropic.DecodeCount(body) }

func outbound(path string, r anthropic.Request) provider.Outbound {
	h := http.Header{headerVersion: {version}}
	if len(r.Betas) > 0 {
		h[headerBeta] = []string{strings.Join(r.Betas, ",")}
	}
	return provider.Outbound{Path: path, Header: h, Body: [][]byte{r.Body}, Lost: r.Lost}
}

// decoder reads one answer.
type decoder struct{}

// Whole reads an answer that is not streamed.
func (decoder) Whole(body []byte) (*chat.Answer, error) { return anthropic.DecodeAnswer(body) }

// Stream reads a stream.
func (decoder) Stream(src io.Reader, emit func(*chat.Event) error) error {
	return anthropic.DecodeStream(src, emit)
}
