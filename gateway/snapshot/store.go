package snapshot

import (
	"sync/atomic"
	"time"
)

// Store holds the snapshot that is served. Its zero value holds none. Load may be called by any number of goroutines; Swap by
// one at a time.
type Store struct {
	current atomic.Pointer[Snapshot]
	since   atomic.Pointer[time.Time]
}

// Load returns the snapshot that is served, nil before the first Swap. A request calls it once.
func (s *Store) Load() *Snapshot { return s.current.Load() }

// Since returns when the snapshot that is served was put into service, zero before the first Swap.
func (s *Store) Since() time.Time {
	if at := s.since.Load(); at != nil {
		return *at
	}
	return time.Time{}
}

// Swap puts next into service. Requests that loaded the snapshot before it finish with that one; the idle connections of
// upstreams and servers which next no longer has are closed.
func (s *Store) Swap(next *Snapshot) {
	before, now := s.current.Swap(next), time.Now()
	s.since.Store(&now)
	if before == nil {
		return
	}
	for key, u := range before.upstreams {
		u.closeServers(next.upstreams[key])
		if kept, ok := next.upstreams[key]; ok && kept.Upstream == u.Upstream {
			continue
		}
		if c, ok := u.Transport.(interface{ CloseIdleConnections() }); ok {
			c.CloseIdleConnections()
		}
	}
}
