// Package provider is what all upstreams have in common. Each type of upstream is a package of its own below this one, which says
// by which paths and headers it is spoken to; the protocols themselves are in gateway/protocol.
package provider

import (
	"io"
	"net/http"

	"github.com/fairlead-dev/fairlead/gateway/chat"
	"github.com/fairlead-dev/fairlead/gateway/embedding"
	"github.com/fairlead-dev/fairlead/gateway/fault"
	"github.com/fairlead-dev/fairlead/gateway/protocol"
)

// Provider speaks to one type of upstream. It holds no state of a request and does no I/O: the proxy sends what it returns and
// hands what comes back to a decoder. What else than this it can do, it says by implementing Chatter, Embedder, Counter or Prober.
type Provider interface {
	// Native says how a client's call is made upstream where the upstream has the same endpoint: the bytes pass untouched, with only
	// the model replaced. ok is false where the upstream does not have it; the call is then translated, or refused.
	// The Outbound has no Body: that is the client's.
	Native(call *protocol.Call, model string, stream bool) (out Outbound, ok bool)
	// Error reads an answer that is no success. The message must hold no secret, also where the upstream's does.
	Error(status int, h http.Header, body []byte) *fault.Error
}

// Editor is a Provider of which not every server takes all that the protocol has. Where it says so, a few bytes of a body that
// passes otherwise untouched are replaced.
type Editor interface {
	// Edits are the replacements, in the order of the body. They lie outside of the value of `model`.
	Edits(call *protocol.Call, body []byte) []Edit
}

// Edit replaces the bytes from Start to End.
type Edit struct {
	Start, End int
	New        []byte
}

// Chatter is a Provider that chats are translated for.
type Chatter interface {
	// EncodeChat says what to send upstream. model is the upstream's own name of the model. What the upstream cannot be told is in
	// the Outbound's Lost, for the proxy to judge by the provider's policy; the error is a *fault.Error for a request that makes
	// no sense without what the upstream cannot take, such as an image.
	EncodeChat(req *chat.Request, model string) (Outbound, error)
	// DecodeChat returns what reads the answer to req.
	DecodeChat(req *chat.Request) ChatDecoder
}

// ChatDecoder reads one answer. It is used for one request by one goroutine.
type ChatDecoder interface {
	// Whole reads a successful answer that is not streamed. Its errors are as those of Stream.
	Whole(body []byte) (*chat.Answer, error)
	// Stream reads a successful stream until it is complete by the upstream's own rules, and emits each event as soon as it is
	// known. The proxy puts a chat.Sequence behind emit. It returns a *fault.Error for a failure that the upstream reported in the
	// stream, the error of emit as it is, and any other error as it met it; chat.ErrUnfinished for an end that came too early.
	Stream(src io.Reader, emit func(*chat.Event) error) error
}

// Embedder is a Provider that embeddings are translated for.
type Embedder interface {
	// EncodeEmbedding is as EncodeChat.
	EncodeEmbedding(req *embedding.Request, model string) (Outbound, error)
	// DecodeEmbedding reads a successful answer.
	DecodeEmbedding(req *embedding.Request, body []byte) (*embedding.Answer, error)
}

// Counter is a Provider that can count the tokens of a chat.
type Counter interface {
	// EncodeCount is as EncodeChat.
	EncodeCount(req *chat.Request, model string) (Outbound, error)
	// DecodeCount reads a successful answer: the number of input tokens.
	DecodeCount(body []byte) (int64, error)
}

// Prober is a Provider that can be asked whether it works.
type Prober interface {
	// Probe is what to GET. It costs no tokens. There is no Body.
	Probe() Outbound
}

// Outbound is a request to be sent upstream.
type Outbound struct {
	// Path below the endpoint's base URL, with a query where there is one: `/chat/completions`, `/v1/messages?beta=true`. Segments
	// that come from outside, such as the name of a model, are escaped.
	Path string
	// Header is sent in addition to what every request carries; nil where there is nothing.
	Header http.Header
	// Body is sent as these pieces one after another.
	Body [][]byte
	// Stream says that the upstream was asked for a stream.
	Stream bool
	// Lost is what the upstream is not told.
	Lost []chat.Param
}
