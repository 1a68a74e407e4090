package limit

import (
	"hash/maphash"
	"sync"
	"time"
)

const (
	// shardCount is a power of two.
	shardCount = 64
	// shardMost is how many counters a shard keeps, unless more are in use. Callers choose the names of users, so that there is no
	// natural end to them.
	shardMost = 1024
	// sample is how many counters are compared to find an old one.
	sample = 8
	// idleLeast is how long a counter is kept that nobody asks for, at least.
	idleLeast = 10 * time.Second
)

// table holds the counters, in parts that are locked for themselves.
type table struct {
	seed   maphash.Seed
	prefix string
	shards [shardCount]shard
}

type shard struct {
	mu       sync.Mutex
	counters map[counterKey]*counter
	// Shards that are next to each other must not share a cache line.
	_ [48]byte
}

func newTable(prefix string) *table {
	t := &table{seed: maphash.MakeSeed(), prefix: prefix}
	for i := range t.shards {
		t.shards[i].counters = map[counterKey]*counter{}
	}
	return t
}

func (t *table) shard(key *counterKey) *shard {
	h := maphash.String(t.seed, key.limit) ^ maphash.String(t.seed, key.subject)*31
	return &t.shards[h%shardCount]
}

// pin returns the counter of a key, and keeps it until unpin is called.
func (t *table) pin(key counterKey, now time.Time) *counter {
	s := t.shard(&key)
	s.mu.Lock()
	defer s.mu.Unlock()
	c := s.counters[key]
	if c == nil {
		if len(s.counters) >= shardMost {
			s.evict()
		}
		c = newCounter(t.prefix, key)
		s.counters[key] = c
	}
	c.pins.Add(1)
	c.seen.Store(now.UnixNano())
	return c
}

func (c *counter) unpin() { c.pins.Add(-1) }

// find returns the counter of a key, nil where there is none.
func (t *table) find(key counterKey) *counter {
	s := t.shard(&key)
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.counters[key]
}

// evict drops the oldest of a few counters. Those that permits refer to stay: their requests would not be counted any more. What
// was granted to a dropped counter is lost until its window ends.
func (s *shard) evict() {
	var oldest *counter
	seen := 0
	for _, c := range s.counters {
		if c.pins.Load() == 0 && (oldest == nil || c.seen.Load() < oldest.seen.Load()) {
			oldest = c
		}
		if seen++; seen == sample {
			break
		}
	}
	if oldest != nil {
		delete(s.counters, oldest.key)
	}
}

// all appends all counters to dst.
func (t *table) all(dst []*counter) []*counter {
	for i := range t.shards {
		s := &t.shards[i]
		s.mu.Lock()
		for _, c := range s.counters {
			dst = append(dst, c)
		}
		s.mu.Unlock()
	}
	return dst
}

// forget drops the counters that nobody asked for in two of their windows.
func (t *table) forget(now time.Time) {
	for i := range t.shards {
		s := &t.shards[i]
		s.mu.Lock()
		for key, c := range s.counters {
			if idle := now.UnixNano() - c.seen.Load(); c.pins.Load() == 0 && idle > int64(max(2*key.window, idleLeast)) {
				delete(s.counters, key)
			}
		}
		s.mu.Unlock()
	}
}
