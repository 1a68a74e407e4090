package balance

import (
	"slices"

	"github.com/fairlead-dev/fairlead/gateway/snapshot"
)

// Postpone moves targets that are not ready behind those that are, so that nobody waits for a server to start while another target can
// answer. Otherwise the order stays. It returns the targets that were passed over because of that: they stood before the first that is
// ready, and would have got the request.
func Postpone(targets []*snapshot.Target, ready func(*snapshot.Target) bool) (passed []*snapshot.Target) {
	first := slices.IndexFunc(targets, ready)
	if first < 0 {
		return nil
	}
	slot := 0
	for i := first; i < len(targets); i++ {
		t := targets[i]
		if !ready(t) {
			continue
		}
		copy(targets[slot+1:i+1], targets[slot:i])
		targets[slot] = t
		slot++
	}
	return targets[slot : slot+first]
}
