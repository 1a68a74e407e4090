package compile

import (
	"cmp"
	"time"

	"github.com/fairlead-dev/fairlead/api/v1alpha1"
)

// Built-in values of Health.
const (
	defaultConsecutiveFailures = int32(5)
	defaultFailurePercent      = int32(50)
	defaultEjectFor            = v1alpha1.Duration("30s")
	defaultMaxEjectFor         = v1alpha1.Duration("5m")
	defaultActiveInterval      = v1alpha1.Duration("30s")
	// shortestActiveInterval keeps checks from being a load of their own.
	shortestActiveInterval = time.Second
)

// effectiveHealth says what h leaves out; nil where h is, which stands for the built-in values.
func effectiveHealth(h *v1alpha1.Health) *v1alpha1.EndpointHealth {
	if h == nil {
		return nil
	}
	e := &v1alpha1.EndpointHealth{
		ConsecutiveFailures: defaultConsecutiveFailures, FailurePercent: defaultFailurePercent,
		EjectFor: defaultEjectFor, MaxEjectFor: defaultMaxEjectFor,
	}
	if p := h.Passive; p != nil {
		e.ConsecutiveFailures = *cmp.Or(p.ConsecutiveFailures, &e.ConsecutiveFailures)
		e.FailurePercent = *cmp.Or(p.FailurePercent, &e.FailurePercent)
		e.EjectFor = cmp.Or(p.EjectFor, e.EjectFor)
		e.MaxEjectFor = cmp.Or(p.MaxEjectFor, longer(e.EjectFor, e.MaxEjectFor))
	}
	if h.Active != nil {
		e.ActiveInterval = cmp.Or(h.Active.Interval, defaultActiveInterval)
	}
	return e
}

// healthJudges finds times that the schema admits and that nothing can be judged by.
func healthJudges(p *v1alpha1.ModelProvider) *Problem {
	h := p.Spec.Health
	if h == nil {
		return nil
	}
	if problem := checkEjection(h.Passive); problem != nil || h.Active == nil {
		return problem
	}
	const path = "spec.health.active.interval"
	if problem := checkDuration(path, h.Active.Interval); problem != nil {
		return problem
	}
	if h.Active.Interval != "" && span(h.Active.Interval) < shortestActiveInterval {
		return invalid("%s is %q; it must be at least 1s.", path, h.Active.Interval)
	}
	return nil
}

func checkEjection(p *v1alpha1.PassiveHealth) *Problem {
	if p == nil {
		return nil
	}
	const path = "spec.health.passive."
	problem := cmp.Or(checkDuration(path+"ejectFor", p.EjectFor), checkDuration(path+"maxEjectFor", p.MaxEjectFor))
	if problem == nil && p.MaxEjectFor != "" && span(p.MaxEjectFor) < span(cmp.Or(p.EjectFor, defaultEjectFor)) {
		return invalid("%smaxEjectFor is %q, which is less than ejectFor, %q. Raise the one or lower the other.",
			path, p.MaxEjectFor, cmp.Or(p.EjectFor, defaultEjectFor))
	}
	return problem
}

// longer returns the longer of two durations.
func longer(a, b v1alpha1.Duration) v1alpha1.Duration {
	if span(a) > span(b) {
		return a
	}
	return b
}

// span reads a duration; one that cannot be read is none.
func span(d v1alpha1.Duration) time.Duration {
	v, err := time.ParseDuration(string(d))
	if err != nil {
		return 0
	}
	return v
}
