package cache

import (
	"math"
	"time"

	"github.com/maypok86/otter/v2"
)

// sweepEvery is how often what has ended is taken out of memory.
const sweepEvery = 10 * time.Second

// held is an entry in memory and when it ends.
type held struct {
	entry *Entry
	until time.Time
}

// memory holds entries in this process.
//
// It is otter, which bounds bytes, evicts by use and compares whole keys. (ristretto compares a 64-bit hash of the key, drops writes
// under load, and expires by buckets of seconds.) When an entry ends is checked here at each read, which needs no goroutine before Run.
type memory struct{ *otter.Cache[Key, held] }

func newMemory(bytes int64) memory {
	return memory{otter.Must(&otter.Options[Key, held]{
		MaximumWeight: uint64(bytes),
		Weigher: func(_ Key, h held) uint32 {
			return uint32(min(h.entry.weight(), math.MaxUint32))
		},
	})}
}

func (m memory) get(key Key) (*Entry, bool) {
	h, ok := m.GetIfPresent(key)
	if !ok || !time.Now().Before(h.until) {
		return nil, false
	}
	return h.entry, true
}

func (m memory) put(key Key, e *Entry, ttl time.Duration) {
	m.Set(key, held{entry: e, until: time.Now().Add(ttl)})
}

// sweep takes out what has ended.
func (m memory) sweep(now time.Time) {
	for key, h := range m.All() {
		if !now.Before(h.until) {
			m.Invalidate(key)
		}
	}
	m.CleanUp()
}
