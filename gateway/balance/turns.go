package balance

import "github.com/fairlead-dev/fairlead/gateway/snapshot"

// golden is 1/φ. Steps of that part of a circle spread over it as evenly as steps can.
const golden = 0.6180339887498949

// inTurn puts the target first whose turn it is. Of as many turns in a row as the weights, reduced to their lowest terms, add up to,
// each target has exactly its weight, and its turns are spread over them: the ticket of a turn is a fixed step away from that of
// the turn before, and the step has no divisor in common with the number of tickets, so that each is drawn once. Targets of equal
// weights come one after the other.
//
// The number of the turn is all the state there is, so that no lock is needed, and a target that comes or goes leaves nothing to be
// made up for.
func inTurn(targets []*snapshot.Target, turn uint64) {
	unit := 0
	for _, t := range targets {
		unit = gcd(t.Weight, unit)
	}
	tickets := weigh(targets) / unit
	ticket := int(turn % uint64(tickets) * uint64(step(tickets, len(targets))) % uint64(tickets))
	i := holder(targets, ticket*unit)
	first := targets[i]
	copy(targets[1:], targets[:i])
	targets[0] = first
}

// step is how far the next ticket is from the last.
func step(tickets, targets int) int {
	if tickets == targets {
		return 1
	}
	s := max(int(float64(tickets)*golden), 1)
	for gcd(s, tickets) != 1 {
		s++
	}
	return s
}

func gcd(a, b int) int {
	for b != 0 {
		a, b = b, a%b
	}
	return a
}
