package load

import "time"

// State is what is known of an Endpoint at a moment, for people and metrics.
type State struct {
	// InFlight are the requests under way.
	InFlight int
	// FirstByte is how long the first byte took lately; 0 where that is not known.
	FirstByte time.Duration
	// Requests and Failures of the last 10 s.
	Requests, Failures int
	// FailuresInARow are those since the last success.
	FailuresInARow int
	// EjectedUntil and CoolingUntil are zero where it is neither.
	EjectedUntil, CoolingUntil time.Time
	// Down says that the active checks fail.
	Down bool
}

// State returns what is known.
func (e *Endpoint) State(now time.Time) State {
	if e == nil {
		return State{}
	}
	at := e.at(now)
	s := State{InFlight: e.InFlight(), FailuresInARow: int(e.inARow.Load()), Down: e.down.Load()}
	s.FirstByte, _ = e.latency.read(at)
	s.Requests, s.Failures = e.recent.sum(at)
	if out := e.out.Load(); out.covers(at) {
		s.EjectedUntil = now.Add(out.until - at)
	}
	if cooling := time.Duration(e.cooling.Load()); cooling > at {
		s.CoolingUntil = now.Add(cooling - at)
	}
	return s
}
