package ledger

import "time"

// throttle lets one of many lines of a log pass, and another after a while.
type throttle struct{ last time.Time }

const throttleInterval = time.Minute

func (t *throttle) pass(now time.Time) bool {
	if now.Sub(t.last) < throttleInterval {
		return false
	}
	t.last = now
	return true
}
