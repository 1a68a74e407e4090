package balance

import (
	"fmt"
	"strings"

	"github.com/fairlead-dev/fairlead/gateway/snapshot"
)

// UnavailableError says that no target of a model can answer now, and why.
type UnavailableError struct {
	// Model is the name that the client used.
	Model string
	// Reasons has one entry for each target: its name and what is wrong with it.
	Reasons []string
}

func (e *UnavailableError) Error() string {
	return fmt.Sprintf("No target of the model '%s' can answer now: %s.", e.Model, strings.Join(e.Reasons, "; "))
}

func unavailable(model string, tiers ...[]*snapshot.Target) error {
	e := &UnavailableError{Model: model}
	for _, tier := range tiers {
		for _, t := range tier {
			e.Reasons = append(e.Reasons, t.Name+": "+reason(t))
		}
	}
	return e
}

// reason is why a target is left out; empty where it is not.
func reason(t *snapshot.Target) string {
	if t.Unavailable == "" && t.Weight == 0 {
		return "its weight is 0"
	}
	return t.Unavailable
}
