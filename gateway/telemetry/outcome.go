package telemetry

// Outcome is how one attempt at a target ended.
type Outcome uint8

// Outcomes. Those up to OutcomeCut say something about the target, the others do not.
const (
	// OutcomeUnknown means that the target has not been tried.
	OutcomeUnknown Outcome = iota
	// OutcomeAnswered is a complete answer, an error that is the client's own included.
	OutcomeAnswered
	// OutcomeUnreachable is a target that could not be reached or closed the connection before it answered.
	OutcomeUnreachable
	// OutcomeNotAllowed is a target whose address must not be connected to.
	OutcomeNotAllowed
	// OutcomeTimeout is a target that was too slow.
	OutcomeTimeout
	// OutcomeRateLimited is a target that answered 429.
	OutcomeRateLimited
	// OutcomeServerError is a target that answered 5xx, or something that its protocol does not allow.
	OutcomeServerError
	// OutcomeCut is a target whose answer broke off after the client had received part of it.
	OutcomeCut
	// OutcomeClientGone is a client that went away before the answer was complete.
	OutcomeClientGone

	outcomes
)

// String is the value of LabelOutcome.
func (o Outcome) String() string {
	switch o {
	case OutcomeAnswered:
		return "answered"
	case OutcomeUnreachable:
		return "unreachable"
	case OutcomeNotAllowed:
		return "not_allowed"
	case OutcomeTimeout:
		return "timeout"
	case OutcomeRateLimited:
		return "rate_limited"
	case OutcomeServerError:
		return "server_error"
	case OutcomeCut:
		return "cut"
	case OutcomeClientGone:
		return "client_gone"
	}
	return "unknown"
}

// aboutTarget says whether the outcome tells something about the target rather than about the client.
func (o Outcome) aboutTarget() bool { return o != OutcomeUnknown && o <= OutcomeCut }
