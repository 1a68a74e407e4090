// Package balance puts the targets of a model into the order in which one request tries them.
package balance

import (
	"time"

	"github.com/fairlead-dev/fairlead/api/v1alpha1"
	"github.com/fairlead-dev/fairlead/gateway/snapshot"
)

// Intn returns a random number in [0,n), like rand.IntN of math/rand/v2, which takes no lock.
type Intn func(n int) int

// Request is what the order depends on besides the model and what is known of its targets.
type Request struct {
	// Now is a reading of time.Now.
	Now time.Time
	// Intn draws. Where it is nil nothing is left to chance, and targets come in the likeliest order.
	Intn Intn
	// Prefix is a hash of how the conversation begins, for StrategyPrefixAffinity; 0 where that is not known.
	Prefix uint64
	// Chosen are the names of the targets that the client wants to be tried, in its order. Where there are none the model's strategy
	// decides.
	Chosen []string
}

// usualTargets is as many as a model has; what has room for them needs no heap.
const usualTargets = 16

// Order appends to dst the targets of m that can answer, in the order in which one request tries them: tier by tier, and inside a
// tier as the model's strategy says. A target with weight 0, or with a reason why it is unavailable, is left out. One that is
// ejected, cooling down or down by its active check comes after all others, as a last resort: where all of them are, they are
// tried as if none were.
//
// The error is an *UnavailableError where no target is left, and a *fault.Error where the client chose one that there is not. With
// room in dst for all targets nothing is allocated.
func Order(dst []*snapshot.Target, m *snapshot.Model, r *Request) ([]*snapshot.Target, error) {
	if len(r.Chosen) > 0 {
		return chosen(dst, m, r)
	}
	a := arrangement{strategy: m.Strategy, request: r}
	if a.strategy == v1alpha1.StrategyRoundRobin {
		a.turn = m.Turn.Next()
	}
	ordered := a.order(dst, m)
	if len(ordered) == len(dst) {
		return dst, unavailable(m.Name, m.Tiers...)
	}
	return ordered, nil
}

// arrangement is the making of one order.
type arrangement struct {
	strategy v1alpha1.Strategy
	request  *Request
	// turn is the number of the request among those of the model, where they take turns.
	turn uint64
}

// order appends the targets that can answer, those that are well before the others.
func (a *arrangement) order(dst []*snapshot.Target, m *snapshot.Model) []*snapshot.Target {
	var room [usualTargets]*snapshot.Target
	unwell := room[:0]
	for _, tier := range m.Tiers {
		fromWell, fromUnwell := len(dst), len(unwell)
		for _, t := range tier {
			switch {
			case !answers(t):
			case t.Load.Usable(a.request.Now):
				dst = append(dst, t)
			default:
				unwell = append(unwell, t)
			}
		}
		a.arrange(dst[fromWell:])
		a.arrange(unwell[fromUnwell:])
	}
	return append(dst, unwell...)
}

// answers says whether a target may be tried at all.
func answers(t *snapshot.Target) bool { return t.Weight > 0 && t.Unavailable == "" }

// arrange puts the targets of one tier into order.
func (a *arrangement) arrange(targets []*snapshot.Target) {
	if len(targets) < 2 {
		return
	}
	if a.strategy == v1alpha1.StrategyRoundRobin {
		inTurn(targets, a.turn)
		draw(targets[1:], a.request.Intn)
		return
	}
	draw(targets, a.request.Intn)
	switch a.strategy {
	case v1alpha1.StrategyLeastBusy:
		leastFirst(targets, busyness)
	case v1alpha1.StrategyLowestCost:
		leastFirst(targets, cost)
	case v1alpha1.StrategyLowestLatency:
		duel(targets, a.request.Now)
	case v1alpha1.StrategyPrefixAffinity:
		attract(targets, a.request.Prefix)
	}
}
