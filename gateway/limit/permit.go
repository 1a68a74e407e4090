package limit

import (
	"time"

	"github.com/fairlead-dev/fairlead/gateway/snapshot"
)

// usualClaims is how many claims a permit has room for without an allocation of its own.
const usualClaims = 3

// Permit is what an admitted request holds of the limits until Settle. It is used by one goroutine at a time. All methods may be
// called on nil, which is the permit of a request without claims.
type Permit struct {
	limiter *Limiter
	parts   []part
	room    [usualClaims]part
}

// part is what a permit holds of one counter.
type part struct {
	limit   *snapshot.Limit
	counter *counter
	// need is what the request uses of requests and tokens. missing is what of it is still to be had, and owed what was taken
	// from the own share; the rest came out of grants, or was charged to the shared counter for this request.
	need, missing, owed [metered]int64
	// began is the window in which the request began. granted is that of the grants, and refundable how many tokens of it may be
	// given back to it.
	began, granted, refundable int64
	// slot that the request holds, 0 where none.
	slot int64
	// taken says that there is something to undo.
	taken bool
}

func (l *Limiter) permit(claims []Claim, tokens int64, now time.Time) *Permit {
	p := &Permit{limiter: l}
	p.parts = p.room[:0]
	for _, claim := range claims {
		x := part{limit: claim.Limit}
		x.counter = l.table.pin(counterKey{claim.Limit.ID, claim.Subject, claim.Limit.Window}, now)
		if claim.Limit.Requests > 0 {
			x.need[Requests] = 1
		}
		if claim.Limit.Tokens > 0 {
			x.need[Tokens] = min(max(tokens, 1), claim.Limit.Tokens)
		}
		p.parts = append(p.parts, x)
	}
	return p
}

// take takes what is there without asking anybody, and says whether anything is missing. It is refused what Redis refused a
// moment ago.
func (p *Permit) take(now time.Time) (bool, *ExceededError) {
	missing := false
	for i := range p.parts {
		x := &p.parts[i]
		if refusal := x.take(&p.limiter.clock, now); refusal != nil {
			return false, refusal
		}
		missing = missing || x.lacks()
	}
	return missing, nil
}

func (x *part) take(clock *clock, now time.Time) *ExceededError {
	c := x.counter
	c.mu.Lock()
	defer c.mu.Unlock()
	window, left := clock.window(now, c.key.window)
	c.at(now, window)
	x.taken, x.began, x.granted = true, window, c.granted
	var refusal *ExceededError
	for k := range c.meters {
		m := &c.meters[k]
		if x.need[k] == 0 {
			continue
		}
		m.demand.add(x.need[k], now)
		x.missing[k] = m.take(x.need[k])
		if x.missing[k] > m.left && now.Before(m.refused) {
			refusal = worse(refusal, x.exceeded(Kind(k), left))
		}
	}
	x.refundable = x.need[Tokens] - x.missing[Tokens]
	if x.limit.Parallel > 0 {
		if x.slot = c.slots.take(); x.slot == 0 && now.Before(c.slots.refused) {
			refusal = worse(refusal, x.exceeded(Parallel, parallelRetry))
		}
	}
	return refusal
}

// lacks says whether anything is still to be had.
func (x *part) lacks() bool { return x.missing[Requests] > 0 || x.missing[Tokens] > 0 || x.lacksSlot() }

func (x *part) lacksSlot() bool { return x.limit.Parallel > 0 && x.slot == 0 }

func (x *part) exceeded(k Kind, after time.Duration) *ExceededError {
	return &ExceededError{Limit: x.limit, Kind: k, Max: most(x.limit, k), RetryAfter: after}
}

// undo puts back what was taken for a request that was refused.
func (p *Permit) undo(now time.Time) {
	for i := range p.parts {
		x := &p.parts[i]
		if x.taken && x.undo(now) && p.limiter.shared() {
			p.limiter.free(x.counter)
		}
		p.limiter.release(x)
	}
}

// undo says whether the counter now holds grants that nobody here can use: they are too small.
func (x *part) undo(now time.Time) bool {
	c := x.counter
	c.mu.Lock()
	defer c.mu.Unlock()
	holds, tooSmall := c.holds(x.granted, now), false
	for k := range c.meters {
		m := &c.meters[k]
		m.untake(x.need[k]-x.missing[k]-x.owed[k], holds)
		m.untake(x.owed[k], false)
		m.debt = max(m.debt-x.owed[k], 0)
		tooSmall = tooSmall || m.tooSmall(now)
	}
	return tooSmall
}

// Settle ends a request that really used so many tokens, 0 where it used none. It is to be called exactly once; what is called
// later does nothing. What was reserved and not used is given back, as long as its window lasts; what was used beyond that is
// charged to the current window, although it may exceed the limit. It never waits for Redis.
func (p *Permit) Settle(tokens int64) {
	if p == nil {
		return
	}
	now := time.Now()
	for i := range p.parts {
		x := &p.parts[i]
		if x.limit.Tokens > 0 {
			x.settle(&p.limiter.clock, max(tokens, 0), now)
		}
		p.limiter.release(x)
	}
	p.parts = nil
}

func (x *part) settle(clock *clock, tokens int64, now time.Time) {
	c := x.counter
	c.mu.Lock()
	defer c.mu.Unlock()
	window, _ := clock.window(now, c.key.window)
	c.at(now, window)
	m := &c.meters[Tokens]
	if more := tokens - x.need[Tokens]; more > 0 {
		m.owe(m.take(more))
		return
	}
	if x.began != c.window {
		return
	}
	back := x.need[Tokens] - tokens
	owed := min(back, x.owed[Tokens], m.debt)
	m.debt -= owed
	m.untake(owed, false)
	m.untake(min(back-owed, x.refundable), c.holds(x.granted, now))
}

// release lets go of a counter, and of the slot in it.
func (l *Limiter) release(x *part) {
	c := x.counter
	if x.slot != 0 {
		c.mu.Lock()
		excess := c.slots.put(x.slot)
		c.mu.Unlock()
		if excess && l.shared() {
			l.free(c)
		}
	}
	c.unpin()
}
