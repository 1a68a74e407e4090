package cache

import (
	"context"
	"net/http"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

// TestFlight has 100 requests for one answer, which is made once.
func TestFlight(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newCache()
		var made, shared atomic.Int64
		var group sync.WaitGroup
		for range 100 {
			group.Go(func() {
				f, leader := c.Join(key("k"))
				if !leader {
					if e, ok := f.Wait(t.Context()); ok && string(e.Body) == `{"id":"x"}` {
						shared.Add(1)
					}
					return
				}
				defer f.Done(nil)
				made.Add(1)
				pass(time.Minute)
				f.Done(answer())
			})
		}
		group.Wait()
		if made.Load() != 1 || shared.Load() != 99 {
			t.Errorf("%d were made and %d shared, want 1 and 99", made.Load(), shared.Load())
		}
		wantCount(t, "shared", c.metrics.shared, 99)
		wantCount(t, "misses", c.metrics.miss, 1)
		if n := len(c.flights[key("k")[0]%shards].byKey); n != 0 {
			t.Errorf("%d flights are left", n)
		}
	})
}

// TestFlightFails has leaders that make nothing: nobody is left waiting, and nobody gets anything.
func TestFlightFails(t *testing.T) {
	leaders := map[string]func(f *Flight){
		"Nothing": func(*Flight) {},
		"Error":   func(f *Flight) { f.Done(&Entry{Status: http.StatusBadGateway}) },
		"Panic":   func(*Flight) { panic("the leader fell") },
	}
	for name, lead := range leaders {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				c := newCache()
				f, _ := c.Join(key("k"))
				var group sync.WaitGroup
				for range 10 {
					follower, leader := c.Join(key("k"))
					if leader {
						t.Fatal("there are two leaders")
					}
					group.Go(func() {
						if e, ok := follower.Wait(t.Context()); ok {
							t.Errorf("Wait: %+v, want none", e)
						}
					})
				}
				synctest.Wait()
				func() {
					defer func() { _ = recover() }()
					defer f.Done(nil)
					lead(f)
				}()
				group.Wait()
				if _, leader := c.Join(key("k")); !leader {
					t.Error("nobody can lead after it")
				}
			})
		})
	}
}

func TestFlightFollowerGone(t *testing.T) {
	c := newCache()
	f, _ := c.Join(key("k"))
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	follower, _ := c.Join(key("k"))
	if _, ok := follower.Wait(ctx); ok {
		t.Error("Wait: an answer that was not made yet")
	}
	f.Done(answer())
	if _, ok := follower.Wait(ctx); !ok {
		t.Error("Wait: none, although the answer was there")
	}
}

// TestFlightEnded has a request that looked before the leader kept its answer, and joins after the leader ended.
func TestFlightEnded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newCache()
		f, _ := c.Join(key("k"))
		e := answer()
		e.Stored = time.Now()
		c.Put(key("k"), e, time.Hour)
		f.Done(e)
		late, leader := c.Join(key("k"))
		if leader {
			t.Fatal("Join: to be made again")
		}
		if got, ok := late.Wait(t.Context()); !ok || got != e {
			t.Errorf("Wait: %+v, %v", got, ok)
		}
		pass(fresh + 1)
		if _, leader := c.Join(key("k")); !leader {
			t.Error("Join: an answer that the request may have found too old")
		}
	})
}
