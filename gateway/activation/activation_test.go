package activation

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"

	"github.com/fairlead-dev/fairlead/api/v1alpha1"
	"github.com/fairlead-dev/fairlead/gateway/provider/ollama"
	"github.com/fairlead-dev/fairlead/gateway/snapshot"
)

// servers is the place where servers are, or are not. It counts how often it is looked at.
type servers struct {
	up    atomic.Bool
	looks atomic.Int64
	paths sync.Map
}

// RoundTrip answers while the servers are up, and refuses otherwise.
func (s *servers) RoundTrip(r *http.Request) (*http.Response, error) {
	s.looks.Add(1)
	s.paths.Store(r.URL.String(), true)
	if !s.up.Load() {
		return nil, errors.New("connection refused")
	}
	return &http.Response{StatusCode: http.StatusOK, Body: io.NopCloser(strings.NewReader(`{"version":"1"}`))}, nil
}

// kit is an Activator and the routing table that it goes by.
type kit struct {
	*Activator
	servers *servers
	table   atomic.Pointer[snapshot.Snapshot]
	target  *snapshot.Target
}

// Load returns the routing table.
func (k *kit) Load() *snapshot.Snapshot { return k.table.Load() }

func newKit(t *testing.T, state v1alpha1.ActivationState) *kit {
	t.Helper()
	k := &kit{servers: &servers{}}
	k.Activator = New(Options{Snapshots: k, Registerer: prometheus.NewRegistry()})
	k.serve(state)
	return k
}

// serve swaps in a routing table with one alias of one provider that scales to zero.
func (k *kit) serve(state v1alpha1.ActivationState, list ...v1alpha1.OllamaServer) {
	next := snapshot.Build(snapshot.Input{
		Gateway: "ai/main", Config: &v1alpha1.GatewayConfig{},
		Providers: []snapshot.Provider{{
			Namespace: "ai", Name: "local", Servers: list, Activation: &v1alpha1.Activation{State: state, Timeout: "1m"},
			Endpoint: &v1alpha1.ResolvedEndpoint{Protocol: v1alpha1.ProtocolOllama, URL: "http://local.ai.svc:11434", Private: true},
		}},
		Aliases: []snapshot.Alias{{Namespace: "ai", Name: "chat", Route: &v1alpha1.Route{
			Gateway: "ai/main", Model: "chat",
			Targets: []v1alpha1.RouteTarget{{Name: "local", Provider: "ai/local", Model: "m", Weight: 1, Timeouts: v1alpha1.Timeouts{Request: "1m", FirstByte: "1m", StreamIdle: "1m"}}},
		}}},
	}, k.table.Load(), snapshot.Protocols{v1alpha1.ProtocolOllama: ollama.New()})
	target := next.Models["chat"].Tiers[0][0]
	if k.target == nil {
		// Later tables have the same upstream.
		target.Upstream.Transport = k.servers
	}
	for _, s := range target.Servers {
		s.Transport = k.servers
	}
	k.target = target
	k.table.Store(next)
}

// told says whether the operator was told something at once since the last call.
func (k *kit) told() bool {
	select {
	case <-k.Asked():
		return true
	default:
		return false
	}
}

// after lets time go by in a bubble.
func after(d time.Duration) {
	<-time.After(d)
	synctest.Wait()
}

func TestAServerThatStartsEndsTheWait(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		k := newKit(t, v1alpha1.ActivationScaledToZero)
		p := k.Provider(k.target)
		if p.Ready(k.target, time.Now()) {
			t.Fatal("ready while nothing runs")
		}
		time.AfterFunc(1234*time.Millisecond, func() { k.servers.up.Store(true) })
		began := time.Now()
		if err := p.Await(t.Context(), time.Minute, 0, nil); err != nil {
			t.Fatal(err)
		}
		if took := time.Since(began); took != 1300*time.Millisecond {
			t.Errorf("held for %s, want until the next look after 1.234s", took)
		}
		if !k.told() {
			t.Error("the operator was not told")
		}
		if !p.Ready(k.target, time.Now()) {
			t.Error("not ready although a server has answered: the operator's word is waited for")
		}
		synctest.Wait()
		looks := k.servers.looks.Load()
		after(believeFor)
		if k.servers.looks.Load() != looks {
			t.Error("it looks on although nobody waits")
		}
		if p.Ready(k.target, time.Now()) {
			t.Error("ready for ever: what the operator says has to count again")
		}
	})
}

func TestOneLooksForAll(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const requests = 1000
		k := newKit(t, v1alpha1.ActivationActivating)
		var all sync.WaitGroup
		for range requests {
			all.Go(func() {
				p := k.Provider(k.target)
				p.Begin(time.Now())
				defer p.End()
				if err := p.Await(t.Context(), time.Minute, 0, nil); err != nil {
					t.Error(err)
				}
			})
		}
		synctest.Wait()
		if held := testutil.ToFloat64(k.metrics.held); held != requests {
			t.Errorf("%v are said to be held, want %d", held, requests)
		}
		after(time.Second)
		k.servers.up.Store(true)
		all.Wait()
		if looks := k.servers.looks.Load(); looks > 12 {
			t.Errorf("looked %d times in a second, want one look in 100 ms for all", looks)
		}
		if held := testutil.ToFloat64(k.metrics.held); held != 0 {
			t.Errorf("%v are said to be held after all", held)
		}
	})
}

func TestAWaitEnds(t *testing.T) {
	errGone := errors.New("gone")
	cases := map[string]struct {
		reason string
		cancel time.Duration
		beat   func() error
		want   error
		after  time.Duration
	}{
		"Timeout":    {"no server in time", time.Hour, nil, ErrTimeout, time.Minute},
		"ClientGone": {"nobody is there any more", 3 * time.Second, nil, context.DeadlineExceeded, 3 * time.Second},
		"BeatFails":  {"the client cannot be written to", time.Hour, func() error { return errGone }, errGone, firstBeat},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				k := newKit(t, v1alpha1.ActivationScaledToZero)
				ctx, cancel := context.WithTimeout(t.Context(), c.cancel)
				defer cancel()
				began := time.Now()
				if err := k.Provider(k.target).Await(ctx, time.Minute, 0, c.beat); !errors.Is(err, c.want) || time.Since(began) != c.after {
					t.Errorf("%s: %v after %s, want %v after %s", c.reason, err, time.Since(began), c.want, c.after)
				}
				synctest.Wait()
				looks := k.servers.looks.Load()
				after(time.Minute)
				if k.servers.looks.Load() != looks {
					t.Errorf("%s: it looks on although nobody waits", c.reason)
				}
			})
		})
	}
}

// TestTheLookingOutlivesItsFirst: who waits is not left alone because somebody else has gone.
func TestTheLookingOutlivesItsFirst(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		k := newKit(t, v1alpha1.ActivationScaledToZero)
		p := k.Provider(k.target)
		ctx, cancel := context.WithCancel(t.Context())
		var first, second error
		var all sync.WaitGroup
		all.Go(func() { first = p.Await(ctx, time.Minute, 0, nil) })
		synctest.Wait()
		all.Go(func() { second = p.Await(t.Context(), time.Minute, 0, nil) })
		synctest.Wait()
		cancel()
		after(time.Second)
		k.servers.up.Store(true)
		all.Wait()
		if !errors.Is(first, context.Canceled) || second != nil {
			t.Errorf("got %v and %v", first, second)
		}
	})
}

func TestBeats(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		k := newKit(t, v1alpha1.ActivationScaledToZero)
		began := time.Now()
		var beats []time.Duration
		err := k.Provider(k.target).Await(t.Context(), 15*time.Second, 0, func() error {
			beats = append(beats, time.Since(began))
			return nil
		})
		want := []time.Duration{2 * time.Second, 7 * time.Second, 12 * time.Second}
		if diff := cmp.Diff(want, beats); diff != "" || !errors.Is(err, ErrTimeout) {
			t.Errorf("%v, beats (-want +got):\n%s", err, diff)
		}
	})
}

// TestServersOfANewTableAreLookedAt: the operator lists a server that the Service does not lead to yet.
func TestServersOfANewTableAreLookedAt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		k := newKit(t, v1alpha1.ActivationScaledToZero)
		time.AfterFunc(time.Second, func() {
			k.serve(v1alpha1.ActivationActive, v1alpha1.OllamaServer{Name: "local-0", URL: "http://10.0.0.1:11434"})
		})
		time.AfterFunc(2*time.Second, func() { k.servers.up.Store(true) })
		if err := k.Provider(k.target).Await(t.Context(), time.Minute, 0, nil); err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
		for _, path := range []string{"http://local.ai.svc:11434/api/version", "http://10.0.0.1:11434/api/version"} {
			if _, asked := k.servers.paths.Load(path); !asked {
				t.Errorf("%s was not asked", path)
			}
		}
	})
}

// TestAServerThatStopsIsNotUsed: it answers until it ends, and what it has begun is cut then.
func TestAServerThatStopsIsNotUsed(t *testing.T) {
	const ends = 7 * time.Second
	cases := map[string]struct {
		reason        string
		then          []v1alpha1.ActivationState
		up            bool
		earliest, end time.Duration
	}{
		"JustStopped": {"it stops", []v1alpha1.ActivationState{v1alpha1.ActivationScaledToZero}, true, farewell, 10 * time.Second},
		"WokenAnew":   {"its Pod has to end before another starts", []v1alpha1.ActivationState{v1alpha1.ActivationScaledToZero, v1alpha1.ActivationActivating}, true, farewell, 10 * time.Second},
		"NotStopped":  {"it was kept after all", []v1alpha1.ActivationState{v1alpha1.ActivationScaledToZero, v1alpha1.ActivationActive}, true, 0, time.Second},
		"OnlyDied":    {"it starts anew by itself", []v1alpha1.ActivationState{v1alpha1.ActivationActivating}, true, 0, time.Second},
		"LongAgo":     {"nothing of it is left", []v1alpha1.ActivationState{v1alpha1.ActivationScaledToZero}, false, ends, 10 * time.Second},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				k := newKit(t, v1alpha1.ActivationActive)
				k.servers.up.Store(c.up)
				for _, state := range c.then {
					k.serve(state)
				}
				time.AfterFunc(ends, func() { k.servers.up.Store(!c.up) })
				time.AfterFunc(9*time.Second, func() { k.servers.up.Store(true) })
				began := time.Now()
				err := k.Provider(k.target).Await(t.Context(), time.Minute, 0, nil)
				if took := time.Since(began); err != nil || took < c.earliest || took > c.end {
					t.Errorf("%s: %v after %s, want none between %s and %s", c.reason, err, took, c.earliest, c.end)
				}
			})
		})
	}
}

// TestARefusalIsNotAskedAboutAtOnce: a server that takes no request and answers looks would otherwise have requests run in circles.
func TestARefusalIsNotAskedAboutAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		k := newKit(t, v1alpha1.ActivationActive)
		k.servers.up.Store(true)
		p := k.Provider(k.target)
		began := time.Now()
		p.Refused(began)
		if err := p.Await(t.Context(), time.Minute, 0, nil); err != nil || time.Since(began) != probeEvery {
			t.Errorf("%v after %s, want none after %s", err, time.Since(began), probeEvery)
		}
	})
}

func TestDemands(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		k := newKit(t, v1alpha1.ActivationActive)
		if got := k.Demands(); got != nil {
			t.Fatalf("got %v before anybody asked", got)
		}
		check := func(what string, want time.Time, told bool) {
			t.Helper()
			if diff := cmp.Diff([]v1alpha1.Demand{{Provider: "ai/local", LastRequest: want.Unix()}}, k.Demands()); diff != "" {
				t.Errorf("%s (-want +got):\n%s", what, diff)
			}
			if got := k.told(); got != told {
				t.Errorf("%s: told at once: %v, want %v", what, got, told)
			}
		}
		p, began := k.Provider(k.target), time.Now()
		p.Begin(began)
		check("the first request after a while", began, true)
		after(30 * time.Second)
		check("a long answer under way", time.Now(), false)
		p.End()
		ended := time.Now()
		after(5 * time.Second)
		check("after it", ended, false)
		p.Begin(time.Now())
		p.End()
		check("a request a while after the last that was told of", time.Now(), true)
		p.Begin(time.Now())
		p.End()
		check("a request just after one", time.Now(), false)
		after(tellEvery)
		p.Ask(time.Now())
		check("a request for what sleeps", time.Now(), true)

		k.table.Store(&snapshot.Snapshot{})
		if got := k.Demands(); got != nil {
			t.Errorf("got %v for a provider that does not scale to zero any more", got)
		}
	})
}

// TestAClockThatIsSetBack: what is asked for after that is told of as well, and at once.
func TestAClockThatIsSetBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		k := newKit(t, v1alpha1.ActivationScaledToZero)
		k.servers.up.Store(true)
		p := k.Provider(k.target)
		if err := p.Await(t.Context(), time.Minute, 0, nil); err != nil || !k.told() {
			t.Fatalf("%v, or the operator was not told", err)
		}
		back := time.Now().Add(-time.Hour)
		if p.Ready(k.target, back) {
			t.Error("a server that answered an hour from now counts as there")
		}
		p.Begin(back)
		p.inFlight.Add(-1)
		if !k.told() {
			t.Error("the operator was not told of a request after the clock was set back")
		}
		if diff := cmp.Diff([]v1alpha1.Demand{{Provider: "ai/local", LastRequest: back.Unix()}}, k.Demands()); diff != "" {
			t.Errorf("demands (-want +got):\n%s", diff)
		}
	})
}

// TestDemandsNeverGoBack reads while a request ends that began long ago. The operator would stop the servers after it.
func TestDemandsNeverGoBack(t *testing.T) {
	k := newKit(t, v1alpha1.ActivationActive)
	p := k.Provider(k.target)
	for range 2000 {
		p.Begin(time.Now())
		p.last.Store(1)
		var reading, ending sync.WaitGroup
		stop := make(chan struct{})
		reading.Go(func() {
			for {
				if at := p.lastAsked(time.Now()); at == 1 {
					t.Error("the demand of a request that has just ended is that of its beginning")
					return
				}
				select {
				case <-stop:
					return
				default:
				}
			}
		})
		ending.Go(p.End)
		ending.Wait()
		close(stop)
		reading.Wait()
		if t.Failed() {
			return
		}
	}
}

func TestProvidersThatAlwaysRunAreReady(t *testing.T) {
	k := newKit(t, v1alpha1.ActivationScaledToZero)
	var none *Activator
	for what, p := range map[string]*Provider{
		"no activation": k.Provider(&snapshot.Target{Upstream: &snapshot.Upstream{Provider: "ai/cloud"}}),
		"no operator":   none.Provider(k.target),
	} {
		if p != nil || !p.Ready(k.target, time.Now()) {
			t.Errorf("%s: not ready", what)
		}
		p.Begin(time.Now())
		p.End()
	}
	if got := k.Demands(); got != nil {
		t.Errorf("demands of what always runs: %v", got)
	}
}
