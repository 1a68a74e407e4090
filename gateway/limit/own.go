package limit

import "time"

// takeOwn takes what is missing from this process's share of each limit. It becomes a debt, which is charged to the shared counter
// if Redis answers again before the window ends.
func (p *Permit) takeOwn(now time.Time) *ExceededError {
	var refusal *ExceededError
	for i := range p.parts {
		if x := &p.parts[i]; x.lacks() {
			refusal = worse(refusal, x.takeOwn(p.limiter, now))
		}
	}
	return refusal
}

func (x *part) takeOwn(l *Limiter, now time.Time) *ExceededError {
	c := x.counter
	c.mu.Lock()
	defer c.mu.Unlock()
	window, left := l.clock.window(now, c.key.window)
	c.at(now, window)
	var refusal *ExceededError
	for k := range c.meters {
		if x.missing[k] > 0 && !x.owe(Kind(k), l.share(most(x.limit, Kind(k)))) {
			refusal = worse(refusal, x.exceeded(Kind(k), left))
		}
	}
	if x.lacksSlot() {
		if int64(len(c.slots.busy)) >= l.share(x.limit.Parallel) {
			return worse(refusal, x.exceeded(Parallel, parallelRetry))
		}
		x.slot = l.slot.Add(1)
		c.slots.hold(x.slot)
	}
	return refusal
}

// owe takes what is missing of a kind, where the share has as much left.
func (x *part) owe(k Kind, share int64) bool {
	m := &x.counter.meters[k]
	// What needs more than the whole share needs the whole share.
	if x.missing[k] > share {
		x.need[k] -= x.missing[k] - share
		x.missing[k] = share
	}
	if m.spent+x.missing[k] > share {
		return false
	}
	m.owe(x.missing[k])
	x.owed[k], x.missing[k] = x.missing[k], 0
	return true
}
