package balance

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/fairlead-dev/fairlead/api/v1alpha1"
	"github.com/fairlead-dev/fairlead/gateway/load"
	"github.com/fairlead-dev/fairlead/gateway/snapshot"
)

// told is what Explain says of one target.
type told struct {
	Name     string
	Position int
	Why      string
}

func tell(t *testing.T, m *snapshot.Model, r Request) []told {
	t.Helper()
	all, err := Explain(m, r)
	if err != nil {
		t.Fatal(err)
	}
	said := make([]told, 0, len(all))
	for _, c := range all {
		said = append(said, told{c.Name, c.Position, c.Why})
	}
	return said
}

func TestExplain(t *testing.T) {
	now := time.Date(2026, 11, 1, 12, 0, 0, 0, time.UTC)
	ejected, cooling := target("ejected", 1), target("cooling", 1)
	ejected.Load, cooling.Load = load.NewEndpoint(now), load.NewEndpoint(now)
	ejected.Load.Fail(now, load.Health{Consecutive: 1, EjectFor: time.Minute, MaxEjectFor: time.Hour})
	ejected.Load.SetDown(true)
	cooling.Load.Cool(now.Add(5 * time.Second))
	m := model([]*snapshot.Target{ejected, target("light", 10), target("heavy", 89), target("off", 0)}, []*snapshot.Target{cooling, down("gone", "no key")})

	want := []told{
		{"heavy", 1, "priority 1 of 2, weight 89 of 100"},
		{"light", 2, "priority 1 of 2, weight 10 of 100"},
		{"ejected", 3, "last resort: ejected until 2026-11-01T12:01:00Z, 1 failures in a row, its active check fails; priority 1 of 2, weight 1 of 100"},
		{"cooling", 4, "last resort: cooling down until 2026-11-01T12:00:05Z; priority 2 of 2, weight 1 of 2"},
		{"off", 0, "left out: its weight is 0"},
		{"gone", 0, "left out: no key"},
	}
	if diff := cmp.Diff(want, tell(t, m, Request{Now: now})); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	want = []told{
		{"light", 1, "chosen by the client"},
		{"ejected", 2, "last resort: ejected until 2026-11-01T12:01:00Z, 1 failures in a row, its active check fails; chosen by the client"},
		{"heavy", 0, "left out: the client did not choose it"},
		{"off", 0, "left out: its weight is 0"},
		{"cooling", 0, "left out: the client did not choose it"},
		{"gone", 0, "left out: no key"},
	}
	if diff := cmp.Diff(want, tell(t, m, Request{Now: now, Chosen: []string{"ejected", "light"}})); diff != "" {
		t.Errorf("chosen (-want +got):\n%s", diff)
	}
	if _, err := Explain(m, Request{Now: now, Chosen: []string{"nobody"}}); err == nil {
		t.Error("an unknown target is no error")
	}
	if diff := cmp.Diff([]told{{"gone", 0, "left out: no key"}}, tell(t, model([]*snapshot.Target{down("gone", "no key")}), Request{Now: now, Chosen: []string{"gone"}})); diff != "" {
		t.Errorf("none can answer (-want +got):\n%s", diff)
	}
}

func TestExplainStrategies(t *testing.T) {
	for strategy, want := range map[v1alpha1.Strategy]string{
		v1alpha1.StrategyWeighted:       "priority 1 of 1, weight 3 of 4",
		v1alpha1.StrategyRoundRobin:     "priority 1 of 1, weight 3 of 4",
		v1alpha1.StrategyLeastBusy:      "priority 1 of 1, 2 requests under way, 0 waiting, weight 3 of 4",
		v1alpha1.StrategyLowestLatency:  "priority 1 of 1, first byte lately: 120ms, 2 requests under way, weight 3 of 4",
		v1alpha1.StrategyLowestCost:     "priority 1 of 1, a usual request costs 0 USD",
		v1alpha1.StrategyPrefixAffinity: "priority 1 of 1, by how the conversation begins, 2 requests under way, weight 3 of 4",
	} {
		f := newField(t, strategy, 3, 1)
		a := f.target(0)
		a.Load.Begin()
		a.Load.Begin()
		a.Load.FirstByte(f.now, 120*time.Millisecond)
		for _, c := range tell(t, f.Model, Request{Now: f.now, Prefix: 1}) {
			if c.Name == "a" && c.Why != want {
				t.Errorf("%s: %q, want %q", strategy, c.Why, want)
			}
		}
		if f.Turn.Peek() != 0 {
			t.Errorf("%s: Explain took a turn", strategy)
		}
	}
}
