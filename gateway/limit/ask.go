package limit

import (
	"context"
	"fmt"
	"time"
)

// Figures of a reply of reserve.lua.
const (
	replyHead  = 2
	replyClaim = 6
)

// question is what one part of a permit asks Redis for.
type question struct {
	*part
	debt [metered]int64
	// ahead says that grants ahead of need are asked for, which one request at a time does for a counter.
	ahead bool
	// first is the number that the first slot granted will have.
	first int64
}

// ask gets what a permit misses from Redis, all or nothing. With an error it is not known whether Redis charged it; in doubt,
// that much less is admitted until the window ends.
func (l *Limiter) ask(ctx context.Context, p *Permit) (*ExceededError, error) {
	questions := make([]question, 0, usualClaims)
	keys, args := make([]string, 0, 2*usualClaims), []any{l.replica, l.lease.Milliseconds()}
	asked := time.Now()
	for i := range p.parts {
		if x := &p.parts[i]; x.lacks() {
			q := question{part: x}
			args = q.compose(l, args, asked)
			keys = append(keys, x.counter.redis[:]...)
			questions = append(questions, q)
		}
	}
	reply, err := l.run(ctx, l.scripts.reserve, keys, args)
	if err == nil && len(reply) != replyHead+replyClaim*len(questions) {
		err = fmt.Errorf("reading the reply of Redis: got %d figures", len(reply))
	}
	if err != nil {
		for i := range questions {
			questions[i].failed()
		}
		return nil, err
	}
	l.clock.learn(reply[0], asked)
	var refusal *ExceededError
	for i := range questions {
		a := answer{admitted: reply[1] == 1, asked: asked, redis: reply[0], figures: reply[replyHead+replyClaim*i:]}
		refusal = worse(refusal, questions[i].apply(l, a))
	}
	return refusal, nil
}

// compose takes the debt of the counter along, and appends the arguments that the script has for one claim.
func (q *question) compose(l *Limiter, args []any, now time.Time) []any {
	c := q.counter
	c.mu.Lock()
	defer c.mu.Unlock()
	window, _ := l.clock.window(now, c.key.window)
	c.at(now, window)
	q.ahead, c.asking = !c.asking, true
	args = append(args, max(c.key.window.Milliseconds(), 1))
	for k := range c.meters {
		m := &c.meters[k]
		q.debt[k], m.debt = m.debt, 0
		args = append(args, most(q.limit, Kind(k)), q.missing[k], q.wanted(m.demand.near(now)), q.debt[k])
	}
	need, wanted := int64(0), int64(0)
	if q.lacksSlot() {
		need, wanted = 1, q.wanted(int64(len(c.slots.busy)))
	}
	q.first = l.slot.Add(need+wanted) - need - wanted + 1
	return append(args, q.limit.Parallel, need, wanted, q.first)
}

func (q *question) wanted(n int64) int64 {
	if !q.ahead {
		return 0
	}
	return n
}

// failed notes that there is no answer.
func (q *question) failed() {
	c := q.counter
	c.mu.Lock()
	defer c.mu.Unlock()
	c.asking = c.asking && !q.ahead
	for k := range c.meters {
		c.meters[k].debt += q.debt[k]
	}
}

// answer is what Redis answered to one question.
type answer struct {
	admitted bool
	asked    time.Time
	// redis is the time that Redis had, in milliseconds since 1970.
	redis   int64
	figures []int64
}

// granted and left are what the figures say of a kind.
func (a *answer) granted(k Kind) int64 { return a.figures[2*k] }

func (a *answer) left(k Kind) int64 { return a.figures[2*k+1] }

// apply notes the answer, and says which of the needs was refused.
func (q *question) apply(l *Limiter, a answer) *ExceededError {
	c, now := q.counter, time.Now()
	c.mu.Lock()
	defer c.mu.Unlock()
	c.asking = c.asking && !q.ahead
	current, _ := l.clock.window(now, c.key.window)
	c.at(now, current)
	window, lasts := windowAt(a.redis, c.key.window)
	// Redis's time is cut to milliseconds, so that the window may end up to one sooner.
	until := a.asked.Add(lasts - time.Millisecond)
	var more [metered]int64
	if !a.admitted {
		c.grant(window, until, now, more)
		return q.refused(&a, now, until, lasts)
	}
	for k := range c.meters {
		more[k] = a.granted(Kind(k)) - q.missing[k]
		c.meters[k].spent += q.missing[k]
		c.meters[k].left = a.left(Kind(k))
	}
	c.grant(window, until, now, more)
	q.covered(window)
	if q.lacksSlot() {
		q.lease(&a)
	}
	return nil
}

// covered notes that everything metered has been charged, in a window.
func (q *question) covered(window int64) {
	if window != q.granted {
		q.granted, q.refundable = window, 0
	}
	q.refundable += q.missing[Tokens]
	q.missing = [metered]int64{}
}

// lease takes the slots granted: the first for the request, the others for those to come.
func (q *question) lease(a *answer) {
	s := &q.counter.slots
	s.left = a.left(Parallel)
	q.slot = q.first
	s.hold(q.slot)
	for n := int64(1); n < a.granted(Parallel); n++ {
		s.free = append(s.free, q.first+n)
	}
}

// refused notes what is left, so that requests for more than that are refused for a moment without asking.
func (q *question) refused(a *answer, now, until time.Time, lasts time.Duration) *ExceededError {
	c := q.counter
	var refusal *ExceededError
	for k := range c.meters {
		m := &c.meters[k]
		if m.left = a.left(Kind(k)); q.missing[k] > m.left {
			m.refused = now.Add(refusalLasts)
			if until.Before(m.refused) {
				m.refused = until
			}
			refusal = worse(refusal, q.exceeded(Kind(k), lasts))
		}
	}
	if q.lacksSlot() {
		if c.slots.left = a.left(Parallel); c.slots.left == 0 {
			c.slots.refused = now.Add(slotRefusalLasts)
			refusal = worse(refusal, q.exceeded(Parallel, parallelRetry))
		}
	}
	return refusal
}
