package cache

import (
	"context"
	"net/http"
	"testing"
	"testing/synctest"
	"time"
)

func TestMemory(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newCache()
		e := answer()
		e.Stored = time.Now()
		c.Put(key("k"), e, time.Minute)
		if got, ok := c.Get(t.Context(), key("k"), 0); !ok || got != e {
			t.Errorf("Get: %+v, %v", got, ok)
		}
		if _, ok := c.Get(t.Context(), key("other"), 0); ok {
			t.Error("Get: an answer to another request")
		}
		pass(30 * time.Second)
		if _, ok := c.Get(t.Context(), key("k"), 29*time.Second); ok {
			t.Error("Get: an answer that is too old")
		}
		if _, ok := c.Get(t.Context(), key("k"), 30*time.Second); !ok {
			t.Error("Get: none, although it is young enough")
		}
		pass(30 * time.Second)
		if _, ok := c.Get(t.Context(), key("k"), 0); ok {
			t.Error("Get: an answer after its time")
		}
		wantCount(t, "hits", c.metrics.hit, 2)
	})
}

func TestPutNot(t *testing.T) {
	cases := map[string]struct {
		entry *Entry
		ttl   time.Duration
	}{
		"Error":    {&Entry{Status: http.StatusInternalServerError}, time.Hour},
		"TooLarge": {&Entry{Status: http.StatusOK, Body: make([]byte, MaxBytes+1)}, time.Hour},
		"NoTime":   {answer(), 0},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			c := newCache()
			c.Put(key("k"), tc.entry, tc.ttl)
			if e, ok := c.Get(t.Context(), key("k"), 0); ok {
				t.Errorf("Get: %+v, want none", e)
			}
		})
	}
}

// TestMemoryBounded keeps more than fits.
func TestMemoryBounded(t *testing.T) {
	const most = 1 << 20
	c := newCache()
	c.memory.SetMaximum(most)
	for i := range 200 {
		e := answer()
		e.Body = make([]byte, 50<<10)
		c.Put(key(string(rune('A'+i))), e, time.Hour)
	}
	c.memory.CleanUp()
	if n := c.memory.WeightedSize(); n > most || n < most/2 {
		t.Errorf("%d bytes are kept, want up to %d", n, most)
	}
}

// TestSweep makes sure that what has ended leaves the memory.
func TestSweep(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newCache()
		c.Put(key("short"), answer(), time.Second)
		c.Put(key("long"), answer(), time.Hour)
		ctx, cancel := context.WithCancel(t.Context())
		go c.Run(ctx)
		pass(sweepEvery)
		synctest.Wait()
		var left []Key
		for k := range c.memory.Keys() {
			left = append(left, k)
		}
		if len(left) != 1 || left[0] != key("long") {
			t.Errorf("%q is in memory", left)
		}
		cancel()
		synctest.Wait()
	})
}
