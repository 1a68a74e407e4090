package ledger

import (
	"sync"
	"sync/atomic"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/fairlead-dev/fairlead/gateway/telemetry"
)

// stores is the store of a Ledger, and those that it had.
type stores struct {
	registerer prometheus.Registerer
	current    atomic.Pointer[attached]
	closing    sync.WaitGroup

	mu sync.Mutex
	// up has the metric of each kind of store that there was.
	up map[string]*telemetry.StoreUp
}

// attached is a store with the metric that says whether it answers.
type attached struct {
	Store
	up *telemetry.StoreUp
}

// SetStore ships to another store from now on; nil to none, until there is one. The Ledger closes the store that it had.
func (l *Ledger) SetStore(s Store) {
	var next *attached
	if s != nil {
		next = &attached{Store: s, up: l.stores.upOf(s.Name())}
	}
	if old := l.stores.current.Swap(next); old != nil {
		old.up.Unset()
		// Queries may still use it, and it waits for them.
		l.stores.closing.Go(old.Close)
	}
	wake(l.changed)
}

// Store is the store that events are shipped to, nil where there is none.
func (l *Ledger) Store() Store {
	if s := l.stores.current.Load(); s != nil {
		return s.Store
	}
	return nil
}

func (s *stores) upOf(name string) *telemetry.StoreUp {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.up[name] == nil {
		s.up[name] = telemetry.NewStoreUp(s.registerer, name)
	}
	return s.up[name]
}
