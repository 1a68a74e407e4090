package load

import (
	"sync"
	"sync/atomic"
	"time"
)

const (
	// retriesAnyway may be under way however few requests are.
	retriesAnyway = 3
	// quietRetries may be made within the window of 10 s even where requests have not earned them: where there is little to do, a
	// retry multiplies little, and whoever asks once a minute should not be told of a target that has just died.
	quietRetries = 10
	// whole is one retry, in percent.
	whole = 100
)

// Retries is the retry budget of one alias. It is safe for concurrent use; a nil Retries bounds nothing.
//
// Two bounds hold at a time. Of the requests under way no more than a percentage are retries, 3 in any case, so that retries do not
// crowd out first attempts. And each request earns that percentage of a retry, so that in the long run a fleet whose targets all
// fail is asked no more than, say, 1.2 times for each request; the first bound alone allows more, because requests that are retried
// stay longer. While fewer than 10 retries were made in 10 s, one may be made on credit. The requests that follow pay it back, so that
// credit adds to the sum only where few requests follow.
//
// Envoy's retry budget is the model of the first bound, Finagle's of the second.
// Sources: https://www.envoyproxy.io/docs/envoy/latest/api-v3/config/cluster/v3/circuit_breaker.proto,
// https://twitter.github.io/finagle/guide/Clients.html
type Retries struct {
	percent int64
	born    time.Time
	// requests ever, and those under way.
	requests, inFlight atomic.Int64

	// mu is taken for retries only, not for requests.
	mu       sync.Mutex
	underWay int64
	// balance is what has been earned and not spent, in percent of a retry. It is negative after those on credit.
	balance int64
	// counted are the requests whose earnings are in the balance.
	counted int64
	recent  window
}

// NewRetries returns a budget of percent of the requests.
func NewRetries(percent int, now time.Time) *Retries {
	return &Retries{percent: int64(percent), born: now}
}

// Percent is what NewRetries was given.
func (r *Retries) Percent() int { return int(r.percent) }

// Begin counts a request as under way.
func (r *Retries) Begin() {
	if r != nil {
		r.requests.Add(1)
		r.inFlight.Add(1)
	}
}

// End takes back a Begin, but not what the request has earned.
func (r *Retries) End() {
	if r != nil {
		r.inFlight.Add(-1)
	}
}

// Take asks for a retry. Where it may be made, the caller has to call Done after it.
func (r *Retries) Take(now time.Time) bool {
	if r == nil {
		return true
	}
	at := max(now.Sub(r.born), 0)
	r.mu.Lock()
	defer r.mu.Unlock()
	most := max(retriesAnyway*whole, r.percent*r.inFlight.Load())
	r.earn(most)
	if (r.underWay+1)*whole > most || !r.affords(at) {
		return false
	}
	r.underWay++
	r.balance = max(r.balance-whole, -quietRetries*whole)
	r.recent.add(at, false)
	return true
}

// earn adds what the requests since the last time have earned. No more is kept than may be under way at once.
func (r *Retries) earn(most int64) {
	requests := r.requests.Load()
	r.balance = min(r.balance+(requests-r.counted)*r.percent, most)
	r.counted = requests
}

func (r *Retries) affords(at time.Duration) bool {
	if r.balance >= whole {
		return true
	}
	lately, _ := r.recent.sum(at)
	return lately < quietRetries
}

// Done ends a retry.
func (r *Retries) Done() {
	if r == nil {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.underWay--
}
