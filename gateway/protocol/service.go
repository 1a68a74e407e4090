package protocol

import (
	"github.com/fairlead-dev/fairlead/gateway/chat"
	"github.com/fairlead-dev/fairlead/gateway/jsonscan"
)

// Service is how one Endpoint of a client protocol is served. At most one of Chat, Embedding and Count is set; where none is, a call
// can only pass to an upstream that has the same endpoint.
type Service struct {
	// Scan says what routing needs of the body; nil where the body is a form of several parts, which holds files.
	Scan *jsonscan.Spec
	// Chat, Embedding and Count translate.
	Chat      ChatCodec
	Embedding EmbeddingCodec
	Count     CountCodec
	// Errors is how the protocol tells failures.
	Errors Errors
	// Observe returns what reads along with an answer that passes untouched, a stream or a whole one. nil where nothing can be learned.
	Observe func(stream bool) Observer
	// StreamType is the Content-Type of a stream.
	StreamType string
	// Waiting is what a client may be sent before the first event of a stream, which every client of the protocol passes over; nil
	// where there is nothing of the kind. The text says what is waited for, on one line.
	Waiting func(text string) []byte
	// PassUp are the client's headers that an upstream of the same protocol gets, in canonical form.
	PassUp []string
}

// Media types of streams.
const (
	TypeEvents = "text/event-stream"
	TypeNDJSON = "application/x-ndjson"
	TypeJSON   = "application/json"
)

// Blind is the Observer of answers that say nothing about themselves, such as audio. It takes every stream for complete.
type Blind struct{}

// Write sees nothing.
func (Blind) Write(p []byte) (int, error) { return len(p), nil }

// End does nothing.
func (Blind) End() {}

// Usage is not known.
func (Blind) Usage() chat.Usage { return chat.Usage{} }

// Complete is true: where a stream has no mark of its end, HTTP's is all there is.
func (Blind) Complete() bool { return true }

// Ended is false.
func (Blind) Ended() bool { return false }

// Failed is false.
func (Blind) Failed() bool { return false }
