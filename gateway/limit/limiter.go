package limit

import (
	"context"
	"crypto/rand"
	"errors"
	"sync/atomic"
	"time"

	"github.com/go-logr/logr"
	"github.com/prometheus/client_golang/prometheus"

	"github.com/fairlead-dev/fairlead/gateway/redis"
	"github.com/fairlead-dev/fairlead/gateway/snapshot"
	"github.com/fairlead-dev/fairlead/gateway/telemetry"
)

const (
	// defaultLease is how long the slots of a replica that died stay taken.
	defaultLease = 15 * time.Second
	// parallelRetry is when to try again where too many requests are under way. Nobody knows when one of them ends.
	parallelRetry = time.Second
	// parallelGrace is how long a request waits for a slot. A client that sends one request after the other has the end of an
	// answer a little before the slot is free, and may be faster.
	parallelGrace = 10 * time.Millisecond
	// aheadShare is the part of what is left of a limit that one replica takes ahead at most: a sixteenth. The script says it too.
	aheadShare = 16
)

// Options of a Limiter.
type Options struct {
	// Redis that the counters are shared through; nil for none.
	Redis *redis.Client
	// Replicas of the gateway, this one included; nil for one. Without Redis each enforces its share of a limit.
	Replicas func() int
	// Gateway tells the counters of one gateway from those of others in the same Redis.
	Gateway string
	// Lease is how long the slots of a replica that died stay taken, 15 s where it is 0.
	Lease time.Duration
	// Registerer of the metrics; nil registers none.
	Registerer prometheus.Registerer
	Log        logr.Logger
}

// Limiter admits requests within rate limits. It is safe for concurrent use.
type Limiter struct {
	redis    *redis.Client
	replicas func() int
	log      logr.Logger
	lease    time.Duration
	// replica is the name of this process among those that lease slots.
	replica string
	scripts scripts
	// slot is the number of the slot that was numbered last.
	slot  atomic.Int64
	clock clock
	table *table
	// trouble is what Redis answers instead of counting, nil where it counts.
	trouble atomic.Pointer[error]
	// freed has counters that hold what they cannot use.
	freed chan *counter
}

// Claim is one counter that a request must not exceed: a limit, and whom it is counted for. The claims of one request name
// different counters.
type Claim struct {
	Limit   *snapshot.Limit
	Subject string
}

// New returns a limiter. Its Run has to be called for replicas to agree on what nobody uses.
func New(o Options) *Limiter {
	l := &Limiter{
		redis: o.Redis, replicas: o.Replicas, log: o.Log, lease: o.Lease,
		replica: rand.Text()[:10], scripts: newScripts(), table: newTable(redis.Prefix(o.Gateway)), freed: make(chan *counter, 1024),
	}
	if l.replicas == nil {
		l.replicas = func() int { return 1 }
	}
	if l.lease <= 0 {
		l.lease = defaultLease
	}
	if o.Registerer != nil {
		o.Registerer.MustRegister(prometheus.NewGaugeFunc(prometheus.GaugeOpts{
			Name: telemetry.MetricLimitsDegraded,
			Help: "Whether rate limits are counted by this process for itself, because Redis is away.",
		}, func() float64 {
			if l.degraded() {
				return 1
			}
			return 0
		}))
	}
	return l
}

// shared says whether counters are shared through Redis now.
func (l *Limiter) shared() bool { return l.redis != nil && l.redis.Up() }

// degraded says whether they ought to be, and are not.
func (l *Limiter) degraded() bool {
	return l.redis != nil && l.redis.Enabled() && (!l.redis.Up() || l.trouble.Load() != nil)
}

// errNotShared says that there is no Redis to ask.
var errNotShared = errors.New("limits are not shared")

// share is this process's part of a limit where nothing is shared, at least 1.
func (l *Limiter) share(most int64) int64 { return max(most/max(int64(l.replicas()), 1), 1) }

// Reserve admits a request that may use so many tokens, under all claims or under none. The error is an *ExceededError. One request
// counts as using at least one token, and at most as many as a limit allows: where it may use more than that, it is let in when
// nothing of the window is used.
//
// Usually no other process is asked. Otherwise that takes as long as a call to Redis may. Where Redis does not answer, requests
// are admitted up to this process's own share of each limit. A request that finds too many others under way waits for
// parallelGrace, or until ctx ends.
func (l *Limiter) Reserve(ctx context.Context, claims []Claim, tokens int64) (*Permit, error) {
	if len(claims) == 0 {
		return nil, nil
	}
	p, refusal := l.reserve(ctx, claims, tokens)
	if refusal != nil && refusal.Kind == Parallel && waited(ctx, parallelGrace) {
		p, refusal = l.reserve(ctx, claims, tokens)
	}
	if refusal != nil {
		return nil, refusal
	}
	return p, nil
}

func waited(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}

func (l *Limiter) reserve(ctx context.Context, claims []Claim, tokens int64) (*Permit, *ExceededError) {
	now := time.Now()
	p := l.permit(claims, tokens, now)
	missing, refusal := p.take(now)
	if missing && refusal == nil {
		refusal = l.cover(ctx, p)
	}
	if refusal != nil {
		p.undo(time.Now())
		return nil, refusal
	}
	return p, nil
}

// cover gets what a permit misses: from Redis, or from the own share where Redis is away.
func (l *Limiter) cover(ctx context.Context, p *Permit) *ExceededError {
	if l.shared() {
		if refusal, err := l.ask(ctx, p); err == nil {
			return refusal
		}
	}
	return p.takeOwn(time.Now())
}
