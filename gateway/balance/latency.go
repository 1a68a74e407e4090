package balance

import (
	"time"

	"github.com/fairlead-dev/fairlead/gateway/snapshot"
)

// duel puts the quicker of the first two first, then the quicker of the other and the third second, and so on. The targets have
// been drawn at random before: two random choices spread requests nearly as well as knowing all, and do not send every request of
// every replica to the same target at the same moment.
// Source: M. Mitzenmacher, The Power of Two Choices in Randomized Load Balancing, 2001
func duel(targets []*snapshot.Target, now time.Time) {
	for i := 1; i < len(targets); i++ {
		if quicker(targets[i], targets[i-1], now) {
			targets[i], targets[i-1] = targets[i-1], targets[i]
		}
	}
}

// quicker compares how long a first byte is likely to take: what it took lately, times the requests that would then be under way.
// What is not known of a target, or not since a while, counts for no less than the other's, so that a target which is new, or was
// slow once, is tried with a few requests and not with all.
func quicker(x, y *snapshot.Target, now time.Time) bool {
	ofX, freshX := x.Load.Latency(now)
	ofY, freshY := y.Load.Latency(now)
	switch {
	case !freshX && freshY:
		ofX = max(ofX, ofY)
	case freshX && !freshY:
		ofY = max(ofY, ofX)
	case !freshX && !freshY:
		ofX, ofY = 1, 1
	}
	return float64(ofX)*float64(x.Load.InFlight()+1) < float64(ofY)*float64(y.Load.InFlight()+1)
}
