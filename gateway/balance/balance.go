// Package balance puts the targets of a model into the order in which one request tries them.
package balance

import (
	"fmt"
	"strings"

	"github.com/fairlead-dev/fairlead/gateway/snapshot"
)

// Intn returns a random number in [0,n), like rand.IntN of math/rand/v2, which takes no lock.
type Intn func(n int) int

// Order appends to dst the targets of m that can answer, in the order in which one request tries them: tier by tier, and inside
// a tier drawn by weight without putting back, so that the first is picked in proportion to the weights and so is each further
// one among those that are left. A target with weight 0, or with a reason why it is unavailable, is left out. Where that leaves
// none, the error is an *UnavailableError.
func Order(dst []*snapshot.Target, m *snapshot.Model, intn Intn) ([]*snapshot.Target, error) {
	from := len(dst)
	for _, tier := range m.Tiers {
		dst = appendTier(dst, tier, intn)
	}
	if len(dst) == from {
		return dst, unavailable(m)
	}
	return dst, nil
}

func appendTier(dst, tier []*snapshot.Target, intn Intn) []*snapshot.Target {
	from, total := len(dst), 0
	for _, t := range tier {
		if t.Weight > 0 && t.Unavailable == "" {
			dst = append(dst, t)
			total += t.Weight
		}
	}
	for rest := dst[from:]; len(rest) > 1; rest = rest[1:] {
		i := draw(rest, intn(total))
		rest[0], rest[i] = rest[i], rest[0]
		total -= rest[0].Weight
	}
	return dst
}

// draw is the index of the target that the ticket falls on, when each holds as many tickets as its weight.
func draw(targets []*snapshot.Target, ticket int) int {
	for i, t := range targets {
		if ticket -= t.Weight; ticket < 0 {
			return i
		}
	}
	return len(targets) - 1
}

// UnavailableError says that no target of a model can answer now, and why.
type UnavailableError struct {
	// Model is the name that the client used.
	Model string
	// Reasons has one entry for each target: its name and what is wrong with it.
	Reasons []string
}

func (e *UnavailableError) Error() string {
	return fmt.Sprintf("No target of the model '%s' can answer now: %s.", e.Model, strings.Join(e.Reasons, "; "))
}

func unavailable(m *snapshot.Model) error {
	e := &UnavailableError{Model: m.Name}
	for _, tier := range m.Tiers {
		for _, t := range tier {
			reason := t.Unavailable
			if reason == "" {
				reason = "its weight is 0"
			}
			e.Reasons = append(e.Reasons, t.Name+": "+reason)
		}
	}
	return e
}
