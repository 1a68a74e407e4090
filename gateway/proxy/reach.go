package proxy

import (
	"errors"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"time"

	"github.com/fairlead-dev/fairlead/api/v1alpha1"
	"github.com/fairlead-dev/fairlead/gateway/balance"
	"github.com/fairlead-dev/fairlead/gateway/load"
	"github.com/fairlead-dev/fairlead/gateway/snapshot"
)

// serverHealth passes over a server that could not be reached, for a second at first: the operator takes it from the list soon, or it
// comes back.
var serverHealth = load.Health{Consecutive: 1, EjectFor: time.Second, MaxEjectFor: 8 * time.Second}

// roundTrip sends the request, and sends it elsewhere as long as servers cannot be reached: first to the target's other servers, at last
// to the upstream's own address, behind which may be one that is not known yet.
func (a *attempt) roundTrip(req *http.Request, open func() io.ReadCloser) (*http.Response, error) {
	for {
		req.Body = open()
		resp, err := a.aim(req).RoundTrip(req)
		if err == nil {
			if a.server != nil {
				a.server.Load.Succeed(time.Now())
			}
			return resp, nil
		}
		if !a.elsewhere(err) {
			return nil, a.stopped(err)
		}
	}
}

// aim points a request at the server that is to answer it.
func (a *attempt) aim(req *http.Request) http.RoundTripper {
	up := a.target.Upstream
	a.server = a.nextServer()
	if a.server == nil {
		req.URL.Host = up.URL.Host
		return up.Transport
	}
	a.server.Load.Begin()
	req.URL.Host = a.server.URL.Host
	return a.server.Transport
}

// nextServer chooses a server; nil where none is left.
func (a *attempt) nextServer() *snapshot.Server {
	servers := a.target.Servers
	if a.x.Held > 0 {
		// They have started since the request was routed.
		if s := a.proxy.snapshots.Load(); s != nil {
			servers = s.ServersOf(a.target.Upstream.Provider)
		}
	}
	if len(servers) == 0 {
		return nil
	}
	r := balance.ServerRequest{Now: time.Now(), Model: a.upstreamModel(a.target), Passed: a.passed, Intn: rand.IntN}
	if len(servers) > 1 {
		r.Prefix = a.conversation()
	}
	return balance.Server(servers, &r)
}

// elsewhere says whether a request that a server did not answer is sent to another. One that never got there costs nothing. One that
// the server may have begun to work on is a retry like any other, and only goes to another server that is known.
func (a *attempt) elsewhere(err error) bool {
	if a.server == nil || a.ctx.Err() != nil {
		return false
	}
	a.server.Load.Fail(time.Now(), serverHealth)
	failed := a.server
	a.leaveServer()
	a.passed = append(a.passed, failed)
	if unreached(err) {
		return a.in.form == nil || a.in.form.failed() == nil
	}
	if a.nextServer() == nil || !a.repeats() {
		return false
	}
	a.x.Attempts++
	return true
}

// repeats says whether a request whose connection broke before the answer may be sent again, to another server or to the same one once
// it runs again. It is a retry like any other.
func (a *attempt) repeats() bool {
	if a.in.form != nil || a.verdict == verdictDenied || !a.model.RetryOn[v1alpha1.RetryOnConnectFailure] || a.x.Attempts > a.model.Attempts {
		return false
	}
	a.retried()
	if a.retrying = a.model.Retries.Take(time.Now()); !a.retrying {
		a.verdict = verdictDenied
	}
	return a.retrying
}

// stopped is why no server answered: errAsleep where they scale to zero, and may have done so just now.
func (a *attempt) stopped(err error) error {
	switch {
	case a.provider(a.target) == nil || a.ctx.Err() != nil:
	case unreached(err):
		a.x.Attempts--
		return errAsleep
	case a.repeats():
		return errAsleep
	}
	return err
}

// leaveServer counts the request as not under way any more at its server.
func (a *attempt) leaveServer() {
	if a.server != nil {
		a.server.Load.End()
		a.server = nil
	}
}

// unreached says whether no connection could be made, so that nothing was sent.
func unreached(err error) bool {
	op, ok := errors.AsType[*net.OpError](err)
	return ok && op.Op == "dial"
}
