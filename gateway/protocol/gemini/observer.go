package gemini

import (
	"encoding/json"

	"github.com/fairlead-dev/fairlead/gateway/chat"
	"github.com/fairlead-dev/fairlead/gateway/protocol"
)

// Observer reads along with an answer of Gemini's that passes untouched: server-sent events, or JSON, which is a whole answer or a
// stream as one array.
type Observer struct{ scan scan }

var _ protocol.Observer = (*Observer)(nil)

// NewObserver returns an Observer.
func NewObserver() *Observer { return &Observer{} }

// Write looks at the next piece. It never fails.
func (o *Observer) Write(piece []byte) (int, error) {
	o.scan.feed(piece)
	return len(piece), nil
}

// End says that the answer has ended. Nothing waits for it.
func (*Observer) End() {}

// Usage is the last one that the answer told: each chunk has it.
func (o *Observer) Usage() chat.Usage {
	var u usageMetadata
	if len(o.scan.usage) == 0 || json.Unmarshal(o.scan.usage, &u) != nil {
		return chat.Usage{}
	}
	return u.neutral()
}

// Complete says whether all candidates of a stream have ended, with a reason and without an error.
func (o *Observer) Complete() bool { return o.scan.complete() }

// Ended is Complete: events have no terminator, the last one is that with the reason, and an array is closed.
func (o *Observer) Ended() bool { return o.scan.complete() }

// Failed says whether the answer reported an error.
func (o *Observer) Failed() bool { return o.scan.failed }
