package protocol

import (
	"io"

	"github.com/fairlead-dev/fairlead/gateway/chat"
	"github.com/fairlead-dev/fairlead/gateway/embedding"
	"github.com/fairlead-dev/fairlead/gateway/fault"
)

// ChatCodec is an endpoint of a client protocol that is translated by way of chat.Request.
type ChatCodec interface {
	// Decode reads a client's request. The body was scanned. The error is a *fault.Error for what is the client's mistake.
	Decode(call *Call, body []byte) (*chat.Request, error)
	// Answer writes a whole answer.
	Answer(req *chat.Request, a *chat.Answer) []byte
	// Stream returns what writes a streamed answer. Nothing is written before the first event.
	Stream(call *Call, req *chat.Request, out Output) StreamWriter
}

// Unasker is a ChatCodec some of whose requests ask for nothing that a model would have to say, such as Ollama's requests to load
// one. They are answered without an upstream, unless that speaks the protocol itself.
type Unasker interface {
	// Unasked is the answer to such a request; ok is false for all others.
	Unasked(req *chat.Request) (answer []byte, ok bool)
}

// Output is where the events of a stream go. Each Raw is sent to the client at once. Its errors mean that the client is gone.
// *sse.Writer is one.
type Output interface {
	// Raw sends bytes as they are.
	Raw(p []byte) error
	// Event frames data as a server-sent event; name may be empty.
	Event(name string, data []byte) error
}

// StreamWriter writes the events of one answer in a client protocol. The events come from a chat.Sequence, in its order. Its errors
// are those of the Output.
type StreamWriter interface {
	Event(e *chat.Event) error
	// Close ends an answer that is complete, with the protocol's own terminator.
	Close() error
	// Fail ends an answer that broke. No terminator follows that a client could take for completion.
	Fail(e *fault.Error) error
}

// EmbeddingCodec is an endpoint of a client protocol that is translated by way of embedding.Request.
type EmbeddingCodec interface {
	Decode(call *Call, body []byte) (*embedding.Request, error)
	Answer(req *embedding.Request, a *embedding.Answer) []byte
}

// CountCodec is an endpoint of a client protocol that tells what a chat would cost.
type CountCodec interface {
	Decode(call *Call, body []byte) (*chat.Request, error)
	Answer(inputTokens int64) []byte
}

// Errors is how a client protocol says that something went wrong.
type Errors interface {
	// Body is the body of an answer that is no success.
	Body(e *fault.Error, requestID string) []byte
	// Frame is what ends a stream that broke and whose bytes passed untouched until then.
	Frame(e *fault.Error) []byte
}

// Observer reads along with an answer that passes untouched: what it cost, and whether a stream is complete. Its memory is bounded
// whatever comes; what it cannot read it does not report. It never changes or holds up the answer.
type Observer interface {
	io.Writer
	// End says that the answer has ended.
	End()
	// Usage is what the answer said that it cost, the last word counting.
	Usage() chat.Usage
	// Complete says whether a stream came to its end by the rules of its protocol and without an error, Ended whether nothing of it
	// can be missing however the connection ended, Failed whether it reported an error. They mean nothing for a whole answer.
	Complete() bool
	Ended() bool
	Failed() bool
}
