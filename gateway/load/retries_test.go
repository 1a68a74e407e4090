package load

import (
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

func TestNilRetriesBoundsNothing(t *testing.T) {
	var r *Retries
	r.Begin()
	if !r.Take(start()) {
		t.Error("refused")
	}
	r.Done()
	r.End()
}

// TestRetriesUnderWay: at least 3, and a fifth of many.
func TestRetriesUnderWay(t *testing.T) {
	for _, c := range []struct{ requests, want int }{{1, 3}, {10, 3}, {15, 3}, {50, 10}, {200, 40}} {
		r := NewRetries(20, start())
		for range c.requests {
			r.Begin()
		}
		granted := 0
		for r.Take(start()) {
			granted++
		}
		if granted != c.want {
			t.Errorf("%d requests under way: %d retries, want %d", c.requests, granted, c.want)
		}
		r.Done()
		if c.requests >= 50 && r.Take(start()) {
			t.Errorf("%d requests: a retry more than they have earned", c.requests)
		}
	}
}

// TestQuietRetries: whoever asks from time to time is not told of a target that has died.
func TestQuietRetries(t *testing.T) {
	r, now := NewRetries(20, start()), start()
	try := func() bool {
		r.Begin()
		defer r.End()
		if !r.Take(now) {
			return false
		}
		r.Done()
		return true
	}
	for i := range quietRetries {
		if !try() {
			t.Fatalf("the %d. was refused", i+1)
		}
	}
	if try() {
		t.Error("one more was granted")
	}
	now = now.Add(windowSeconds * time.Second)
	if !try() {
		t.Error("refused ten seconds later")
	}
}

func TestWhatIsEarnedInQuietTimesIsNotKept(t *testing.T) {
	r := NewRetries(20, start())
	for range 100_000 {
		r.Begin()
		r.End()
	}
	granted := 0
	for now := start(); granted < 1000 && r.Take(now); granted++ {
		r.Done()
	}
	if granted > quietRetries {
		t.Errorf("%d retries at once after a quiet time, want at most %d", granted, quietRetries)
	}
}

// TestAmplification: every target fails. However many clients there are and however long calls take, upstreams get no more than 1.2
// calls for each request, once there are enough requests to pay back what was lent.
func TestAmplification(t *testing.T) {
	for name, c := range map[string]struct {
		clients, attempts int64
		call              time.Duration
	}{
		"200Clients":  {200, 3, 20 * time.Millisecond},
		"20Clients":   {20, 3, 5 * time.Millisecond},
		"OneClient":   {1, 3, time.Millisecond},
		"SlowTargets": {200, 3, time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				const requests = 20_000
				r := NewRetries(20, time.Now())
				var made, calls atomic.Int64
				var all sync.WaitGroup
				for range c.clients {
					all.Go(func() {
						for made.Add(1) <= requests {
							calls.Add(failing(r, c.attempts, c.call))
						}
					})
				}
				all.Wait()
				sum := calls.Load()
				if sum*10 > requests*12 {
					t.Errorf("%d calls for %d requests: %.4f", sum, requests, float64(sum)/requests)
				}
				if sum*100 < requests*115 {
					t.Errorf("%d calls for %d requests: the budget is not used", sum, requests)
				}
			})
		})
	}
}

// failing is a request whose targets all fail. It returns the number of calls.
func failing(r *Retries, attempts int64, call time.Duration) (calls int64) {
	r.Begin()
	defer r.End()
	for calls = 1; ; calls++ {
		<-time.After(call/2 + rand.N(call))
		if calls > 1 {
			r.Done()
		}
		if calls == attempts || !r.Take(time.Now()) {
			return calls
		}
	}
}
