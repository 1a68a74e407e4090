package load

import "time"

// rateRequests is how many requests it takes for a rate to mean anything.
const rateRequests = 10

// Health says when failures take an Endpoint out.
type Health struct {
	// Consecutive failures; 0: they do not.
	Consecutive int
	// Percent of the requests of the last 10 s, of which there must be at least 10, that fail; 0: they do not.
	Percent int
	// EjectFor is how long it stays out the first time. Each further time doubles that, up to MaxEjectFor, until it has stayed in for
	// as long as it was out before.
	EjectFor, MaxEjectFor time.Duration
}

// ejection is one spell of being out, in time since the Endpoint was born.
type ejection struct{ from, until time.Duration }

// covers says whether the spell lasts. There may have been none.
func (j *ejection) covers(at time.Duration) bool { return j != nil && at < j.until }

// Succeed notes a request that was answered, if only with an error that is the client's own.
func (e *Endpoint) Succeed(now time.Time) {
	if e == nil {
		return
	}
	e.recent.add(e.at(now), false)
	if e.inARow.Load() != 0 {
		e.inARow.Store(0)
	}
}

// Fail notes a request that the upstream failed to answer, and says whether that took the Endpoint out. One that comes back and
// fails at once is out again at once: only a success clears its failures in a row.
func (e *Endpoint) Fail(now time.Time, h Health) (ejected bool) {
	if e == nil {
		return false
	}
	at := e.at(now)
	e.recent.add(at, true)
	inARow := e.inARow.Add(1)
	before := e.out.Load()
	if before.covers(at) || !h.exceeded(inARow, &e.recent, at) {
		return false
	}
	return e.out.CompareAndSwap(before, &ejection{from: at, until: at + h.spell(before, at)})
}

func (h *Health) exceeded(inARow int64, recent *window, at time.Duration) bool {
	if h.Consecutive > 0 && inARow >= int64(h.Consecutive) {
		return true
	}
	if h.Percent <= 0 {
		return false
	}
	requests, failed := recent.sum(at)
	return requests >= rateRequests && failed*100 >= h.Percent*requests
}

// spell is how long the next ejection lasts.
func (h *Health) spell(before *ejection, at time.Duration) time.Duration {
	if before == nil {
		return min(h.EjectFor, h.MaxEjectFor)
	}
	last := before.until - before.from
	if at-before.until >= last {
		return min(h.EjectFor, h.MaxEjectFor)
	}
	return min(2*last, h.MaxEjectFor)
}
