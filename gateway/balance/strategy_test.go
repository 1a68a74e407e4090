package balance

import (
	"math"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/fairlead-dev/fairlead/api/v1alpha1"
	"github.com/fairlead-dev/fairlead/gateway/load"
	"github.com/fairlead-dev/fairlead/gateway/money"
	"github.com/fairlead-dev/fairlead/gateway/snapshot"
)

// field is a model under test with what its clients do.
type field struct {
	*snapshot.Model
	t      *testing.T
	now    time.Time
	random *rand.Rand
}

// newField makes a model of targets with weights, named a, b, c …
func newField(t *testing.T, s v1alpha1.Strategy, weights ...int) *field {
	t.Helper()
	f := &field{t: t, now: time.Now(), random: rand.New(rand.NewPCG(1, 2))}
	tier := make([]*snapshot.Target, len(weights))
	for i, w := range weights {
		tier[i] = target(string(rune('a'+i)), w)
		tier[i].Load = load.NewEndpoint(f.now)
	}
	f.Model = model(tier)
	f.Strategy, f.Turn = s, new(load.Turn)
	return f
}

func (f *field) target(i int) *snapshot.Target { return f.Tiers[0][i] }

// pick is the target that a request with this prefix goes to.
func (f *field) pick(prefix uint64) *snapshot.Target {
	f.t.Helper()
	var room [16]*snapshot.Target
	got, err := Order(room[:0], f.Model, &Request{Now: f.now, Intn: f.random.IntN, Prefix: prefix})
	if err != nil {
		f.t.Fatal(err)
	}
	if len(got) != len(f.Tiers[0]) {
		f.t.Fatalf("%v: want each target once", names(got))
	}
	return got[0]
}

// counts how often each target is picked.
func (f *field) count(n int) map[string]int {
	f.t.Helper()
	picked := map[string]int{}
	for range n {
		picked[f.pick(f.random.Uint64()).Name]++
	}
	return picked
}

// TestRoundRobin: of as many requests in a row as the weights in lowest terms add up to, each target gets exactly its weight,
// wherever the row begins.
func TestRoundRobin(t *testing.T) {
	cases := map[string]struct {
		weights []int
		cycle   int
	}{
		"Equal":    {[]int{1, 1, 1}, 3},
		"EqualBig": {[]int{50, 50}, 2},
		"Unequal":  {[]int{5, 1, 1}, 7},
		"Percent":  {[]int{70, 20, 10}, 10},
		"Primes":   {[]int{97, 3, 13}, 113},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			f := newField(t, v1alpha1.StrategyRoundRobin, c.weights...)
			unit := 0
			for _, w := range c.weights {
				unit = gcd(w, unit)
			}
			for range 10_000/c.cycle + 1 {
				got := f.count(c.cycle)
				for i, w := range c.weights {
					if name := f.target(i).Name; got[name] != w/unit {
						t.Fatalf("%v of %d turns for weights %v", got, c.cycle, c.weights)
					}
				}
				f.Turn.Next()
			}
		})
	}
}

// TestRoundRobinIsSmooth: a target with a third of the weight has every third turn, give or take one, and equals alternate.
func TestRoundRobinIsSmooth(t *testing.T) {
	f := newField(t, v1alpha1.StrategyRoundRobin, 2, 1)
	last := -1
	for i := range 10_000 {
		if f.pick(0).Name != "b" {
			continue
		}
		if gap := i - last; last >= 0 && (gap < 2 || gap > 4) {
			t.Fatalf("turns of b are %d apart", gap)
		}
		last = i
	}
	f = newField(t, v1alpha1.StrategyRoundRobin, 1, 1, 1)
	for i := range 10_000 {
		if got, want := f.pick(0).Name, string(rune('a'+i%3)); got != want {
			t.Fatalf("turn %d is that of %s, want %s", i, got, want)
		}
	}
}

// TestRoundRobinWithLargeWeights: what is off a target's share is at most 0.1 % of the requests, however the weights divide.
func TestRoundRobinWithLargeWeights(t *testing.T) {
	const n = 20_000
	f := newField(t, v1alpha1.StrategyRoundRobin, 999_983, 500_009, 250_007)
	got, total := f.count(n), weigh(f.Tiers[0])
	for _, tg := range f.Tiers[0] {
		want := float64(n) * float64(tg.Weight) / float64(total)
		if math.Abs(float64(got[tg.Name])-want) > n/1000 {
			t.Errorf("%s has %d turns, want %.0f ± %d", tg.Name, got[tg.Name], want, n/1000)
		}
	}
}

// TestLeastBusy: with requests that stay for ever, those under way follow the weights to within one request of each target.
func TestLeastBusy(t *testing.T) {
	const n = 10_000
	f := newField(t, v1alpha1.StrategyLeastBusy, 5, 3, 2)
	for i := range n {
		f.pick(0).Load.Begin()
		for _, tg := range f.Tiers[0] {
			want := float64(i+1) * float64(tg.Weight) / 10
			if got := float64(tg.Load.InFlight()); math.Abs(got-want) > float64(tg.Weight)+1 {
				t.Fatalf("after %d requests %s has %v, want %.1f", i+1, tg.Name, got, want)
			}
		}
	}
}

// TestLeastBusyCountsWhoWaits: a request that waits for a place keeps its target busy, too.
func TestLeastBusyCountsWhoWaits(t *testing.T) {
	f := newField(t, v1alpha1.StrategyLeastBusy, 1, 1)
	f.target(0).Gate = load.NewGate(1, 10)
	if err := f.target(0).Gate.Enter(t.Context(), time.Minute); err != nil {
		t.Fatal(err)
	}
	go func() { _ = f.target(0).Gate.Enter(t.Context(), time.Minute) }()
	for queued := 0; queued == 0; {
		_, queued = f.target(0).Gate.Occupied()
	}
	if got := f.count(10_000); got["a"] != 0 {
		t.Errorf("%v: a has a line, b does not", got)
	}
}

// TestLowestLatency: of three targets with equal weights the quickest is in two of three pairs, and wins both; the slowest wins none.
// The bound is five standard deviations.
func TestLowestLatency(t *testing.T) {
	const n = 30_000
	f := newField(t, v1alpha1.StrategyLowestLatency, 1, 1, 1)
	for i, took := range []time.Duration{3 * time.Second, time.Second, 2 * time.Second} {
		f.target(i).Load.FirstByte(f.now, took)
	}
	got := f.count(n)
	within(t, "the quickest", got["b"], n, 2./3)
	within(t, "the second", got["c"], n, 1./3)
	if got["a"] != 0 {
		t.Errorf("the slowest was picked %d times", got["a"])
	}
}

// TestLowestLatencyMindsTheLoad: requests that stay spread so that latency times load is about equal: of one that is twice as quick, two
// of three, within 1 %.
func TestLowestLatencyMindsTheLoad(t *testing.T) {
	const n = 10_000
	f := newField(t, v1alpha1.StrategyLowestLatency, 1, 1)
	f.target(0).Load.FirstByte(f.now, 100*time.Millisecond)
	f.target(1).Load.FirstByte(f.now, 200*time.Millisecond)
	for range n {
		f.pick(0).Load.Begin()
	}
	if got, want := f.target(0).Load.InFlight(), 2*n/3; got < want-n/100 || got > want+n/100 {
		t.Errorf("%d at the quicker one, want %d ± %d", got, want, n/100)
	}
}

// TestLowestLatencyTriesWhatItDoesNotKnow: one that is new, or was slow long ago, gets as many requests at a time as the others, and
// not all of them.
func TestLowestLatencyTriesWhatItDoesNotKnow(t *testing.T) {
	for name, prepare := range map[string]func(f *field){
		"New": func(*field) {},
		"SlowOnce": func(f *field) {
			f.target(1).Load.FirstByte(f.now, time.Minute)
			f.now = f.now.Add(5 * time.Minute)
		},
	} {
		t.Run(name, func(t *testing.T) {
			const n = 10_000
			f := newField(t, v1alpha1.StrategyLowestLatency, 1, 1)
			prepare(f)
			f.target(0).Load.FirstByte(f.now, 100*time.Millisecond)
			for range n {
				f.pick(0).Load.Begin()
			}
			if got := f.target(1).Load.InFlight(); got < n/2-n/100 || got > n/2+n/100 {
				t.Errorf("%d of %d at the unknown one, want half ± 1 %%", got, n)
			}
		})
	}
}

// TestLowestCost: the cheapest gets all; those that cost the same share by weight, within five standard deviations; one without a
// price costs nothing.
func TestLowestCost(t *testing.T) {
	const n = 10_000
	f := newField(t, v1alpha1.StrategyLowestCost, 1, 3, 1)
	price := func(input, output money.USD) snapshot.Price {
		return snapshot.Price{Known: true, Input: input, CachedInput: input, CacheWrite: input, Output: output}
	}
	const dollar = money.USD(1_000_000_000)
	// 1,000 tokens in and 500 out: 0.002, 0.002 and 0.0025 dollars.
	f.target(0).Price, f.target(1).Price, f.target(2).Price = price(dollar, 2*dollar), price(2*dollar, 0), price(2*dollar, dollar)
	got := f.count(n)
	within(t, "the lighter of two that cost the same", got["a"], n, .25)
	if got["c"] != 0 {
		t.Errorf("the dearest was picked %d times", got["c"])
	}
	f.target(2).Price = snapshot.Price{}
	if got := f.count(n); got["c"] != n {
		t.Errorf("%v: want all at the one without a price", got)
	}
}

// TestPrefixAffinity: conversations spread over targets by weight, within five standard deviations; each stays where it is; and a
// target that goes takes only its own with it.
func TestPrefixAffinity(t *testing.T) {
	const n = 20_000
	f := newField(t, v1alpha1.StrategyPrefixAffinity, 4, 3, 2, 1)
	home, counts := make([]string, n), map[string]int{}
	for i := range home {
		home[i] = f.pick(uint64(i + 1)).Name
		counts[home[i]]++
	}
	for _, tg := range f.Tiers[0] {
		within(t, tg.Name, counts[tg.Name], n, float64(tg.Weight)/10)
	}
	for i := range home {
		if got := f.pick(uint64(i + 1)).Name; got != home[i] {
			t.Fatalf("conversation %d went from %s to %s", i, home[i], got)
		}
	}
	f.target(1).Load.SetDown(true)
	for i := range home {
		if got := f.pick(uint64(i + 1)).Name; home[i] != "b" && got != home[i] {
			t.Fatalf("b is away, and conversation %d went from %s to %s", i, home[i], got)
		}
	}
}

// TestPrefixAffinityIsBounded: although all conversations begin alike, no target ever has more than 1.25 times its share of the requests
// under way, rounded up.
func TestPrefixAffinityIsBounded(t *testing.T) {
	f := newField(t, v1alpha1.StrategyPrefixAffinity, 2, 1, 1)
	for i := range 10_000 {
		f.pick(42).Load.Begin()
		for _, tg := range f.Tiers[0] {
			most := math.Ceil(bound * float64(i+1) * float64(tg.Weight) / 4)
			if got := float64(tg.Load.InFlight()); got > most {
				t.Fatalf("after %d requests %s has %v, want at most %v", i+1, tg.Name, got, most)
			}
		}
	}
}

// TestPrefixAffinityWithoutPrefix: what holds no conversation is drawn by weight.
func TestPrefixAffinityWithoutPrefix(t *testing.T) {
	const n = 10_000
	f := newField(t, v1alpha1.StrategyPrefixAffinity, 3, 1)
	picked := 0
	for range n {
		if f.pick(0).Name == "a" {
			picked++
		}
	}
	within(t, "a", picked, n, .75)
}
