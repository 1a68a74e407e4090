package ollama

import "time"

// Pace says how often things are done.
type Pace struct {
	// Retry is the first wait after a failure; it doubles up to MaxRetry.
	Retry, MaxRetry time.Duration
	// Look is how often a server that has everything is asked whether it still does.
	Look time.Duration
	// Report is the least time between two reports of progress, each of at least one percent.
	Report time.Duration
	// Stall is how long a pull may make no progress before it is begun anew, where it goes on. It is longer than the server
	// takes to verify the largest model, which it tells nothing of meanwhile.
	Stall time.Duration
	// Patrol is how often a registry is asked for other versions of a provider's models, 0 for never, and PatrolAgain how long after it could not be
	// asked. Both are lengthened at random by up to a tenth, as is the first wait, FirstPatrol, up to its double: an operator with many
	// providers does not ask for all at once.
	Patrol, PatrolAgain, FirstPatrol time.Duration
}

// DefaultPace is what the operator uses.
func DefaultPace() Pace {
	return Pace{
		Retry: 2 * time.Second, MaxRetry: 5 * time.Minute, Look: 30 * time.Second, Report: 5 * time.Second, Stall: time.Hour,
		Patrol: 6 * time.Hour, PatrolAgain: time.Hour, FirstPatrol: 5 * time.Minute,
	}
}
