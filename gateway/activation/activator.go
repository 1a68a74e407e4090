package activation

import (
	"cmp"
	"slices"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/fairlead-dev/fairlead/api/v1alpha1"
	"github.com/fairlead-dev/fairlead/gateway/snapshot"
)

// Snapshots gives the routing table that is served now, or nil before there is one.
type Snapshots interface {
	Load() *snapshot.Snapshot
}

// Options of an Activator.
type Options struct {
	// Snapshots say where the servers are.
	Snapshots Snapshots
	// Registerer gets the metrics.
	Registerer prometheus.Registerer
	// MostHeld bounds how many requests are held at a time, and MostBytes their bodies together, in bytes; 1000 and 64 MiB where they
	// are 0.
	MostHeld  int
	MostBytes int64
}

// Activator knows the providers that scale to zero. It is safe for concurrent use. A nil Activator takes all providers for ready, which
// is right where no operator runs any.
type Activator struct {
	snapshots Snapshots
	metrics   *metrics
	room      room
	asked     chan struct{}
	// providers holds a *Provider for each name. They are as few as there ever were ModelProviders that scale to zero.
	providers sync.Map
}

// New returns an Activator.
func New(o Options) *Activator {
	return &Activator{
		snapshots: o.Snapshots, metrics: newMetrics(o.Registerer), asked: make(chan struct{}, 1),
		room: room{mostHeld: cmp.Or(o.MostHeld, mostHeld), mostBytes: cmp.Or(o.MostBytes, mostBytes)},
	}
}

// Provider returns what is known of the provider of a target: nil where its servers always run.
func (a *Activator) Provider(t *snapshot.Target) *Provider {
	if a == nil || t.Activation == nil {
		return nil
	}
	if p, ok := a.providers.Load(t.Upstream.Provider); ok {
		return p.(*Provider)
	}
	p, _ := a.providers.LoadOrStore(t.Upstream.Provider, &Provider{name: t.Upstream.Provider, home: a})
	return p.(*Provider)
}

// Asked gets a value when Demands has something that the operator should know at once. Whoever reads it reads Demands then.
func (a *Activator) Asked() <-chan struct{} { return a.asked }

// Demands say when this replica was last asked for models of the providers that scale to zero, sorted by provider. One that a request is
// under way for is asked for now, however long ago the request began. What was not asked for since the start is not in it.
func (a *Activator) Demands() []v1alpha1.Demand {
	s := a.snapshots.Load()
	if s == nil {
		return nil
	}
	var all []v1alpha1.Demand
	now := time.Now()
	names := s.Activations()
	slices.Sort(names)
	for _, name := range names {
		if p, ok := a.providers.Load(name); ok {
			if at := p.(*Provider).lastAsked(now); at > 0 {
				all = append(all, v1alpha1.Demand{Provider: name, LastRequest: at})
			}
		}
	}
	return all
}

// tell lets the reader of Asked know.
func (a *Activator) tell() {
	select {
	case a.asked <- struct{}{}:
	default:
	}
}
