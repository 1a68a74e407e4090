package proxy

import (
	"context"
	"errors"
	"math/rand/v2"
	"net/http"
	"slices"
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
	// room is for the order of the targets, of which an alias has at most as many.
	room [16]*snapshot.Target
}

// run tries the targets in order until one has answered, or fails in a way that another cannot mend. A request that the first
// target's protocol cannot express is the client's mistake; where it is a later target's, that target is no way out and is
// passed over.
func (e *exchange) run() error {
	targets, err := balance.Order(e.room[:0], e.model, rand.IntN)
	if err != nil {
		return err
	}
	targets = targets[:min(len(targets), 1+e.model.Attempts)]
	for i, t := range targets {
		if i > 0 && !e.expressible(t) {
			continue
		}
		err = e.try(t, targets[i+1:])
		f, failed := errors.AsType[*TargetError](err)
		if !failed || !e.model.RetryOn[f.Condition] {
			break
		}
	}
	return err
}

// expressible says whether the request can be said in the protocol of a target.
func (e *exchange) expressible(t *snapshot.Target) bool {
	_, err := t.Upstream.Protocol.Encode(e.req, t.Model)
	return err == nil
}

// try asks one target and records how that ended. further are those that could be tried after it.
func (e *exchange) try(t *snapshot.Target, further []*snapshot.Target) error {
	ctx, cancel := context.WithCancelCause(e.r.Context())
	defer cancel(nil)
	a := &attempt{exchange: e, target: t, further: further, ctx: ctx, dog: watch(cancel, t.Timeouts, e.req.Stream)}
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
	target  *snapshot.Target
	further []*snapshot.Target
	ctx     context.Context
	dog     *watchdog
	// outcome is OutcomeUnknown until something is sent, and OutcomeAnswered until it is known to be something else.
	outcome telemetry.Outcome
}

// again says whether a failure of this kind moves on to another target. None is tried once the answer has begun.
func (a *attempt) again(c v1alpha1.RetryCondition) bool {
	return a.body != nil && a.model.RetryOn[c] && slices.ContainsFunc(a.further, a.expressible)
}

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
