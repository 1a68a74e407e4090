package proxy

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"slices"
	"strconv"
	"time"

	"github.com/fairlead-dev/fairlead/api/v1alpha1"
	"github.com/fairlead-dev/fairlead/gateway/balance"
	"github.com/fairlead-dev/fairlead/gateway/fault"
	"github.com/fairlead-dev/fairlead/gateway/protocol"
	"github.com/fairlead-dev/fairlead/gateway/snapshot"
	"github.com/fairlead-dev/fairlead/gateway/telemetry"
)

// exchange is one request for a model, from the moment that it was read.
type exchange struct {
	proxy   *Proxy
	w       http.ResponseWriter
	r       *http.Request
	x       *telemetry.Exchange
	call    *protocol.Call
	service *protocol.Service
	model   *snapshot.Model
	// stream says that the client wants a stream.
	stream bool
	// in is nil once it is not needed any more.
	in *intake
	// neutral is the request as far as it had to be translated.
	neutral neutral
	// room is for the order of the targets, of which an alias has at most as many.
	room [16]*snapshot.Target
}

// named is the model that the client asks for.
func (e *exchange) named() string {
	if e.call.Model != "" {
		return e.call.Model
	}
	return e.in.model()
}

// run tries the targets in order until one has answered, or fails in a way that another cannot mend. A request that the first
// target's protocol cannot express is the client's mistake; where it is a later target's, that target is no way out and is
// passed over.
func (e *exchange) run() error {
	targets, err := balance.Order(e.room[:0], e.model, &balance.Request{Now: time.Now(), Intn: rand.IntN})
	if err != nil {
		return err
	}
	targets = targets[:min(len(targets), 1+e.model.Attempts)]
	for i, t := range targets {
		p, wrong := e.plan(t)
		switch {
		case wrong != nil && i == 0:
			return wrong
		case wrong != nil:
			continue
		}
		if answer, ok := e.unasked(p); ok {
			return e.reply(answer)
		}
		err = e.try(t, p, targets[i+1:])
		f, failed := errors.AsType[*TargetError](err)
		if !failed || !e.model.RetryOn[f.Condition] {
			break
		}
	}
	return err
}

// unasked is the answer to a request that no upstream has to see.
func (e *exchange) unasked(p *plan) (answer []byte, ok bool) {
	u, can := e.service.Chat.(protocol.Unasker)
	if !can || p.native {
		return nil, false
	}
	return u.Unasked(e.neutral.chat)
}

// reply sends a whole answer.
func (e *exchange) reply(answer []byte) error {
	e.sent()
	h := e.w.Header()
	h[headerType], h[headerLength] = jsonType, []string{strconv.Itoa(len(answer))}
	e.w.WriteHeader(http.StatusOK)
	if _, err := e.w.Write(answer); err != nil {
		return fmt.Errorf("%w: %w", ErrClientGone, err)
	}
	return nil
}

// expressible says whether the request can be said in the protocol of a target.
func (e *exchange) expressible(t *snapshot.Target) bool {
	_, err := e.plan(t)
	return err == nil
}

// try asks one target and records how that ended. further are those that could be tried after it.
func (e *exchange) try(t *snapshot.Target, p *plan, further []*snapshot.Target) error {
	ctx, cancel := context.WithCancelCause(e.r.Context())
	defer cancel(nil)
	a := &attempt{exchange: e, target: t, plan: p, further: further, ctx: ctx, dog: watch(cancel, t.Timeouts, e.stream)}
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
	if oe, ok := errors.AsType[*fault.Error](err); ok {
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

// sent lets go of the request: it will not be sent again. It may be called more than once.
func (e *exchange) sent() {
	if e.in != nil {
		if e.in.arriving() {
			// What the client still sends is nobody's, and net/http panics where it finds the end of it only after the answer.
			e.w.Header()[headerConnection] = closing
		}
		e.x.BytesIn = e.in.size()
		e.in.release()
		e.in = nil
	}
}

// attempt is the exchange with one target.
type attempt struct {
	*exchange
	target  *snapshot.Target
	plan    *plan
	further []*snapshot.Target
	ctx     context.Context
	dog     *watchdog
	// outcome is OutcomeUnknown until something is sent, and OutcomeAnswered until it is known to be something else.
	outcome telemetry.Outcome
}

// again says whether a failure of this kind moves on to another target. None is tried once the answer has begun.
func (a *attempt) again(c v1alpha1.RetryCondition) bool {
	return a.in != nil && a.model.RetryOn[c] && slices.ContainsFunc(a.further, a.expressible)
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
