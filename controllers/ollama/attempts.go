package ollama

import "time"

// attempts knows when what went wrong is tried again. One goroutine uses it.
type attempts struct {
	pace   Pace
	failed map[string]attempt
}

type attempt struct {
	wait time.Duration
	due  time.Time
}

func newAttempts(pace Pace) *attempts { return &attempts{pace: pace, failed: map[string]attempt{}} }

// due says whether something may be tried now.
func (a *attempts) due(what string) bool { return !time.Now().Before(a.failed[what].due) }

// fail notes that something went wrong. The wait doubles each time; it is the longest at once for what seldom mends by itself.
func (a *attempts) fail(what string, seldom bool) {
	wait := a.pace.Retry
	if last, again := a.failed[what]; again {
		wait = min(2*last.wait, a.pace.MaxRetry)
	}
	if seldom {
		wait = a.pace.MaxRetry
	}
	a.failed[what] = attempt{wait: wait, due: time.Now().Add(wait)}
}

// succeed forgets what went wrong before.
func (a *attempts) succeed(what string) { delete(a.failed, what) }

// pause is how long nothing is to be tried, and no longer than until the next look.
func (a *attempts) pause() time.Duration {
	pause := a.pace.Look
	for _, f := range a.failed {
		pause = min(pause, time.Until(f.due))
	}
	return max(pause, 0)
}
