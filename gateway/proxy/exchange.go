package proxy

import (
	"context"
	"errors"
	"math/rand/v2"
	"net/http"
	"time"

	"github.com/fairlead-dev/fairlead/api/v1alpha1"
	"github.com/fairlead-dev/fairlead/gateway/balance"
	"github.com/fairlead-dev/fairlead/gateway/openai"
	"github.com/fairlead-dev/fairlead/gateway/snapshot"
	"github.com/fairlead-dev/fairlead/gateway/telemetry"
)

// exchange is one request for a model, from the moment that its model is known.
type exchange struct {
	proxy *Proxy
	w     http.ResponseWriter
	r     *http.Request
	x     *telemetry.Exchange
	req   *openai.Request
	model *snapshot.Model
	// body is nil once it is not needed any more.
	body *body
}

// run tries the targets in order until one has answered, or fails in a way that another cannot mend.
func (e *exchange) run() error {
	var room [16]*snapshot.Target
	targets, err := balance.Order(room[:0], e.model, rand.IntN)
	if err != nil {
		return err
	}
	targets = targets[:min(len(targets), 1+e.model.Attempts)]
	for i, t := range targets {
		err = e.try(t, i == len(targets)-1)
		f, failed := errors.AsType[*TargetError](err)
		if !failed || i == len(targets)-1 || !e.model.RetryOn[f.Condition] {
			break
		}
	}
	return err
}

// try asks one target and records how that ended.
func (e *exchange) try(t *snapshot.Target, last bool) error {
	ctx, cancel := context.WithCancelCause(e.r.Context())
	defer cancel(nil)
	a := &attempt{exchange: e, target: t, last: last, ctx: ctx, dog: watch(cancel, t.Timeouts)}
	defer a.dog.stop()
	e.x.Target, e.x.Provider = t.Name, t.Upstream.Provider
	err := a.run()
	a.settle(err)
	return err
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
	if oe, ok := errors.AsType[*openai.Error](err); ok {
		a.x.Error = reported(oe)
	} else if err != nil {
		a.x.Error = err.Error()
	}
	if a.outcome == telemetry.OutcomeUnknown {
		return
	}
	a.x.Outcome = a.outcome
	a.proxy.metrics.Target(a.model.Name, a.target.Name, a.target.Upstream.Provider).Record(a.outcome, time.Now())
}

// sent lets go of the request body: it will not be sent again. It may be called more than once.
func (e *exchange) sent() {
	if e.body == nil {
		return
	}
	if e.req != nil {
		e.req.Body = nil
	}
	e.body.release()
	e.body = nil
}

// attempt is the exchange with one target.
type attempt struct {
	*exchange
	target *snapshot.Target
	last   bool
	ctx    context.Context
	dog    *watchdog
	// outcome is OutcomeUnknown until something is sent, and OutcomeAnswered until it is known to be something else.
	outcome telemetry.Outcome
}

// again says whether a failure of this kind moves on to the next target.
func (a *attempt) again(c v1alpha1.RetryCondition) bool { return !a.last && a.model.RetryOn[c] }

// fail makes a TargetError of this target.
func (a *attempt) fail(c v1alpha1.RetryCondition, err error) error {
	a.giveUp(c)
	return &TargetError{Condition: c, Target: a.target.Name, Model: a.model.Name, Err: err}
}

// giveUp tells the client, where this failure is the end, not to do again what the gateway has done already: three attempts by
// the client times three by the gateway would be nine. After a single attempt the client may well try again.
func (a *attempt) giveUp(c v1alpha1.RetryCondition) {
	if a.x.Attempts > 1 && !a.again(c) {
		a.w.Header()[headerRetry] = doNotRetry
	}
}

// broke says what an I/O error of the upstream means: the client went away, a timeout, or the upstream's fault.
func (a *attempt) broke(err error) error {
	if a.r.Context().Err() != nil {
		return ErrClientGone
	}
	if cause := context.Cause(a.ctx); isTimeout(cause) {
		return a.fail(v1alpha1.RetryOnTimeout, cause)
	}
	return a.fail(v1alpha1.RetryOnConnectFailure, err)
}
