package snapshot

import "sync/atomic"

// Store holds the snapshot that is served. Its zero value holds none. Load may be called by any number of goroutines; Swap by
// one at a time.
type Store struct {
	current atomic.Pointer[Snapshot]
}

// Load returns the snapshot that is served, nil before the first Swap. A request calls it once.
func (s *Store) Load() *Snapshot { return s.current.Load() }

// Swap puts next into service. Requests that loaded the snapshot before it finish with that one; the idle connections of
// upstreams which next no longer has are closed.
func (s *Store) Swap(next *Snapshot) {
	before := s.current.Swap(next)
	if before == nil {
		return
	}
	for key, u := range before.upstreams {
		if kept, ok := next.upstreams[key]; ok && kept.Upstream == u.Upstream {
			continue
		}
		if c, ok := u.Transport.(interface{ CloseIdleConnections() }); ok {
			c.CloseIdleConnections()
		}
	}
}
