package limit

import (
	"fmt"
	"strings"
	"time"

	"github.com/fairlead-dev/fairlead/api/v1alpha1"
	"github.com/fairlead-dev/fairlead/gateway/snapshot"
)

// ExceededError says that a request is not admitted. Its text is fit for a client.
type ExceededError struct {
	Limit *snapshot.Limit
	Kind  Kind
	// Max is what the limit allows of the kind.
	Max int64
	// RetryAfter is when to try again: when the window ends, or after a second where too many requests are under way.
	RetryAfter time.Duration
}

func (e *ExceededError) Error() string {
	what := fmt.Sprintf("%d %s in %s", e.Max, e.Kind, brief(e.Limit.Window))
	if e.Kind == Parallel {
		what = fmt.Sprintf("%d requests at the same time", e.Max)
	}
	seconds := max((e.RetryAfter+time.Second-1)/time.Second, 1)
	return fmt.Sprintf("Limit '%s' of the %s: %s. Try again in %d s.", e.Limit.Name, owner(e.Limit.Per), what, seconds)
}

// State is that of the limit: nothing of it is left.
func (e *ExceededError) State() State {
	s := State{Limit: e.Limit, Kind: e.Kind, Max: e.Max, Reset: e.RetryAfter}
	if e.Kind == Parallel {
		s.Reset = 0
	}
	return s
}

// owner is what the limit counts apart, as a client knows it.
func owner(per v1alpha1.LimitPer) string {
	switch per {
	case v1alpha1.LimitPerUser:
		return "user"
	case v1alpha1.LimitPerAlias:
		return "model"
	case v1alpha1.LimitPerTarget:
		return "target"
	}
	return "key"
}

// brief writes a duration without parts that are zero: 1m, 1h30m.
func brief(d time.Duration) string {
	s := d.String()
	if strings.HasSuffix(s, "m0s") {
		s = strings.TrimSuffix(s, "0s")
	}
	if strings.HasSuffix(s, "h0m") {
		s = strings.TrimSuffix(s, "0m")
	}
	return s
}

// worse is the one of two refusals that lasts longer. Either may be nil.
func worse(a, b *ExceededError) *ExceededError {
	if a == nil || b != nil && b.RetryAfter > a.RetryAfter {
		return b
	}
	return a
}
