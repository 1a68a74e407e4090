package load

import (
	"sync/atomic"
	"time"
)

// Endpoint is one model at one upstream, for all aliases that have it for a target. It is safe for concurrent use. A nil Endpoint
// is always well, and keeps nothing of what it is told.
//
// Every method is given the time, so that one request reads the clock once. It has to be a reading of time.Now: spans are measured
// on its monotonic clock, which no correction of the wall clock moves.
type Endpoint struct {
	born     time.Time
	inFlight atomic.Int64
	latency  latency
	recent   window
	// inARow are the failures since the last success.
	inARow atomic.Int64
	out    atomic.Pointer[ejection]
	// cooling is the end of the cooldown as time since born, 0 where there was none.
	cooling atomic.Int64
	// down is the result of the active checks.
	down atomic.Bool
}

// NewEndpoint returns an Endpoint of which nothing is known.
func NewEndpoint(now time.Time) *Endpoint { return &Endpoint{born: now} }

// Begin counts a request as under way.
func (e *Endpoint) Begin() {
	if e != nil {
		e.inFlight.Add(1)
	}
}

// End takes back a Begin.
func (e *Endpoint) End() {
	if e != nil {
		e.inFlight.Add(-1)
	}
}

// InFlight is how many requests are under way.
func (e *Endpoint) InFlight() int {
	if e == nil {
		return 0
	}
	return int(e.inFlight.Load())
}

// FirstByte notes how long the first byte of an answer took.
func (e *Endpoint) FirstByte(now time.Time, took time.Duration) {
	if e != nil {
		e.latency.observe(e.at(now), took)
	}
}

// Latency is how long the first byte took lately, as a mean in which what is older counts for less. Once nothing has been
// observed for a while, fresh is false and the value sinks, so that what was slow is tried again some day. Both are zero where
// nothing is known.
func (e *Endpoint) Latency(now time.Time) (took time.Duration, fresh bool) {
	if e == nil {
		return 0, false
	}
	return e.latency.read(e.at(now))
}

// Cool keeps requests away until a time, as an upstream asks that has had too many. A longer cooldown is never shortened.
func (e *Endpoint) Cool(until time.Time) {
	if e == nil {
		return
	}
	to := int64(e.at(until))
	for {
		before := e.cooling.Load()
		if to <= before || e.cooling.CompareAndSwap(before, to) {
			return
		}
	}
}

// SetDown notes what the active checks found.
func (e *Endpoint) SetDown(down bool) {
	if e != nil && e.down.Load() != down {
		e.down.Store(down)
	}
}

// Forgive forgets what is held against the Endpoint. It is for an upstream that has been given another address or credential.
func (e *Endpoint) Forgive() {
	if e != nil {
		e.inARow.Store(0)
		e.out.Store(nil)
		e.cooling.Store(0)
		e.down.Store(false)
		e.recent.clear()
	}
}

// Usable says whether the Endpoint is neither ejected, nor cooling down, nor down by an active check.
func (e *Endpoint) Usable(now time.Time) bool {
	if e == nil {
		return true
	}
	at := e.at(now)
	return !e.out.Load().covers(at) && e.cooling.Load() <= int64(at) && !e.down.Load()
}

// at is a time as time since born. Nothing has happened before that.
func (e *Endpoint) at(now time.Time) time.Duration { return max(now.Sub(e.born), 0) }
