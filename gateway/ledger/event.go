package ledger

import (
	"time"

	"github.com/fairlead-dev/fairlead/gateway/chat"
	"github.com/fairlead-dev/fairlead/gateway/money"
)

// State is how far a request got.
type State uint8

// States.
const (
	// Begun: the request was admitted, and nothing is known of its end yet.
	Begun State = iota
	// Complete: the client was sent a whole answer.
	Complete
	// Incomplete: the answer was cut off by the upstream, or abandoned by the client. Tokens are those so far.
	Incomplete
	// Failed: the client was sent an error.
	Failed
	// Interrupted: the replica died while it served the request. What the upstream did is not known.
	Interrupted
)

// String is the state as the database and the API spell it.
func (s State) String() string {
	switch s {
	case Complete:
		return "complete"
	case Incomplete:
		return "incomplete"
	case Failed:
		return "failed"
	case Interrupted:
		return "interrupted"
	}
	return "begun"
}

// ParseState reads what String wrote. Anything else is Interrupted: what became of the request is not known.
func ParseState(text string) State {
	for s := Begun; s < Interrupted; s++ {
		if text == s.String() {
			return s
		}
	}
	return Interrupted
}

// ID identifies an event: a UUID of version 7. It is the gateway's own, because providers repeat theirs.
type ID [16]byte

// Event is one request. It holds no content and no key.
type Event struct {
	ID ID
	// RequestID is what the client sees as x-request-id. A client may repeat its own.
	RequestID string
	// Start is when the request was received.
	Start time.Time
	State State
	// KeyID names the key, `master` for the master key; empty for calls without a key. Key is its GatewayKey as namespace/name.
	KeyID, Key string
	// User is the end user; empty where none is known.
	User string
	// Operation as OpenTelemetry spells it.
	Operation string
	// Model that the client asked for, and the ModelAlias as namespace/name.
	Model, Alias string
	// Target and Provider (namespace/name) that answered or were tried last, and the provider's own name of the model. Empty for an
	// answer from the cache.
	Target, Provider, UpstreamModel string
	// Attempts is the number of targets that were sent the request.
	Attempts int
	// Status is the HTTP status of the answer.
	Status int
	// Stream says that the answer was a stream, CacheHit that it came from the cache.
	Stream, CacheHit bool
	// Usage is what the upstream counted; where it did not, Estimated says that it is the gateway's estimate.
	Usage     chat.Usage
	Estimated bool
	// Cost by the prices of the target; Priced says that it has any.
	Cost   money.USD
	Priced bool
	// FirstByte is how long the first byte took, and Duration how long the answer; 0 where there was none.
	FirstByte, Duration time.Duration
	// Budgets are the subjects that the cost counts against.
	Budgets []string
}
