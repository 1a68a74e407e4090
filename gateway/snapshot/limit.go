package snapshot

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/fairlead-dev/fairlead/api/v1alpha1"
)

// Limit is one rate limit. It bounds each subject for itself: a key, a user, the alias, a target.
type Limit struct {
	// ID tells the limit from all others of the gateway, whatever objects they come from: `alias/team-a/chat/rpm`.
	ID string
	// Name is what its author calls it.
	Name string
	Per  v1alpha1.LimitPer
	// Requests and Tokens in each Window, Parallel at any time; 0 where there is no such bound.
	Requests, Tokens, Parallel int64
	Window                     time.Duration
}

// newLimits makes the limits of the object that owner names, each per one of pers.
func newLimits(owner string, limits []v1alpha1.RateLimit, pers ...v1alpha1.LimitPer) ([]*Limit, error) {
	var made []*Limit
	for i := range limits {
		l, err := newLimit(&limits[i], pers)
		if err != nil {
			return nil, fmt.Errorf("rateLimits[%s].%w", limits[i].Name, err)
		}
		l.ID = owner + "/" + l.Name
		made = append(made, l)
	}
	return made, nil
}

func newLimit(l *v1alpha1.RateLimit, pers []v1alpha1.LimitPer) (*Limit, error) {
	if !slices.Contains(pers, l.Per) {
		return nil, fmt.Errorf("per: expected one of %v, found %q", pers, l.Per)
	}
	if min(l.Requests, l.Tokens, l.Parallel) < 0 || max(l.Requests, l.Tokens, l.Parallel) == 0 {
		return nil, errors.New("requests: expected at least one of requests, tokens and parallel above 0 and none below, found others")
	}
	made := &Limit{Name: l.Name, Per: l.Per, Requests: l.Requests, Tokens: l.Tokens, Parallel: l.Parallel}
	if l.Requests == 0 && l.Tokens == 0 {
		return made, nil
	}
	window, err := positive(l.Window)
	if err != nil {
		return nil, fmt.Errorf("window: %w", err)
	}
	made.Window = window
	return made, nil
}

// positive reads a duration of more than 0.
func positive(text v1alpha1.Duration) (time.Duration, error) {
	d, err := time.ParseDuration(string(text))
	if err != nil || d <= 0 {
		return 0, fmt.Errorf("expected a time of more than 0 such as 60s, found %q", text)
	}
	return d, nil
}

func (d *digester) limits(limits []*Limit) {
	d.number(int64(len(limits)))
	for _, l := range limits {
		d.text(l.ID, string(l.Per))
		d.number(l.Requests, l.Tokens, l.Parallel, int64(l.Window))
	}
}
