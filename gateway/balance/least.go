package balance

import (
	"github.com/fairlead-dev/fairlead/gateway/money"
	"github.com/fairlead-dev/fairlead/gateway/snapshot"
)

// A usual request, which LowestCost compares prices by, in tokens.
const (
	usualInput  = 1000
	usualOutput = 500
)

// leastFirst sorts targets by a measure. Among equals the order stays.
func leastFirst(targets []*snapshot.Target, measure func(*snapshot.Target) float64) {
	var room [usualTargets]float64
	measures := room[:0]
	for i, t := range targets {
		m := measure(t)
		measures = append(measures, m)
		// What is measured changes all the time, so that each target is measured once.
		for ; i > 0 && measures[i-1] > m; i-- {
			targets[i], measures[i] = targets[i-1], measures[i-1]
		}
		targets[i], measures[i] = t, m
	}
}

// busyness is how many requests are under way, or wait, for each unit of weight.
func busyness(t *snapshot.Target) float64 {
	_, queued := t.Gate.Occupied()
	return float64(t.Load.InFlight()+queued) / float64(t.Weight)
}

// cost is the price of a usual request. A target without a price costs nothing.
func cost(t *snapshot.Target) float64 { return float64(usualCost(t)) }

func usualCost(t *snapshot.Target) money.USD { return t.Price.Cost(usualInput, 0, 0, usualOutput) }
