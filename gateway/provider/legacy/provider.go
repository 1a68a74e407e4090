// Package provider is what every upstream protocol has in common. Each protocol is a package of its own below this one.
package provider

import (
	"io"

	"github.com/fairlead-dev/fairlead/gateway/openai"
)

// Provider speaks one upstream protocol. It holds no state of a request and does no I/O: the proxy sends what Encode returns
// and hands what comes back to the Decoder.
type Provider interface {
	// Encode says what to send upstream for a client's request. model is the upstream's own name of the model. The error is an
	// *openai.Error where the client asked for something that this protocol cannot express.
	Encode(req *openai.Request, model string) (Outbound, error)
	// Decoder returns what translates the answer to req, or nil where the upstream's answer is the client's answer, byte for byte.
	Decoder(req *openai.Request) Decoder
}

// Outbound is a request to be sent upstream.
type Outbound struct {
	// Path below the endpoint's base URL: `/chat/completions`, `/api/chat`.
	Path string
	// Body is sent as these pieces one after another, so that replacing a few bytes of a large body copies nothing.
	Body [][]byte
	// Stream says that the upstream was asked for a stream of events.
	Stream bool
}

// Decoder translates one answer. It is used for one request by one goroutine.
type Decoder interface {
	// Body translates a whole successful answer. Its errors are as those of Stream.
	Body(upstream []byte) (client []byte, usage Usage, err error)
	// Stream translates a successful stream until it is complete, writing each event as soon as it is known, and no `[DONE]`:
	// that is for the caller to send, when there was no error. It returns an *openai.Error for a failure that the upstream
	// reported in the stream, and any other error as it met it, an end that came too early among them; the caller tells the
	// client. Events sent before the error stay sent.
	Stream(dst openai.EventWriter, src io.Reader) (Usage, error)
	// Error translates an unsuccessful answer.
	Error(status int, upstream []byte) *openai.Error
}

// Usage is what an answer said that it cost, in tokens. Known is false where it said nothing.
type Usage struct {
	Known       bool
	InputTokens int64
	// CachedInputTokens is the part of InputTokens that was read from the provider's prompt cache.
	CachedInputTokens int64
	OutputTokens      int64
	// ReasoningTokens is the part of OutputTokens that was spent on thinking.
	ReasoningTokens int64
}
