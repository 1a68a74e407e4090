// Package health asks upstreams from time to time whether they answer, so that one that does not is passed over before requests
// find out. It asks what costs no tokens.
package health

import (
	"context"
	"math/rand/v2"
	"sync"
	"time"

	"github.com/go-logr/logr"

	"github.com/fairlead-dev/fairlead/gateway/snapshot"
)

const (
	// followEvery is how soon a change of the snapshot is noticed.
	followEvery = time.Second
	// failuresDown are the failures in a row that take an upstream's models out. One success brings them back.
	failuresDown = 2
)

// Snapshots gives the routing table that is served now, or nil before there is one.
type Snapshots interface {
	Load() *snapshot.Snapshot
}

// Options of a Checker.
type Options struct {
	// Snapshots name the upstreams that want to be checked.
	Snapshots Snapshots
	// Log gets a line for each upstream that goes down or comes back.
	Log logr.Logger
}

// Checker checks upstreams, each as often as its provider asks for.
type Checker struct {
	snapshots Snapshots
	log       logr.Logger
}

// New returns a Checker.
func New(o Options) *Checker { return &Checker{snapshots: o.Snapshots, log: o.Log} }

// Run checks until ctx ends. It has one goroutine for each upstream that is checked, and none is left when it returns.
func (c *Checker) Run(ctx context.Context) {
	f := follower{Checker: c, watches: map[*snapshot.Upstream]*watch{}}
	defer f.follow(ctx, nil)
	tick := time.NewTicker(followEvery)
	defer tick.Stop()
	for {
		f.follow(ctx, c.snapshots.Load())
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

// follower keeps a watch for each upstream of the snapshot that is served.
type follower struct {
	*Checker
	served  *snapshot.Snapshot
	watches map[*snapshot.Upstream]*watch
}

// follow ends the watches of upstreams that s does not have, and begins those of new ones.
func (f *follower) follow(ctx context.Context, s *snapshot.Snapshot) {
	if s == f.served {
		return
	}
	f.served = s
	wanted := checked(s)
	for u, w := range f.watches {
		if !wanted[u] {
			w.end()
			delete(f.watches, u)
		}
	}
	clearUnchecked(s)
	for u := range wanted {
		if f.watches[u] == nil {
			f.watches[u] = f.begin(ctx, u)
		}
	}
}

// watch is the goroutine of one upstream.
type watch struct {
	cancel context.CancelFunc
	done   sync.WaitGroup
}

func (w *watch) end() {
	w.cancel()
	w.done.Wait()
}

func (c *Checker) begin(ctx context.Context, u *snapshot.Upstream) *watch {
	ctx, cancel := context.WithCancel(ctx)
	w := &watch{cancel: cancel}
	w.done.Go(func() { c.watch(ctx, u) })
	return w
}

// watch checks one upstream until ctx ends. Replicas that start together do not ask together.
func (c *Checker) watch(ctx context.Context, u *snapshot.Upstream) {
	timer := time.NewTimer(rand.N(u.CheckEvery))
	defer timer.Stop()
	failures := 0
	for {
		select {
		case <-ctx.Done():
			return
		case <-timer.C:
		}
		err := ask(ctx, u)
		if ctx.Err() != nil {
			return
		}
		failures = c.judge(u, failures, err)
		timer.Reset(jittered(u.CheckEvery))
	}
}

// judge notes the result of a check, and returns the failures in a row.
func (c *Checker) judge(u *snapshot.Upstream, failures int, err error) int {
	if err == nil {
		if failures >= failuresDown {
			c.log.Info("upstream answers its checks again", "provider", u.Provider)
		}
		setDown(c.snapshots.Load(), u, false)
		return 0
	}
	if failures++; failures == failuresDown {
		c.log.Info("upstream fails its checks, its models are passed over", "provider", u.Provider, "why", err.Error())
	}
	setDown(c.snapshots.Load(), u, failures >= failuresDown)
	return failures
}

// jittered is up to a tenth more or less than d.
func jittered(d time.Duration) time.Duration {
	const part = 10
	return d - d/part + rand.N(2*d/part+1)
}
