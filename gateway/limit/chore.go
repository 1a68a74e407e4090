package limit

import (
	"context"
	"slices"
	"time"
)

const (
	// batchArgs is how many arguments one call of tidy.lua has, about.
	batchArgs = 1000
	// slotsMost is how many slots one chore renews or gives back.
	slotsMost = 500
)

// chore is what Redis is to be told of one counter.
type chore struct {
	counter *counter
	// window is that of what is given back.
	window     int64
	back, debt [metered]int64
	// free are slots that are given back, held those whose leases are renewed.
	free, held []int64
}

func (x *chore) empty() bool {
	return x.back == [metered]int64{} && x.debt == [metered]int64{} && len(x.free) == 0 && len(x.held) == 0
}

// chore takes out what the counter does not need, and what it owes where that can be charged. What nobody shares is not taken
// out, save for slots: the share of this process may have become smaller.
func (c *counter) chore(clock *clock, now time.Time, renew, shared bool) chore {
	c.mu.Lock()
	defer c.mu.Unlock()
	x := chore{counter: c, free: c.slots.unused()}
	if !shared {
		return chore{counter: c}
	}
	x.takeOut(clock, now, (*meter).spare)
	if renew {
		x.held = c.slots.held()
	}
	return x
}

// surplus takes out free slots that may not be kept, and grants that are too small to be of use.
func (c *counter) surplus(clock *clock, now time.Time) chore {
	c.mu.Lock()
	defer c.mu.Unlock()
	x := chore{counter: c, free: c.slots.spare()}
	x.takeOut(clock, now, (*meter).scraps)
	return x
}

// leave takes out all that no request holds, and what is owed.
func (c *counter) leave(clock *clock, now time.Time) chore {
	c.mu.Lock()
	defer c.mu.Unlock()
	x := chore{counter: c, free: c.slots.shrink(0)}
	x.takeOut(clock, now, (*meter).all)
	return x
}

// takeOut takes out of each meter what spare takes out, and what is owed.
func (x *chore) takeOut(clock *clock, now time.Time, spare func(*meter, time.Time) int64) {
	c := x.counter
	window, _ := clock.window(now, c.key.window)
	c.at(now, window)
	x.window = c.granted
	for k := range c.meters {
		m := &c.meters[k]
		x.back[k] = spare(m, now)
		x.debt[k], m.debt = m.debt, 0
	}
}

// batch collects chores for one call.
type batch struct {
	limiter *Limiter
	keys    []string
	args    []any
	chores  []chore
	// failed says that a call failed, and that no more is tried.
	failed bool
}

func newBatch(l *Limiter) *batch { return &batch{limiter: l} }

// add adds a chore, and makes the call where there is enough to do.
func (b *batch) add(ctx context.Context, x chore) {
	for len(x.free) > slotsMost || len(x.held) > slotsMost {
		part := chore{counter: x.counter, free: x.free[:min(slotsMost, len(x.free))], held: x.held[:min(slotsMost, len(x.held))]}
		x.free, x.held = x.free[len(part.free):], x.held[len(part.held):]
		b.add(ctx, part)
	}
	if x.empty() {
		return
	}
	if len(b.args) == 0 {
		b.args = append(b.args, b.limiter.replica, b.limiter.lease.Milliseconds())
	}
	b.keys = append(b.keys, x.counter.redis[:]...)
	b.args = append(b.args, max(x.counter.key.window.Milliseconds(), 1), x.window,
		x.back[Requests], x.back[Tokens], x.debt[Requests], x.debt[Tokens])
	b.args = appendSlots(b.args, x.free)
	b.args = appendSlots(b.args, x.held)
	b.chores = append(b.chores, x)
	if len(b.args) > batchArgs {
		b.send(ctx)
	}
}

func appendSlots(args []any, slots []int64) []any {
	args = append(slices.Grow(args, len(slots)+1), len(slots))
	for _, s := range slots {
		args = append(args, s)
	}
	return args
}

// send makes the call. Where it fails, what was given back is lost until its window ends, slots are free when their leases end,
// and debts are kept.
func (b *batch) send(ctx context.Context) {
	if len(b.chores) == 0 {
		return
	}
	var err error
	if !b.failed {
		_, err = b.limiter.run(ctx, b.limiter.scripts.tidy, b.keys, b.args)
	}
	if b.failed = b.failed || err != nil; b.failed {
		for i := range b.chores {
			b.chores[i].keepDebt()
		}
	}
	b.keys, b.args, b.chores = b.keys[:0], b.args[:0], b.chores[:0]
}

func (x *chore) keepDebt() {
	c := x.counter
	c.mu.Lock()
	defer c.mu.Unlock()
	for k := range c.meters {
		c.meters[k].debt += x.debt[k]
	}
}
