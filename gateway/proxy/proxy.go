package proxy

import (
	"net/http"
	"sync"

	"github.com/fairlead-dev/fairlead/gateway/activation"
	"github.com/fairlead-dev/fairlead/gateway/admission"
	"github.com/fairlead-dev/fairlead/gateway/cache"
	"github.com/fairlead-dev/fairlead/gateway/fault"
	"github.com/fairlead-dev/fairlead/gateway/policy"
	"github.com/fairlead-dev/fairlead/gateway/protocol"
	"github.com/fairlead-dev/fairlead/gateway/snapshot"
	"github.com/fairlead-dev/fairlead/gateway/telemetry"
)

// DefaultMaxBody is the largest request body that is accepted where Options do not say otherwise, in bytes.
const DefaultMaxBody = 64 << 20

// Snapshots gives the routing table that is served now, or nil before there is one.
type Snapshots interface {
	Load() *snapshot.Snapshot
}

// Options of a Proxy.
type Options struct {
	// Snapshots is where requests are routed by.
	Snapshots Snapshots
	// Metrics records attempts.
	Metrics *telemetry.Metrics
	// MaxBody is the largest request body that is accepted, in bytes; DefaultMaxBody where it is 0.
	MaxBody int64
	// Desk admits requests and accounts for them; nil where everything is admitted.
	Desk *admission.Desk
	// Cache keeps answers of models that say so; nil where none is kept.
	Cache *cache.Cache
	// StatusOf is the HTTP status that an error of Serve is answered with.
	StatusOf func(error) int
	// FaultOf is an error of Serve in words for the client. It is not asked about ErrClientGone and ErrCut.
	FaultOf func(error) *fault.Error
	// Activator wakes providers whose servers sleep; nil where all servers always run.
	Activator *activation.Activator
}

// Proxy serves requests for models. It is safe for concurrent use.
type Proxy struct {
	snapshots Snapshots
	metrics   *telemetry.Metrics
	maxBody   int64
	desk      *admission.Desk
	cache     *cache.Cache
	statusOf  func(error) int
	faultOf   func(error) *fault.Error
	activator *activation.Activator
	auth      policy.Authenticator
	bodies    bodies
	buffers   sync.Pool
}

// New returns a Proxy.
func New(o Options) *Proxy {
	p := &Proxy{
		snapshots: o.Snapshots, metrics: o.Metrics, maxBody: o.MaxBody, desk: o.Desk, cache: o.Cache, statusOf: o.StatusOf, faultOf: o.FaultOf,
		activator: o.Activator,
	}
	if p.maxBody == 0 {
		p.maxBody = DefaultMaxBody
	}
	p.buffers.New = func() any { return new([relayBuffer]byte) }
	return p
}

// Authorize returns the routing table for a request that may call, and who calls. The error is ErrNotReady or a *fault.Error.
func (p *Proxy) Authorize(r *http.Request) (*snapshot.Snapshot, policy.Caller, error) {
	s := p.snapshots.Load()
	if s == nil {
		return nil, policy.Caller{}, ErrNotReady
	}
	caller, err := p.auth.Authenticate(s, r)
	if err != nil {
		return nil, policy.Caller{}, err
	}
	return s, caller, nil
}

// Serve answers one call for a model as svc says and notes in x what it did. x.RequestID must be set.
//
// Where it returns an error, nothing has been sent yet, so that the caller can, with two exceptions: after ErrClientGone there
// is nobody to answer, and after ErrCut part of the answer has been sent. Headers that belong to the answer to an error, such as
// Retry-After, are already set on w. Besides those two the error is a *fault.Error, a *balance.UnavailableError, a *TargetError or
// ErrNotReady.
func (p *Proxy) Serve(w http.ResponseWriter, r *http.Request, call *protocol.Call, svc *protocol.Service, x *telemetry.Exchange) error {
	x.Operation = call.Operation.String()
	s, caller, err := p.Authorize(r)
	if err != nil {
		return err
	}
	x.Key, x.User = caller.KeyID(), caller.User
	in, err := p.take(w, r, call, svc)
	if err != nil {
		return err
	}
	x.BytesIn = in.size()
	e := &exchange{
		proxy: p, w: w, direct: w, r: r, client: r.Context(), x: x, call: call, service: svc, caller: caller, in: in,
		stream: call.Stream || in.stream(),
	}
	defer e.sent()
	x.Model = telemetry.UnknownModel
	if e.model, e.star, err = resolve(s, &e.caller, call.Protocol, e.named()); err != nil {
		return err
	}
	x.Model = e.model.Name
	v := e.introduced(s)
	if e.cacheable() {
		return e.cached(r.Context(), v)
	}
	e.keepPrivate()
	return e.admitted(r.Context(), v)
}
