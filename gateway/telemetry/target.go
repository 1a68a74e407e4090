package telemetry

import (
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// targetKey is what the series of one target depend on.
type targetKey struct{ model, target, provider string }

// Target records how the attempts at one target of one model end.
type Target struct {
	attempts [outcomes]prometheus.Counter
	last     atomic.Uint32
	at       atomic.Int64
}

// Target returns the record of a target. It is the same one for the same names.
func (m *Metrics) Target(model, target, provider string) *Target {
	key := targetKey{model, target, provider}
	if t, ok := m.targets.Load(key); ok {
		return t.(*Target)
	}
	t := &Target{}
	for o := OutcomeAnswered; o < outcomes; o++ {
		t.attempts[o] = m.attempts.WithLabelValues(model, target, provider, o.String())
	}
	kept, _ := m.targets.LoadOrStore(key, t)
	return kept.(*Target)
}

// Last is what Target's Last would say, for a target that may never have been tried: asking makes no series.
func (m *Metrics) Last(model, target, provider string) (Outcome, time.Time) {
	if t, ok := m.targets.Load(targetKey{model, target, provider}); ok {
		return t.(*Target).Last()
	}
	return OutcomeUnknown, time.Time{}
}

// Record counts one attempt that ended with o at the time given.
func (t *Target) Record(o Outcome, at time.Time) {
	t.attempts[o].Inc()
	if o.aboutTarget() {
		t.last.Store(uint32(o))
		t.at.Store(at.UnixNano())
	}
}

// Last is the latest outcome that says something about the target, and when that was; OutcomeUnknown where there is none.
func (t *Target) Last() (Outcome, time.Time) {
	o := Outcome(t.last.Load())
	if o == OutcomeUnknown {
		return o, time.Time{}
	}
	return o, time.Unix(0, t.at.Load())
}
