package balance

import (
	"cmp"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/fairlead-dev/fairlead/api/v1alpha1"
	"github.com/fairlead-dev/fairlead/gateway/load"
	"github.com/fairlead-dev/fairlead/gateway/money"
	"github.com/fairlead-dev/fairlead/gateway/snapshot"
)

// Candidate is a target of a model, and what becomes of it when a request comes now.
type Candidate struct {
	*snapshot.Target
	// Tier that it is in, from 0.
	Tier int
	// Position in which it is tried, from 1; 0 where it is left out. A request stops after 1 + Model.Attempts of them.
	Position int
	// Why it comes there, or is left out, for a person.
	Why string
	// State is what is known of it.
	State load.State
	// Parallel are the requests of this alias that are under way where Target.Gate bounds them, and Queued those that wait.
	Parallel, Queued int
	// UsualCost is the price of a usual request: 1,000 tokens in, 500 out.
	UsualCost money.USD
}

// Explain says what Order would do: every target of m, those that are tried first and in their order. Where it would draw, the
// likeliest comes first, and nobody's turn is taken; r.Intn is not used. The error is a *fault.Error where the client chose a target
// that there is not; that none can answer is no error.
func Explain(m *snapshot.Model, r Request) ([]Candidate, error) {
	r.Intn = nil
	ordered, err := explained(m, &r)
	if err != nil {
		return nil, err
	}
	postponeAsleep(ordered, r.Now)
	var all []Candidate
	for i, tier := range m.Tiers {
		for _, t := range tier {
			c := Candidate{Target: t, Tier: i, Position: slices.Index(ordered, t) + 1, State: t.Load.State(r.Now), UsualCost: usualCost(t)}
			c.Parallel, c.Queued = t.Gate.Occupied()
			c.Why = c.why(m, tier, len(r.Chosen) > 0)
			all = append(all, c)
		}
	}
	slices.SortStableFunc(all, func(x, y Candidate) int { return cmp.Compare(x.rank(), y.rank()) })
	return all, nil
}

// explained is the order without an error where it is empty.
func explained(m *snapshot.Model, r *Request) ([]*snapshot.Target, error) {
	if len(r.Chosen) == 0 {
		a := arrangement{strategy: m.Strategy, request: r, turn: m.Turn.Peek()}
		return a.order(nil, m), nil
	}
	ordered, err := chosen(nil, m, r)
	if _, none := errors.AsType[*UnavailableError](err); none {
		return nil, nil
	}
	return ordered, err
}

// postponeAsleep does what requests do with targets whose servers sleep, going by the operator's word.
func postponeAsleep(ordered []*snapshot.Target, now time.Time) {
	well := slices.IndexFunc(ordered, func(t *snapshot.Target) bool { return !t.Load.Usable(now) })
	if well < 0 {
		well = len(ordered)
	}
	Postpone(ordered[:well], func(t *snapshot.Target) bool { return !t.Asleep() })
}

// rank puts those that are left out last.
func (c *Candidate) rank() int {
	if c.Position == 0 {
		return math.MaxInt
	}
	return c.Position
}

func (c *Candidate) why(m *snapshot.Model, tier []*snapshot.Target, byClient bool) string {
	if left := reason(c.Target); left != "" {
		return "left out: " + left
	}
	if c.Position == 0 {
		return "left out: the client did not choose it"
	}
	because := fmt.Sprintf("priority %d of %d, %s", c.Tier+1, len(m.Tiers), c.merit(m.Strategy, tier))
	if byClient {
		because = "chosen by the client"
	}
	if unwell := ailments(&c.State); unwell != "" {
		return "last resort: " + unwell + "; " + because
	}
	if c.Asleep() {
		return "its servers sleep: waited for only where no other target can answer now; " + because
	}
	return because
}

// merit is what the strategy sees in a target.
func (c *Candidate) merit(s v1alpha1.Strategy, tier []*snapshot.Target) string {
	weight := fmt.Sprintf("weight %d of %d", c.Weight, weigh(tier))
	switch s {
	case v1alpha1.StrategyLeastBusy:
		return fmt.Sprintf("%d requests under way, %d waiting, %s", c.State.InFlight, c.Queued, weight)
	case v1alpha1.StrategyLowestLatency:
		took := "not known"
		if c.State.FirstByte > 0 {
			took = c.State.FirstByte.Round(time.Millisecond).String()
		}
		return fmt.Sprintf("first byte lately: %s, %d requests under way, %s", took, c.State.InFlight, weight)
	case v1alpha1.StrategyLowestCost:
		return fmt.Sprintf("a usual request costs %s USD", c.UsualCost)
	case v1alpha1.StrategyPrefixAffinity:
		return fmt.Sprintf("by how the conversation begins, %d requests under way, %s", c.State.InFlight, weight)
	}
	return weight
}

// ailments is what keeps an endpoint from being tried in its place.
func ailments(s *load.State) string {
	var found []string
	if !s.EjectedUntil.IsZero() {
		found = append(found, fmt.Sprintf("ejected until %s, %d failures in a row", s.EjectedUntil.UTC().Format(time.RFC3339), s.FailuresInARow))
	}
	if !s.CoolingUntil.IsZero() {
		found = append(found, "cooling down until "+s.CoolingUntil.UTC().Format(time.RFC3339))
	}
	if s.Down {
		found = append(found, "its active check fails")
	}
	return strings.Join(found, ", ")
}
