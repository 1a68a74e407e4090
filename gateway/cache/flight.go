package cache

import (
	"context"
	"sync"
	"sync/atomic"
	"time"
)

// shards spread the flights over locks.
const shards = 64

// fresh is how young an answer in memory must be for a request that has just looked and found none: it was made in between.
const fresh = time.Second

// Flight is an answer that is being made. One request, the leader, makes it; others wait.
type Flight struct {
	cache *Cache
	key   Key
	ended atomic.Bool
	// done is closed when the flight has ended, after entry was set.
	done  chan struct{}
	entry *Entry
}

// flights are those under way whose keys begin alike.
type flights struct {
	mu    sync.Mutex
	byKey map[Key]*Flight
}

// Join takes part in making the answer to a request that Get had none for. The leader makes it, calls Put where it may be kept, and
// then ends the flight with Done; all others Wait.
func (c *Cache) Join(key Key) (f *Flight, leader bool) {
	s := &c.flights[key[0]%shards]
	s.mu.Lock()
	defer s.mu.Unlock()
	if f = s.byKey[key]; f != nil {
		return f, false
	}
	f = &Flight{cache: c, key: key, done: make(chan struct{})}
	// The leader before may have ended since the caller looked.
	if e, ok := c.memory.get(key); ok && e.youngerThan(fresh) {
		f.entry = e
		f.ended.Store(true)
		close(f.done)
		return f, false
	}
	if s.byKey == nil {
		s.byKey = map[Key]*Flight{}
	}
	s.byKey[key] = f
	c.metrics.miss.Inc()
	return f, true
}

// Wait returns the leader's answer. It is false where there is none to be had, or ctx is done before: the caller then goes on as if
// there were no cache, without asking to lead, so that a target that fails is not asked by one waiting request after another.
func (f *Flight) Wait(ctx context.Context) (*Entry, bool) {
	select {
	case <-f.done:
	case <-ctx.Done():
	}
	select {
	case <-f.done:
		if f.entry != nil {
			f.cache.metrics.shared.Inc()
			return f.entry, true
		}
	default:
	}
	f.cache.metrics.miss.Inc()
	return nil, false
}

// Done ends the flight; e is the leader's answer, or nil where there is nothing to share. Only the first call counts, so that a leader
// defers Done(nil), and whatever way it ends leaves nobody waiting. A nil Flight is fine.
func (f *Flight) Done(e *Entry) {
	if f == nil || !f.ended.CompareAndSwap(false, true) {
		return
	}
	if e != nil && e.Status == statusKept {
		f.entry = e
	}
	s := &f.cache.flights[f.key[0]%shards]
	s.mu.Lock()
	delete(s.byKey, f.key)
	s.mu.Unlock()
	close(f.done)
}
