package proxy

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/fairlead-dev/fairlead/api/v1alpha1"
	"github.com/fairlead-dev/fairlead/gateway/fault"
	"github.com/fairlead-dev/fairlead/gateway/load"
	"github.com/fairlead-dev/fairlead/gateway/snapshot"
)

// verdict is the answer to the question whether another target may be tried after a failure.
type verdict uint8

const (
	verdictOpen verdict = iota
	verdictGranted
	// verdictDenied is what the retry budget says.
	verdictDenied
)

// run tries the targets in order until one has answered, or fails in a way that another cannot mend, or as many have been asked as
// the model allows, or its retry budget is spent.
func (e *exchange) run() error {
	began := time.Now()
	targets, err := e.order(began)
	if err != nil {
		return err
	}
	e.model.Retries.Begin()
	defer e.model.Retries.End()
	defer e.retried()
	for i, t := range targets {
		next, failed := e.visit(t, targets[i+1:], i == 0)
		if !next {
			return failed
		}
		err = cmp.Or(failed, err)
		if f, asked := errors.AsType[*TargetError](failed); asked {
			if gone := e.pause(f.Condition, t, targets[i+1], time.Since(began)); gone != nil {
				return gone
			}
		}
	}
	return err
}

// visit tries one target. A request that the first target's protocol cannot express is the client's mistake; where it is a later
// target's, that target is no way out and is passed over. So is one that has no place for the request, as long as there is another.
func (e *exchange) visit(t *snapshot.Target, further []*snapshot.Target, first bool) (next bool, err error) {
	p, wrong := e.plan(t)
	if wrong != nil {
		return passOver(wrong, first)
	}
	if answer, ok := e.unasked(p); ok {
		return false, e.reply(answer)
	}
	return e.attend(t, p, further)
}

func passOver(wrong error, first bool) (next bool, err error) {
	if first {
		return false, wrong
	}
	return true, nil
}

// occupy tries a target as soon as it has a place for the request.
func (e *exchange) occupy(t *snapshot.Target, p *plan, further []*snapshot.Target) (next bool, err error) {
	if err := e.enter(t); err != nil {
		return e.shutOut(t, further, err)
	}
	defer t.Gate.Leave()
	return e.try(t, p, further)
}

// enter waits for a place at the target.
func (e *exchange) enter(t *snapshot.Target) error {
	return t.Gate.Enter(e.client, t.Timeouts.FirstByte)
}

// roomSoon is when a client that found every place taken may ask again.
const roomSoon = time.Second

// shutOut is a target that has no place for the request. Nothing was sent, so that going on costs no retry.
func (e *exchange) shutOut(t *snapshot.Target, further []*snapshot.Target, err error) (next bool, _ error) {
	if !errors.Is(err, load.ErrFull) {
		return false, ErrClientGone
	}
	return slices.ContainsFunc(further, e.expressible), fault.Unavailable(fmt.Sprintf(
		"The target '%s' of the model '%s' has as many requests as it may have, and no more may wait.", t.Name, e.model.Name), roomSoon)
}

// retried gives back the retry that is in use, if there is one.
func (e *exchange) retried() {
	if e.retrying {
		e.model.Retries.Done()
		e.retrying = false
	}
}

// again says whether a failure of this kind moves on to another target. None is tried once the answer has begun. The retry budget
// is asked once for each attempt, and where it grants a retry, one has to follow.
func (a *attempt) again(c v1alpha1.RetryCondition) bool {
	if a.in == nil || !a.model.RetryOn[c] || a.x.Attempts > a.model.Attempts || !slices.ContainsFunc(a.further, a.expressible) {
		return false
	}
	if a.verdict == verdictOpen {
		a.retried()
		a.verdict = verdictDenied
		if a.retrying = a.model.Retries.Take(time.Now()); a.retrying {
			a.verdict = verdictGranted
		}
	}
	return a.verdict == verdictGranted
}

// giveUp tells the client, where this failure is the end, not to do again what the gateway has done already: three attempts by the
// client times three by the gateway would be nine. It tells it the same where the retry budget is spent, because so much fails. After
// a single attempt the client may well try again.
func (a *attempt) giveUp(c v1alpha1.RetryCondition) {
	if !a.again(c) && (a.x.Attempts > 1 || a.verdict == verdictDenied) {
		a.w.Header()[headerRetry] = doNotRetry
	}
}
