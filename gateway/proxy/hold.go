package proxy

import (
	"errors"
	"fmt"
	"net/http"
	"slices"
	"time"

	"github.com/fairlead-dev/fairlead/gateway/activation"
	"github.com/fairlead-dev/fairlead/gateway/balance"
	"github.com/fairlead-dev/fairlead/gateway/fault"
	"github.com/fairlead-dev/fairlead/gateway/snapshot"
)

// startingSoon is when a client may ask again whose request was held for as long as it may be, or not held because too many are: it is
// held anew then.
const startingSoon = 10 * time.Second

// errAsleep is a target none of whose servers could be reached, or whose last one went before it answered, because they have been stopped
// since the operator last said that they run.
var errAsleep = errors.New("its servers have been stopped")

// rouse puts targets whose servers sleep behind those that can answer now. Those that would have got the request but for that are woken,
// for the requests that follow.
func (e *exchange) rouse(targets []*snapshot.Target, now time.Time) {
	if !slices.ContainsFunc(targets, func(t *snapshot.Target) bool { return t.Activation != nil }) {
		return
	}
	well := slices.IndexFunc(targets, func(t *snapshot.Target) bool { return !t.Load.Usable(now) })
	if well < 0 {
		well = len(targets)
	}
	first := targets[0]
	passed := balance.Postpone(targets[:well], func(t *snapshot.Target) bool {
		return e.provider(t).Ready(t, now) && (t == first || e.expressible(t))
	})
	for _, t := range passed {
		if use := e.provider(t); !use.Ready(t, now) {
			use.Ask(now)
		}
	}
}

// provider is what is known of the servers of a target, nil where they always run.
func (e *exchange) provider(t *snapshot.Target) *activation.Provider {
	return e.proxy.activator.Provider(t)
}

// attend tries a target whose servers run, and holds the request until they do. Where the operator's word turns out to be out of date,
// another target that can answer now is tried instead, if there is one, and otherwise the same one again.
func (e *exchange) attend(t *snapshot.Target, p *plan, further []*snapshot.Target) (next bool, err error) {
	use := e.provider(t)
	if use == nil {
		return e.occupy(t, p, further)
	}
	use.Begin(time.Now())
	defer use.End()
	for asleep := !use.Ready(t, time.Now()); ; asleep = true {
		if asleep {
			if err = e.hold(use, t); err != nil {
				return !errors.Is(err, ErrClientGone) && slices.ContainsFunc(further, e.expressible), err
			}
		}
		if next, err = e.occupy(t, p, further); !errors.Is(err, errAsleep) {
			return next, err
		}
		now := time.Now()
		use.Refused(now)
		if e.anotherReady(further, now) {
			return true, e.starting(t)
		}
	}
}

// anotherReady says whether one of the targets that are left can answer now.
func (e *exchange) anotherReady(further []*snapshot.Target, now time.Time) bool {
	return slices.ContainsFunc(further, func(t *snapshot.Target) bool {
		return t.Load.Usable(now) && e.provider(t).Ready(t, now) && e.expressible(t)
	})
}

// hold waits until a server of the target answers, for as long as its provider says; earlier waits of the request count. Others that would
// have its answer wait for a server themselves: they are counted and told then, and begin to wait no later. The error is a *fault.Error
// or ErrClientGone.
func (e *exchange) hold(use *activation.Provider, t *snapshot.Target) error {
	rest := t.Activation.Timeout - e.x.Held
	if rest <= 0 {
		return e.starting(t)
	}
	e.flight.Done(nil)
	began := time.Now()
	err := use.Await(e.client, rest, e.x.BytesIn, e.beat(t))
	e.x.Held += time.Since(began)
	switch {
	case err == nil:
		return nil
	case errors.Is(err, activation.ErrTimeout):
		return e.starting(t)
	case errors.Is(err, activation.ErrFull):
		return fault.Starting(e.serversOf(t)+" are starting, and no more requests may wait for servers.", startingSoon)
	}
	return fmt.Errorf("%w: %w", ErrClientGone, err)
}

func (e *exchange) starting(t *snapshot.Target) error {
	return fault.Starting(e.serversOf(t)+" are starting.", startingSoon)
}

// serversOf names the servers of a target for the client.
func (e *exchange) serversOf(t *snapshot.Target) string {
	return fmt.Sprintf("The servers of the target '%s' of the model '%s'", t.Name, e.model.Name)
}

// beat is what tells a client that waits for a stream that it is not forgotten; nil where its protocol has nothing for that.
func (e *exchange) beat(t *snapshot.Target) func() error {
	if !e.stream || e.service.Waiting == nil {
		return nil
	}
	return func() error {
		e.promise(t)
		if _, err := e.direct.Write(e.service.Waiting("starting " + e.model.Name)); err != nil {
			return err
		}
		return http.NewResponseController(e.direct).Flush()
	}
}

// promise begins a stream before there is anything to stream. From there on every failure is an event of the stream.
func (e *exchange) promise(t *snapshot.Target) {
	if e.promised {
		return
	}
	e.promised = true
	e.x.Target, e.x.Provider, e.x.Stream = t.Name, t.Upstream.Provider, true
	h := e.w.Header()
	h[headerType] = []string{e.service.StreamType}
	streamHeaders(h)
	e.announce()
	e.w.WriteHeader(http.StatusOK)
}

// kept says whether the answer was begun while the request waited. Its first byte is the one that comes now: what came before was no
// answer.
func (e *exchange) kept() bool {
	if e.promised {
		e.x.FirstByte = time.Now()
	}
	return e.promised
}

// breakPromise ends a stream that was begun while the request waited with the error that came of it. The books are closed before. No
// byte of it was an answer, so that none counts as the first.
func (e *exchange) breakPromise(failed error) error {
	if failed == nil || !e.promised || errors.Is(failed, ErrClientGone) || errors.Is(failed, ErrCut) {
		return failed
	}
	e.over(failed)
	e.x.Error = failed.Error()
	_, err := e.direct.Write(e.service.Errors.Frame(e.proxy.faultOf(failed)))
	e.x.FirstByte = time.Time{}
	if err != nil {
		return fmt.Errorf("%w: %w", ErrClientGone, err)
	}
	return fmt.Errorf("%w: %w", ErrCut, failed)
}
