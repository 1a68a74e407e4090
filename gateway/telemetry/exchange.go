package telemetry

import (
	"time"

	"github.com/fairlead-dev/fairlead/gateway/money"
)

// Exchange is what is known about one request at its end. Metrics and AccessLog read it; the goroutine that serves the request
// fills it in and gives it away with AccessLog.Write.
type Exchange struct {
	// RequestID is what the client sees as x-request-id.
	RequestID string
	// Operation as OpenTelemetry spells it; empty for requests that are not for a model.
	Operation string
	// Model that the client named, where an alias has this name; otherwise UnknownModel or empty.
	Model string
	// Key is the id of the key, `master` for the master key, and User the end user; empty where there is none.
	Key, User string
	// Cache says what the response cache had to do with the answer; empty where nothing.
	Cache string
	// Target and Provider that answered, or that were tried last.
	Target, Provider string
	// Status is the HTTP status of the answer, or StatusClientGone.
	Status int
	// Outcome of the last attempt.
	Outcome Outcome
	// Error is what went wrong, for the log only. It holds neither a key nor content.
	Error string
	// Stream says that the answer was a stream of events.
	Stream bool
	// Start is when the headers of the request had been read.
	Start time.Time
	// FirstByte is when the answer began, or zero where it never did.
	FirstByte time.Time
	// Duration is from Start to the end of the answer.
	Duration time.Duration
	// Held is how long the request waited for a server to start.
	Held time.Duration
	// BytesIn and BytesOut are the sizes of the bodies.
	BytesIn, BytesOut int64
	// Attempts is the number of targets that were tried.
	Attempts int
	// InputTokens and OutputTokens are as the upstream counted them, where TokensKnown.
	TokensKnown               bool
	InputTokens, OutputTokens int64
	// Cost by the prices of the target, 0 where there are none.
	Cost money.USD
}

// StatusClientGone stands for the status of an answer that nobody was there to receive, as nginx logs it.
const StatusClientGone = 499

// timeToFirstByte is zero where the answer never began.
func (x *Exchange) timeToFirstByte() time.Duration {
	if x.FirstByte.IsZero() {
		return 0
	}
	return x.FirstByte.Sub(x.Start)
}
