package limit

import (
	"context"
	"fmt"
	"time"
)

// peekClaim is how many figures peek.lua returns for a claim.
const peekClaim = 3

// Remaining says how much is left of each limit that the request is under, as far as this replica knows: it asks nobody.
func (p *Permit) Remaining() []State {
	if p == nil {
		return nil
	}
	now := time.Now()
	states := make([]State, 0, 2*len(p.parts))
	for i := range p.parts {
		x := &p.parts[i]
		states = x.counter.appendStates(states, Claim{Limit: x.limit}, p.limiter, now)
	}
	return states
}

// Peek says how much is left under claims, without counting anything. It asks Redis, and says what this process knows where
// Redis is away. What other replicas hold and have not used yet is taken as used.
func (l *Limiter) Peek(ctx context.Context, claims []Claim) []State {
	now := time.Now()
	counters := make([]*counter, len(claims))
	for i, claim := range claims {
		key := counterKey{claim.Limit.ID, claim.Subject, claim.Limit.Window}
		if counters[i] = l.table.find(key); counters[i] == nil {
			counters[i] = newCounter(l.table.prefix, key)
		}
	}
	used, err := l.peek(ctx, counters)
	var states []State
	for i, c := range counters {
		from := len(states)
		states = c.appendStates(states, claims[i], l, now)
		for k := from; k < len(states) && err == nil; k++ {
			s := &states[k]
			s.Remaining = min(max(s.Max-used[peekClaim*i+int(s.Kind)]+c.own(s.Kind, now), 0), s.Max)
		}
	}
	return states
}

// peek returns what is charged to counters in Redis.
func (l *Limiter) peek(ctx context.Context, counters []*counter) ([]int64, error) {
	if !l.shared() || len(counters) == 0 {
		return nil, errNotShared
	}
	keys, args := make([]string, 0, 2*len(counters)), make([]any, 0, len(counters))
	for _, c := range counters {
		keys = append(keys, c.redis[:]...)
		args = append(args, max(c.key.window.Milliseconds(), 1))
	}
	asked := time.Now()
	reply, err := l.run(ctx, l.scripts.peek, keys, args)
	if err != nil {
		return nil, err
	}
	if len(reply) != 1+peekClaim*len(counters) {
		return nil, fmt.Errorf("reading the reply of Redis: got %d figures", len(reply))
	}
	l.clock.learn(reply[0], asked)
	return reply[1:], nil
}

// own is what this replica holds of a kind and has not used.
func (c *counter) own(k Kind, now time.Time) int64 {
	c.mu.Lock()
	defer c.mu.Unlock()
	if k == Parallel {
		return int64(len(c.slots.free))
	}
	if !now.Before(c.until) {
		return 0
	}
	return c.meters[k].grant
}

// appendStates appends what this replica knows of a counter, for each kind that the limit bounds.
func (c *counter) appendStates(dst []State, claim Claim, l *Limiter, now time.Time) []State {
	c.mu.Lock()
	defer c.mu.Unlock()
	window, lasts := l.clock.window(now, c.key.window)
	known := l.shared() && c.holds(window, now)
	for k := Requests; k <= Parallel; k++ {
		top := most(claim.Limit, k)
		if top == 0 {
			continue
		}
		s := State{Limit: claim.Limit, Kind: k, Max: top, Reset: lasts}
		switch {
		case k == Parallel:
			s.Reset, s.Remaining = 0, c.slots.remaining(top, l)
		case known:
			s.Remaining = c.meters[k].left + c.meters[k].grant
		case l.shared():
			s.Remaining = top - c.spent(k, window)
		default:
			s.Remaining = l.share(top) - c.spent(k, window)
		}
		s.Remaining = min(max(s.Remaining, 0), top)
		dst = append(dst, s)
	}
	return dst
}

// spent is what this replica used in a window.
func (c *counter) spent(k Kind, window int64) int64 {
	if window != c.window {
		return 0
	}
	return c.meters[k].spent
}

// remaining is how many more slots there are.
func (s *slots) remaining(top int64, l *Limiter) int64 {
	if !l.shared() {
		return l.share(top) - int64(len(s.busy))
	}
	return min(s.left+int64(len(s.free)), top-int64(len(s.busy)))
}
