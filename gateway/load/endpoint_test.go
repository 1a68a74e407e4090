package load

import (
	"math"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// start is any moment. Tests tell the time by adding to it.
func start() time.Time { return time.Date(2026, 11, 1, 12, 0, 0, 0, time.UTC) }

func TestNilKnowsNothing(t *testing.T) {
	var e *Endpoint
	now := start()
	e.Begin()
	e.End()
	e.FirstByte(now, time.Second)
	e.Succeed(now)
	e.Cool(now.Add(time.Hour))
	e.SetDown(true)
	e.Forgive()
	took, fresh := e.Latency(now)
	if e.Fail(now, Health{Consecutive: 1}) || !e.Usable(now) || e.InFlight() != 0 || took != 0 || fresh {
		t.Error("a nil Endpoint kept something")
	}
	if diff := cmp.Diff(State{}, e.State(now)); diff != "" {
		t.Errorf("State (-want +got):\n%s", diff)
	}
}

func TestLatency(t *testing.T) {
	e := NewEndpoint(start())
	if took, fresh := e.Latency(start()); took != 0 || fresh {
		t.Errorf("before the first: %s, %v", took, fresh)
	}
	e.FirstByte(start(), time.Second)
	near(t, e, start(), 1, true)

	// After a time of memory the first counts for 1/e.
	now := start().Add(memory)
	e.FirstByte(now, 2*time.Second)
	near(t, e, now, 2-1/math.E, true)

	// What is old sinks.
	near(t, e, now.Add(memory), 2-1/math.E, true)
	near(t, e, now.Add(2*memory), (2-1/math.E)/math.E, false)
}

func near(t *testing.T, e *Endpoint, now time.Time, want float64, wantFresh bool) {
	t.Helper()
	got, fresh := e.Latency(now)
	if math.Abs(got.Seconds()-want) > 0.001 || fresh != wantFresh {
		t.Errorf("latency %s, fresh %v, want %.3f s, %v", got, fresh, want, wantFresh)
	}
}

// TestLatencyFollowsAtAnyRate: 10,000 observations a second are no reason to remember what was ten seconds ago.
func TestLatencyFollowsAtAnyRate(t *testing.T) {
	e, now := NewEndpoint(start()), start()
	for range 10_000 {
		e.FirstByte(now, time.Second)
		now = now.Add(100 * time.Microsecond)
	}
	for range 100_000 {
		e.FirstByte(now, 10*time.Millisecond)
		now = now.Add(100 * time.Microsecond)
	}
	if took, _ := e.Latency(now); took > 400*time.Millisecond {
		t.Errorf("%s after 10 s of 10 ms", took)
	}
}

func TestACooldownIsNeverShortened(t *testing.T) {
	e, now := NewEndpoint(start()), start()
	e.Cool(now.Add(30 * time.Second))
	e.Cool(now.Add(5 * time.Second))
	e.Cool(now.Add(-time.Hour))
	if e.Usable(now.Add(29 * time.Second)) {
		t.Error("a shorter cooldown took the place of a longer one")
	}
	e.Cool(now.Add(40 * time.Second))
	if e.Usable(now.Add(39*time.Second)) || !e.Usable(now.Add(40*time.Second)) {
		t.Error("a longer one did not extend it to its end")
	}
}

func TestState(t *testing.T) {
	e, now := NewEndpoint(start()), start().Add(time.Minute)
	e.Begin()
	e.Begin()
	e.End()
	e.FirstByte(now, 250*time.Millisecond)
	e.Succeed(now)
	e.Fail(now, Health{Consecutive: 1, EjectFor: time.Second, MaxEjectFor: time.Minute})
	e.Cool(now.Add(3 * time.Second))
	e.SetDown(true)
	want := State{
		InFlight: 1, FirstByte: 250 * time.Millisecond, Requests: 2, Failures: 1, FailuresInARow: 1,
		EjectedUntil: now.Add(time.Second), CoolingUntil: now.Add(3 * time.Second), Down: true,
	}
	if diff := cmp.Diff(want, e.State(now)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	e.Forgive()
	if diff := cmp.Diff(State{InFlight: 1, FirstByte: 250 * time.Millisecond}, e.State(now)); diff != "" {
		t.Errorf("forgiven (-want +got):\n%s", diff)
	}
	if !e.Usable(now) {
		t.Error("forgiven, but not usable")
	}
}

func TestEndpointIsSafeForConcurrentUse(t *testing.T) {
	e := NewEndpoint(start())
	h := Health{Consecutive: 3, Percent: 50, EjectFor: time.Second, MaxEjectFor: time.Minute}
	var all sync.WaitGroup
	for g := range 8 {
		all.Go(func() {
			for i := range 1000 {
				now := start().Add(time.Duration(i) * time.Millisecond)
				e.Begin()
				e.FirstByte(now, time.Duration(g+1)*time.Millisecond)
				e.Cool(now.Add(time.Duration(i) * time.Millisecond))
				if g%2 == 0 {
					e.Succeed(now)
				} else {
					e.Fail(now, h)
				}
				e.Usable(now)
				e.End()
			}
		})
	}
	all.Wait()
	s := e.State(start().Add(time.Second))
	if s.InFlight != 0 || s.Requests != 8000 || s.Failures != 4000 {
		t.Errorf("%+v: want 8000 requests, 4000 failures and none under way", s)
	}
}

func BenchmarkEndpoint(b *testing.B) {
	e := NewEndpoint(time.Now())
	b.ReportAllocs()
	for b.Loop() {
		now := time.Now()
		e.Begin()
		e.Usable(now)
		e.FirstByte(now, time.Millisecond)
		e.Succeed(now)
		e.End()
	}
}
