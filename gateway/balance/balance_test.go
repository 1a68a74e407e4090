package balance

import (
	"errors"
	"math"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/fairlead-dev/fairlead/api/v1alpha1"
	"github.com/fairlead-dev/fairlead/gateway/load"
	"github.com/fairlead-dev/fairlead/gateway/snapshot"
)

func target(name string, weight int) *snapshot.Target {
	return &snapshot.Target{Name: name, Weight: weight}
}

func down(name, why string) *snapshot.Target {
	return &snapshot.Target{Name: name, Weight: 1, Unavailable: why}
}

func model(tiers ...[]*snapshot.Target) *snapshot.Model {
	return &snapshot.Model{Name: "chat", Tiers: tiers}
}

func names(targets []*snapshot.Target) []string {
	out := make([]string, len(targets))
	for i, t := range targets {
		out[i] = t.Name
	}
	return out
}

// first always draws the first ticket.
func first(int) int { return 0 }

// last always draws the last ticket.
func last(n int) int { return n - 1 }

func TestOrder(t *testing.T) {
	type tier = []*snapshot.Target
	cases := map[string]struct {
		reason string
		model  *snapshot.Model
		intn   Intn
		want   []string
	}{
		"Single":          {"nothing to draw", model(tier{target("a", 1)}), nil, []string{"a"}},
		"TiersInOrder":    {"priority beats weight", model(tier{target("a", 1)}, tier{target("b", 99)}), first, []string{"a", "b"}},
		"FirstTicket":     {"a ticket falls on the first", model(tier{target("a", 1), target("b", 1), target("c", 1)}), first, []string{"a", "b", "c"}},
		"LastTicket":      {"a ticket falls on the last", model(tier{target("a", 1), target("b", 1), target("c", 1)}), last, []string{"c", "a", "b"}},
		"WeightZero":      {"0 takes a target out", model(tier{target("a", 0), target("b", 1)}), last, []string{"b"}},
		"Unavailable":     {"not asked for nothing", model(tier{down("a", "no key"), target("b", 1)}), last, []string{"b"}},
		"WholeTierIsDown": {"the next tier takes over", model(tier{down("a", "no key")}, tier{target("b", 1)}), last, []string{"b"}},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			got, err := Order(nil, c.model, &Request{Now: time.Now(), Intn: c.intn})
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(c.want, names(got)); diff != "" {
				t.Errorf("%s (-want +got):\n%s", c.reason, diff)
			}
		})
	}
}

func TestOrderSaysWhyNothingIsLeft(t *testing.T) {
	m := model([]*snapshot.Target{down("a", "no key"), target("b", 0)}, []*snapshot.Target{down("c", "pulling 53 %")})
	_, err := Order(nil, m, &Request{Now: time.Now(), Intn: last})
	ue, ok := errors.AsType[*UnavailableError](err)
	if !ok {
		t.Fatalf("got %v, want an *UnavailableError", err)
	}
	want := &UnavailableError{Model: "chat", Reasons: []string{"a: no key", "b: its weight is 0", "c: pulling 53 %"}}
	if diff := cmp.Diff(want, ue); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestOrderLeavesTheModelAlone(t *testing.T) {
	m := model([]*snapshot.Target{target("a", 1), target("b", 1), target("c", 1)})
	for range 50 {
		if _, err := Order(nil, m, &Request{Now: time.Now(), Intn: rand.IntN}); err != nil {
			t.Fatal(err)
		}
	}
	if diff := cmp.Diff([]string{"a", "b", "c"}, names(m.Tiers[0])); diff != "" {
		t.Errorf("the snapshot was changed (-want +got):\n%s", diff)
	}
}

// TestOrderFollowsTheWeights draws from a fixed seed and allows five standard deviations.
func TestOrderFollowsTheWeights(t *testing.T) {
	const n = 50_000
	m := model([]*snapshot.Target{target("a", 70), target("b", 20), target("c", 10), target("d", 0)})
	weights := map[string]float64{"a": .7, "b": .2, "c": .1}
	r := rand.New(rand.NewPCG(1, 2))
	firsts, secondsAfterA := map[string]int{}, map[string]int{}
	for range n {
		got, err := Order(nil, m, &Request{Now: time.Now(), Intn: r.IntN})
		if err != nil {
			t.Fatal(err)
		}
		if len(got) != 3 {
			t.Fatalf("got %v, want each target once", names(got))
		}
		firsts[got[0].Name]++
		if got[0].Name == "a" {
			secondsAfterA[got[1].Name]++
		}
	}
	for name, p := range weights {
		within(t, "first "+name, firsts[name], n, p)
	}
	within(t, "b after a", secondsAfterA["b"], firsts["a"], .2/.3)
	within(t, "c after a", secondsAfterA["c"], firsts["a"], .1/.3)
}

func within(t *testing.T, what string, got, n int, p float64) {
	t.Helper()
	want, sigma := float64(n)*p, math.Sqrt(float64(n)*p*(1-p))
	if math.Abs(float64(got)-want) > 5*sigma {
		t.Errorf("%s: %d of %d, want %.0f ± %.0f", what, got, n, want, 5*sigma)
	}
}

func TestUnwellTargetsComeLast(t *testing.T) {
	now := time.Now()
	unwell := func(name string) *snapshot.Target {
		tg := target(name, 1)
		tg.Load = load.NewEndpoint(now)
		tg.Load.SetDown(true)
		return tg
	}
	cooling := unwell("cooling")
	cooling.Load.SetDown(false)
	cooling.Load.Cool(now.Add(time.Second))
	type tier = []*snapshot.Target
	cases := map[string]struct {
		reason string
		model  *snapshot.Model
		want   []string
	}{
		"BehindItsTier":  {"others are well", model(tier{unwell("a"), target("b", 1)}), []string{"b", "a"}},
		"BehindAllTiers": {"a later tier is better than a last resort", model(tier{unwell("a")}, tier{target("b", 1)}, tier{cooling}), []string{"b", "a", "cooling"}},
		"All":            {"the last target is never taken away", model(tier{unwell("a")}, tier{cooling}), []string{"a", "cooling"}},
		"One":            {"nor is the only one", model(tier{cooling}), []string{"cooling"}},
	}
	for name, c := range cases {
		for _, strategy := range strategies() {
			c.model.Strategy = strategy
			got, err := Order(nil, c.model, &Request{Now: now, Intn: first, Prefix: 1})
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(c.want, names(got)); diff != "" {
				t.Errorf("%s, %s: %s (-want +got):\n%s", name, strategy, c.reason, diff)
			}
		}
	}
}

func strategies() []v1alpha1.Strategy {
	return []v1alpha1.Strategy{
		v1alpha1.StrategyWeighted, v1alpha1.StrategyRoundRobin, v1alpha1.StrategyLeastBusy, v1alpha1.StrategyLowestLatency,
		v1alpha1.StrategyLowestCost, v1alpha1.StrategyPrefixAffinity,
	}
}

// TestOrderAllocatesNothing with room for the targets, whatever the strategy.
func TestOrderAllocatesNothing(t *testing.T) {
	now := time.Now()
	tier := []*snapshot.Target{target("a", 1), target("b", 2), target("c", 3), target("d", 4)}
	for _, tg := range tier {
		tg.Load = load.NewEndpoint(now)
		tg.Load.FirstByte(now, time.Millisecond)
	}
	tier[3].Load.SetDown(true)
	m := model(tier)
	m.Turn = new(load.Turn)
	var room [16]*snapshot.Target
	r := Request{Now: now, Intn: rand.IntN, Prefix: 7}
	for _, strategy := range strategies() {
		m.Strategy = strategy
		if n := testing.AllocsPerRun(100, func() { _, _ = Order(room[:0], m, &r) }); n > 0 {
			t.Errorf("%s: %v allocations", strategy, n)
		}
	}
}

func BenchmarkOrder(b *testing.B) {
	now := time.Now()
	m := model([]*snapshot.Target{target("a", 70), target("b", 20), target("c", 10)})
	m.Turn = new(load.Turn)
	for _, t := range m.Tiers[0] {
		t.Load = load.NewEndpoint(now)
	}
	var room [16]*snapshot.Target
	r := Request{Now: now, Intn: rand.IntN, Prefix: 7}
	for _, strategy := range strategies() {
		b.Run(string(strategy), func(b *testing.B) {
			m.Strategy = strategy
			b.ReportAllocs()
			for b.Loop() {
				if _, err := Order(room[:0], m, &r); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
