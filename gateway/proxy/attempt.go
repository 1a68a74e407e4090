package proxy

import (
	"context"
	"errors"
	"time"

	"github.com/fairlead-dev/fairlead/api/v1alpha1"
	"github.com/fairlead-dev/fairlead/gateway/fault"
	"github.com/fairlead-dev/fairlead/gateway/limit"
	"github.com/fairlead-dev/fairlead/gateway/snapshot"
	"github.com/fairlead-dev/fairlead/gateway/telemetry"
)

// attempt is the exchange with one target.
type attempt struct {
	*exchange
	target *snapshot.Target
	// server that has the request; nil where the upstream's own address is called.
	server *snapshot.Server
	plan   *plan
	// further are those that could be tried after it.
	further []*snapshot.Target
	ctx     context.Context
	dog     *watchdog
	began   time.Time
	// outcome is OutcomeUnknown until something is sent, and OutcomeAnswered until it is known to be something else.
	outcome telemetry.Outcome
	// refusal says that the answer is an error, whose time says nothing about how quick the target is.
	refusal bool
	// secret is what the request proved the gateway's identity with.
	secret string
	// timed says that the time of the first byte has been noted.
	timed bool
	// verdict is whether another target may be tried, once that was asked.
	verdict verdict
}

// try asks one target and records how that ended. next says that another target is to be tried.
func (e *exchange) try(t *snapshot.Target, p *plan, further []*snapshot.Target) (next bool, err error) {
	ctx, cancel := context.WithCancelCause(e.r.Context())
	defer cancel(nil)
	t.Load.Begin()
	defer t.Load.End()
	a := &attempt{
		exchange: e, target: t, plan: p, further: further, ctx: ctx, dog: watch(cancel, t.Timeouts, e.stream), began: time.Now(),
	}
	defer a.dog.stop()
	defer a.leaveServer()
	e.x.Target, e.x.Provider = t.Name, t.Upstream.Provider
	if err = a.run(); errors.Is(err, errAsleep) {
		return false, err
	}
	a.settle(err)
	_, failed := errors.AsType[*TargetError](err)
	_, full := errors.AsType[*limit.ExceededError](err)
	return (failed || full) && a.verdict == verdictGranted, err
}

// sent notes that the target has begun to answer, and lets go of the request.
func (a *attempt) sent() {
	a.time()
	a.exchange.sent()
}

// time notes how long the first byte took.
func (a *attempt) time() {
	if !a.timed && !a.refusal {
		a.timed = true
		now := time.Now()
		a.target.Load.FirstByte(now, now.Sub(a.began))
	}
}

// settle notes the outcome, if the target was sent anything.
func (a *attempt) settle(err error) {
	if f, ok := errors.AsType[*TargetError](err); ok {
		a.outcome = f.outcome()
	}
	switch {
	case errors.Is(err, ErrClientGone):
		a.outcome = telemetry.OutcomeClientGone
	case errors.Is(err, ErrCut):
		a.outcome = telemetry.OutcomeCut
	}
	if oe, ok := errors.AsType[*fault.Error](err); ok {
		a.x.Error = reported(oe)
	} else if err != nil {
		a.x.Error = err.Error()
	}
	if a.outcome == telemetry.OutcomeUnknown {
		return
	}
	a.x.Outcome = a.outcome
	now := time.Now()
	a.judgeHealth(now)
	a.proxy.metrics.Target(a.model.Name, a.target.Name, a.target.Upstream.Provider).Record(a.outcome, now)
}

// judgeHealth tells what the outcome says about how well the target's model is. A target that has had too many requests is not ill,
// and a client that goes away says nothing about it.
func (a *attempt) judgeHealth(now time.Time) {
	switch a.outcome {
	case telemetry.OutcomeAnswered:
		a.time()
		a.target.Load.Succeed(now)
	case telemetry.OutcomeUnreachable, telemetry.OutcomeNotAllowed, telemetry.OutcomeTimeout, telemetry.OutcomeServerError, telemetry.OutcomeCut:
		a.target.Load.Fail(now, a.target.Upstream.Health)
	}
}

// fail makes a TargetError of this target.
func (a *attempt) fail(c v1alpha1.RetryCondition, err error) error {
	a.giveUp(c)
	return a.failure(c, err)
}

func (a *attempt) failure(c v1alpha1.RetryCondition, err error) *TargetError {
	return &TargetError{Condition: c, Target: a.target.Name, Model: a.model.Name, Err: err}
}

// broke says what an I/O error of the upstream means: a form that the client did not send to its end, a client that went away, a
// timeout, or the upstream's fault.
func (a *attempt) broke(err error) error {
	if a.in != nil && a.in.form != nil {
		if failed := a.in.form.failed(); failed != nil {
			// The target did nothing that should be counted.
			a.outcome = telemetry.OutcomeUnknown
			return failed
		}
	}
	if a.r.Context().Err() != nil {
		return ErrClientGone
	}
	if cause := context.Cause(a.ctx); isTimeout(cause) {
		return a.fail(v1alpha1.RetryOnTimeout, cause)
	}
	return a.fail(v1alpha1.RetryOnConnectFailure, err)
}
