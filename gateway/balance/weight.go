package balance

import (
	"slices"

	"github.com/fairlead-dev/fairlead/gateway/snapshot"
)

// draw puts targets into the order in which their tickets are drawn, when each holds as many as its weight: the first is picked in
// proportion to the weights, and so is each further one among those that are left. Without chance the heaviest come first.
func draw(targets []*snapshot.Target, intn Intn) {
	if intn == nil {
		slices.SortStableFunc(targets, func(x, y *snapshot.Target) int { return y.Weight - x.Weight })
		return
	}
	total := weigh(targets)
	for rest := targets; len(rest) > 1; rest = rest[1:] {
		i := holder(rest, intn(total))
		rest[0], rest[i] = rest[i], rest[0]
		total -= rest[0].Weight
	}
}

// weigh is the sum of the weights.
func weigh(targets []*snapshot.Target) (total int) {
	for _, t := range targets {
		total += t.Weight
	}
	return total
}

// holder is the index of the target that holds a ticket.
func holder(targets []*snapshot.Target, ticket int) int {
	for i, t := range targets {
		if ticket -= t.Weight; ticket < 0 {
			return i
		}
	}
	return len(targets) - 1
}
