package activation

import (
	"sync"
	"sync/atomic"
	"time"

	"github.com/fairlead-dev/fairlead/gateway/snapshot"
)

const (
	// believeFor is how long a server that answered counts for more than the operator's word. After it the next request asks again,
	// which takes no time where the server is there.
	believeFor = 5 * time.Second
	// tellEvery is how often the operator is told at once of requests to a provider. It hears of the others with the renewals of the
	// Lease, which are as frequent. Servers are stopped no sooner after the last request, so that the first one to a provider that
	// sleeps is always told of at once.
	tellEvery = 10 * time.Second
)

// Provider is what a replica knows of one provider that scales to zero. It is safe for concurrent use, and takes no lock where its
// servers run. A nil Provider is one whose servers always run.
type Provider struct {
	name string
	home *Activator

	// last is when the provider was last asked for, in seconds since 1970; told is when the operator was last told at once, and answered
	// when a server last answered, both in nanoseconds since then.
	last, told, answered atomic.Int64
	// refused is when a server was last found to be gone.
	refused  atomic.Int64
	inFlight atomic.Int64

	// mu guards wake, which is nil while nobody waits.
	mu   sync.Mutex
	wake *wake
}

// Ready says whether requests can be sent to a target of the provider: the operator says that its servers run, or one has answered since.
func (p *Provider) Ready(t *snapshot.Target, now time.Time) bool {
	return p == nil || !t.Asleep() || between(&p.answered, now) < believeFor
}

// between is the time between a moment, in nanoseconds since 1970, and now. Where the clock was set back it is now that comes first.
func between(moment *atomic.Int64, now time.Time) time.Duration {
	return time.Duration(now.UnixNano() - moment.Load()).Abs()
}

// Begin counts a request for the provider as under way. The caller has to call End.
func (p *Provider) Begin(now time.Time) {
	if p != nil {
		p.inFlight.Add(1)
		p.Ask(now)
	}
}

// End takes back a Begin. At no moment does it look as if nobody had asked since the request began, which may be long ago.
func (p *Provider) End() {
	if p != nil {
		p.last.Store(time.Now().Unix())
		p.inFlight.Add(-1)
	}
}

// Refused notes that no server could be reached: none runs, whatever the operator says.
func (p *Provider) Refused(now time.Time) {
	p.answered.Store(0)
	p.refused.Store(now.UnixNano())
	p.Ask(now)
}

// Ask notes that the servers are needed, and tells the operator at once unless it was told a moment ago. A time before the last one is
// noted as well, because the clock may have been set back: the operator looks for another time, not for a later one.
func (p *Provider) Ask(now time.Time) {
	if at := now.Unix(); p.last.Load() != at {
		p.last.Store(at)
	}
	if told := p.told.Load(); between(&p.told, now) >= tellEvery && p.told.CompareAndSwap(told, now.UnixNano()) {
		p.home.tell()
	}
}

// lastAsked is when the provider was last asked for, in seconds since 1970; 0 where it never was.
func (p *Provider) lastAsked(now time.Time) int64 {
	if p.inFlight.Load() > 0 {
		return now.Unix()
	}
	return p.last.Load()
}
