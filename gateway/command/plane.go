package command

import (
	"context"
	"fmt"
	"net"
	"os/signal"
	"slices"
	"sync"
	"syscall"

	"github.com/go-logr/logr"

	"github.com/fairlead-dev/fairlead/api/egress"
	"github.com/fairlead-dev/fairlead/api/v1alpha1"
	"github.com/fairlead-dev/fairlead/gateway/activation"
	"github.com/fairlead-dev/fairlead/gateway/explain"
	"github.com/fairlead-dev/fairlead/gateway/health"
	"github.com/fairlead-dev/fairlead/gateway/provider/protocols"
	"github.com/fairlead-dev/fairlead/gateway/server"
	"github.com/fairlead-dev/fairlead/gateway/snapshot"
)

// plane turns inputs into what is served.
type plane struct {
	store     snapshot.Store
	protocols snapshot.Protocols
	backing   *backing
	// activator is nil where no operator runs servers.
	activator *activation.Activator
	log       logr.Logger
}

func newPlane(b *backing, log logr.Logger) *plane {
	return &plane{protocols: protocols.New(), backing: b, log: log}
}

// serve builds a snapshot of in and puts it into service. It is called by one goroutine at a time.
func (p *plane) serve(in snapshot.Input) *snapshot.Snapshot {
	before := p.store.Load()
	next := snapshot.Build(in, before, p.protocols)
	p.backing.follow(next)
	p.store.Swap(next)
	if before == nil || !slices.Equal(before.Confirmation.Rejected, next.Confirmation.Rejected) {
		for _, r := range next.Confirmation.Rejected {
			p.log.Info("left out", "kind", r.Kind, "namespace", r.Namespace, "name", r.Name, "why", r.Message)
		}
	}
	return next
}

// options are those of a server of this plane.
func (p *plane) options() server.Options {
	b := p.backing
	return server.Options{
		Snapshots: &p.store, Registry: b.registry, Desk: b.desk, Cache: b.cache, Usage: b.usage, Log: p.log,
		Activator: p.activator,
		Explainer: explain.New(explain.Options{Limits: b.limits, Budgets: b.budgets}),
	}
}

// background is what goes on beside serving, until ctx ends: then the ledger ships what is left. Nothing may be served any more by then.
func (p *plane) background(ctx context.Context) error {
	if egress.Proxied() {
		p.log.Info("https upstreams are reached through the proxy of the environment: which addresses they may be at is for it to say")
	}
	var checking sync.WaitGroup
	checking.Go(func() { health.New(health.Options{Snapshots: &p.store, Log: p.log}).Run(ctx) })
	defer checking.Wait()
	return p.backing.run(ctx)
}

// confirmation is what the store serves, nil before there is something, and whether a route in it awaits something.
func (p *plane) confirmation() (served *v1alpha1.Confirmation, awaiting bool) {
	if s := p.store.Load(); s != nil {
		return &s.Confirmation, s.Awaiting
	}
	return nil, false
}

// untilSignal returns a context that ends with SIGTERM or SIGINT. A second signal ends the process at once, as it would
// without this.
func untilSignal(ctx context.Context) context.Context {
	ctx, stop := signal.NotifyContext(ctx, syscall.SIGTERM, syscall.SIGINT)
	context.AfterFunc(ctx, stop)
	return ctx
}

// listeners are those of the data port and of the admin port.
type listeners struct{ data, admin net.Listener }

// listen opens both ports before anything else is started, so that a port that is taken is told at once.
func listen(ctx context.Context, data, admin string) (listeners, error) {
	var config net.ListenConfig
	var l listeners
	var err error
	if l.data, err = config.Listen(ctx, "tcp", data); err != nil {
		return listeners{}, fmt.Errorf("listening for clients (--listen): %w", err)
	}
	if l.admin, err = config.Listen(ctx, "tcp", admin); err != nil {
		_ = l.data.Close()
		return listeners{}, fmt.Errorf("listening for probes and metrics (--admin): %w", err)
	}
	return l, nil
}

// close is for those that no server was started on.
func (l listeners) close() {
	_ = l.data.Close()
	_ = l.admin.Close()
}

// loopback says whether only this machine can reach the data port.
func (l listeners) loopback() bool {
	address, ok := l.data.Addr().(*net.TCPAddr)
	return ok && address.IP.IsLoopback()
}
