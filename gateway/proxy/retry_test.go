package proxy

import (
	"context"
	"errors"
	"net/http"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/fairlead-dev/fairlead/api/v1alpha1"
	"github.com/fairlead-dev/fairlead/gateway/fault"
	"github.com/fairlead-dev/fairlead/gateway/load"
	"github.com/fairlead-dev/fairlead/gateway/snapshot"
)

func TestRetryConditions(t *testing.T) {
	cases := map[string]struct {
		reason    string
		target    func() *snapshot.Target
		condition v1alpha1.RetryCondition
		// ill says that the failure speaks against the health of the target's model.
		ill bool
	}{
		"Refused":       {"nobody listens", func() *snapshot.Target { return kitTarget("a", refuses()) }, v1alpha1.RetryOnConnectFailure, true},
		"Slow":          {"no answer in time", func() *snapshot.Target { return kitTarget("a", takes(time.Hour, answers())) }, v1alpha1.RetryOnTimeout, true},
		"Status408":     {"too slow, by its own word", func() *snapshot.Target { return kitTarget("a", says(408, broken)) }, v1alpha1.RetryOnTimeout, true},
		"Bare429":       {"without Retry-After", func() *snapshot.Target { return kitTarget("a", says(429, broken)) }, v1alpha1.RetryOnRateLimited, false},
		"Status429":     {"with Retry-After", func() *snapshot.Target { return kitTarget("a", says(429, broken, "Retry-After", "7")) }, v1alpha1.RetryOnRateLimited, false},
		"Status500":     {"broken", func() *snapshot.Target { return kitTarget("a", says(500, broken)) }, v1alpha1.RetryOnServerError, true},
		"Status529":     {"overloaded", func() *snapshot.Target { return claude("a", says(529, broken)) }, v1alpha1.RetryOnServerError, true},
		"TooLong":       {"its context is too short", func() *snapshot.Target { return kitTarget("a", says(400, tooLong)) }, v1alpha1.RetryOnContextLengthExceeded, false},
		"TooLong413":    {"the same by another status", func() *snapshot.Target { return kitTarget("a", says(413, tooLong)) }, v1alpha1.RetryOnContextLengthExceeded, false},
		"TooLongClaude": {"translated", func() *snapshot.Target { return claude("a", says(400, claudeLong)) }, v1alpha1.RetryOnContextLengthExceeded, false},
		"ContentFilter": {"its filter refuses", func() *snapshot.Target { return kitTarget("a", says(400, filtered)) }, v1alpha1.RetryOnContentFiltered, false},
		"KeyOfProvider": {"401 to the gateway's key", func() *snapshot.Target { return kitTarget("a", says(401, broken)) }, v1alpha1.RetryOnServerError, true},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				a, b := c.target(), answers()
				m := kitModel(a, kitTarget("b", b))
				k := newKit(t, m)

				m.RetryOn[c.condition] = true
				s := k.chat()
				s.answered(t, "b", 2)
				if got := s.Header().Get(headerRetry); got != "" {
					t.Errorf("x-should-retry %q after a success", got)
				}
				if got := a.Load.State(time.Now()); got.Failures > 0 != c.ill {
					t.Errorf("%s: %d failures of health, want one: %v", c.reason, got.Failures, c.ill)
				}

				a.Load.Forgive()
				m.RetryOn[c.condition] = false
				before := b.calls.Load()
				if s := k.chat(); s.err == nil && s.Code == http.StatusOK || b.calls.Load() != before {
					t.Errorf("%s: it moved on although it is not listed", c.reason)
				}
				if in := a.Load.InFlight(); in != 0 {
					t.Errorf("%d requests are said to be under way", in)
				}
			})
		})
	}
}

// TestAContentFilterInAnAnswerIsAnAnswer: the finish reason of a 200 is the client's to read.
func TestAContentFilterInAnAnswerIsAnAnswer(t *testing.T) {
	a, b := says(200, `{"choices":[{"index":0,"message":{"role":"assistant","content":""},"finish_reason":"content_filter"}]}`), answers()
	m := kitModel(kitTarget("a", a), kitTarget("b", b))
	m.RetryOn[v1alpha1.RetryOnContentFiltered] = true
	s := newKit(t, m).chat()
	s.answered(t, "a", 1)
}

func TestAttemptsEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		last := answers()
		m := kitModel(kitTarget("a", says(500, broken)), kitTarget("b", says(503, broken)), kitTarget("c", says(502, broken)), kitTarget("d", last))
		s := newKit(t, m).chat()
		if s.Code != http.StatusBadGateway || s.x.Attempts != 3 || last.calls.Load() != 0 || s.Header().Get(headerRetry) != "false" {
			t.Errorf("status %d after %d attempts, x-should-retry %q: want 502 after 1+2, and false", s.Code, s.x.Attempts, s.Header().Get(headerRetry))
		}
	})
}

// TestEveryTargetFails measures what upstreams get of 10,000 requests of 200 clients: at most 1.2 calls for each.
func TestEveryTargetFails(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const requests, clients = 10_000, 200
		fars := []*far{takes(20*time.Millisecond, says(500, broken)), takes(20*time.Millisecond, says(429, broken)), refuses()}
		m := kitModel(kitTarget("a", fars[0]), kitTarget("b", fars[1]), kitTarget("c", fars[2]))
		k := newKit(t, m)
		var made, told atomic.Int64
		var all sync.WaitGroup
		for range clients {
			all.Go(func() {
				for made.Add(1) <= requests {
					s := k.chat()
					if s.err == nil && s.Code == http.StatusOK {
						t.Error("somebody answered")
					}
					if s.Header().Get(headerRetry) == "false" {
						told.Add(1)
					}
				}
			})
		}
		all.Wait()
		calls := fars[0].calls.Load() + fars[1].calls.Load() + fars[2].calls.Load()
		t.Logf("%d calls for %d requests", calls, requests)
		if calls*10 > requests*12 {
			t.Errorf("%d calls for %d requests: %.4f, want at most 1.2", calls, requests, float64(calls)/requests)
		}
		if told.Load() != requests {
			t.Errorf("%d of %d clients were told not to retry: the budget is spent", told.Load(), requests)
		}
	})
}

// TestTheBudgetDeniesARetry: the client gets the target's own error, and is told not to ask again.
func TestTheBudgetDeniesARetry(t *testing.T) {
	b := answers()
	m := kitModel(kitTarget("a", says(503, broken)), kitTarget("b", b))
	for m.Retries.Take(time.Now()) {
	}
	s := newKit(t, m).chat()
	if s.Code != http.StatusServiceUnavailable || s.Body.String() != broken || s.Header().Get(headerRetry) != "false" || b.calls.Load() != 0 {
		t.Errorf("status %d %s, x-should-retry %q, b was asked %d times", s.Code, s.Body, s.Header().Get(headerRetry), b.calls.Load())
	}
}

func TestRetriesAreGivenBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := kitModel(kitTarget("a", refuses()), kitTarget("b", refuses()), kitTarget("c", answers()))
		k := newKit(t, m)
		for range 5 {
			s := k.chat()
			s.answered(t, "c", 3)
			// Ejection is not what this is about.
			for _, tier := range m.Tiers {
				tier[0].Load.Forgive()
			}
			<-time.After(10 * time.Second)
		}
		granted := 0
		for ; m.Retries.Take(time.Now()); granted++ {
		}
		if granted != 3 {
			t.Errorf("%d retries may be under way, want 3: some were not given back", granted)
		}
	})
}

func TestFailuresEjectAndOthersTakeOver(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		sick := says(500, broken)
		a := kitTarget("a", sick)
		k := newKit(t, kitModel(a, kitTarget("b", answers())))
		for range 5 {
			s := k.chat()
			s.answered(t, "b", 2)
		}
		for range 100 {
			s := k.chat()
			s.answered(t, "b", 1)
		}
		if sick.calls.Load() != 5 {
			t.Errorf("the sick one was asked %d times, want 5", sick.calls.Load())
		}
		<-time.After(30 * time.Second)
		sick.answer = answers().answer
		s := k.chat()
		s.answered(t, "a", 1)
	})
}

// TestLastResort: when every target is cooling down or ejected, one is asked all the same.
func TestLastResort(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		busy, other := says(429, broken, "Retry-After", "30"), says(429, broken)
		a, b := kitTarget("a", busy), kitTarget("b", other)
		k := newKit(t, kitModel(a, b))
		if s := k.chat(); s.Code != http.StatusTooManyRequests || s.x.Attempts != 2 {
			t.Fatalf("status %d after %d attempts", s.Code, s.x.Attempts)
		}
		if now := time.Now(); a.Load.Usable(now) || b.Load.Usable(now) {
			t.Fatal("not both are cooling down")
		}
		busy.answer = answers().answer
		s := k.chat()
		s.answered(t, "a", 1)
		<-time.After(2 * time.Second)
		other.answer = answers().answer
		s = k.chat()
		s.answered(t, "b", 1)
	})
}

// TestCooldownsAreOfTheModel: an alias that shares the model with another learns from it, and one that has other targets does not mind.
func TestCooldownsAreOfTheModel(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		busy := kitTarget("a", says(429, broken, "Retry-After", "30"))
		k := newKit(t, kitModel(busy, kitTarget("b", answers())))
		s := k.chat()
		s.answered(t, "b", 2)
		shared := *busy
		s = newKit(t, kitModel(&shared, kitTarget("c", answers()))).chat()
		s.answered(t, "c", 1)
		s = k.chat()
		s.answered(t, "b", 1)
	})
}

func TestClientsThatGoAwayEndRetries(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
		defer cancel()
		b := answers()
		a := kitTarget("a", takes(time.Second, says(500, broken)))
		k := newKit(t, kitModel(a, kitTarget("b", b)))
		s := k.serve(k.request(kitRequest).WithContext(ctx))
		if !errors.Is(s.err, ErrClientGone) || b.calls.Load() != 0 {
			t.Errorf("%v; b was asked %d times", s.err, b.calls.Load())
		}
		if got := a.Load.State(time.Now()); got.Requests != 0 || got.InFlight != 0 {
			t.Errorf("%+v: a client that goes away says nothing about the target", got)
		}
	})
}

func TestGateQueuesThenSpillsOver(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		slow := takes(time.Second, answers())
		a, b := kitTarget("a", slow), kitTarget("b", answers())
		a.Gate = load.NewGate(1, 1)
		k := newKit(t, kitModel(a, b))
		var all sync.WaitGroup
		for range 2 {
			all.Go(func() {
				s := k.chat()
				s.answered(t, "a", 1)
			})
		}
		synctest.Wait()
		s := k.chat()
		s.answered(t, "b", 1)
		all.Wait()
		if slow.calls.Load() != 2 {
			t.Errorf("a was asked %d times, want 2: one waited for its turn", slow.calls.Load())
		}
		if in, queued := a.Gate.Occupied(); in != 0 || queued != 0 {
			t.Errorf("%d in, %d wait at the end", in, queued)
		}
	})
}

func TestEveryGateIsFull(t *testing.T) {
	a := kitTarget("a", answers())
	a.Gate = load.NewGate(0, 0)
	s := newKit(t, kitModel(a)).chat()
	fe, ok := errors.AsType[*fault.Error](s.err)
	if !ok || fe.Status != http.StatusServiceUnavailable || fe.RetryAfter <= 0 || s.x.Attempts != 0 {
		t.Errorf("%v, want a 503 with a Retry-After", s.err)
	}
}

// TestAWaitInALineEnds with the time that a first byte may take.
func TestAWaitInALineEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a := kitTarget("a", answers())
		a.Gate = load.NewGate(0, 5)
		began := time.Now()
		s := newKit(t, kitModel(a, kitTarget("b", answers()))).chat()
		s.answered(t, "b", 1)
		if took := time.Since(began); took != a.Timeouts.FirstByte {
			t.Errorf("waited for %s, want %s", took, a.Timeouts.FirstByte)
		}
	})
}
