package limit

import (
	"context"
	"time"

	"github.com/fairlead-dev/fairlead/gateway/redis"
)

const (
	// tickInterval is how often a replica looks for what it does not need.
	tickInterval = 250 * time.Millisecond
	// renewals of a lease while it lasts.
	renewals = 3
	// forgetInterval is how often counters that nobody asks for are looked for.
	forgetInterval = 5 * time.Second
)

// Run gives back what this replica does not need, charges what it owes, and renews the leases of its slots, until ctx ends. Then
// it gives everything back that no request holds.
func (l *Limiter) Run(ctx context.Context) {
	k := keeper{Limiter: l}
	tick := time.NewTicker(tickInterval)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			k.leave(context.WithoutCancel(ctx))
			return
		case c := <-l.freed:
			k.freed(ctx, c)
		case <-tick.C:
			k.tick(ctx, time.Now())
		}
	}
}

// free has what a counter cannot use given back soon. Where too much is to be done, the next tick does it.
func (l *Limiter) free(c *counter) {
	select {
	case l.freed <- c:
	default:
	}
}

// keeper does what is to be done in the background.
type keeper struct {
	*Limiter
	counters           []*counter
	renewed, forgotten time.Time
	// away says that Redis was away at the last tick.
	away bool
}

func (k *keeper) tick(ctx context.Context, now time.Time) {
	back := k.noteState()
	renew := back || now.Sub(k.renewed) >= k.lease/renewals
	if renew {
		k.renewed = now
	}
	if now.Sub(k.forgotten) >= forgetInterval {
		k.forgotten = now
		k.table.forget(now)
	}
	k.counters = k.table.all(k.counters[:0])
	b := newBatch(k.Limiter)
	for _, c := range k.counters {
		b.add(ctx, c.chore(&k.clock, now, renew, k.shared()))
	}
	b.send(ctx)
	clear(k.counters)
}

// noteState logs whether limits are shared, once for each change, and says whether they are again.
func (k *keeper) noteState() bool {
	away := k.degraded()
	if away == k.away {
		return false
	}
	k.away = away
	if away {
		why := redis.ErrAway
		if trouble := k.trouble.Load(); trouble != nil {
			why = *trouble
		}
		k.log.Info("Rate limits are counted by each replica for itself", "replicas", k.replicas(), "error", why.Error())
		return false
	}
	k.log.Info("Rate limits are shared by all replicas again")
	return true
}

// freed gives back what a counter cannot use, and those that wait behind it.
func (k *keeper) freed(ctx context.Context, c *counter) {
	b := newBatch(k.Limiter)
	for {
		b.add(ctx, c.surplus(&k.clock, time.Now()))
		select {
		case c = <-k.Limiter.freed:
		default:
			b.send(ctx)
			return
		}
	}
}

// leave gives back everything that no request holds.
func (k *keeper) leave(ctx context.Context) {
	if !k.shared() {
		return
	}
	now := time.Now()
	b := newBatch(k.Limiter)
	for _, c := range k.table.all(nil) {
		b.add(ctx, c.leave(&k.clock, now))
	}
	b.send(ctx)
}
