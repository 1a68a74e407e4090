package snapshot

import (
	"fmt"
	"time"

	"github.com/fairlead-dev/fairlead/api/v1alpha1"
	"github.com/fairlead-dev/fairlead/gateway/load"
)

// Built-in values of health, for providers whose operator wrote none.
const (
	builtInFailures = 5
	builtInPercent  = 50
	builtInEjectFor = 30 * time.Second
	builtInMaxEject = 5 * time.Minute
)

// loadKey is what an Endpoint is one for: a model at a provider. Where the model is a pattern, all that it stands for share one.
type loadKey struct{ provider, model string }

// endpoint returns what is known of a model at a provider: what the previous snapshot knows, or nothing yet. It is forgiven what it
// is blamed for where the provider's address or credential is another one than before.
func (b *builder) endpoint(u *upstreamState, model string) *load.Endpoint {
	if b.loads == nil {
		b.loads = loadsOf(b.prev)
	}
	key := loadKey{u.Provider, model}
	e, known := b.loads[key]
	switch {
	case !known:
		e = load.NewEndpoint(time.Now())
		b.loads[key] = e
	case u.renewed:
		e.Forgive()
	}
	return e
}

// loadsOf finds the endpoints of a snapshot. It is done only where a model is built, not at every change of the cluster. Many models
// have their endpoints in common most of the time: how many there are is not known before.
func loadsOf(s *Snapshot) map[loadKey]*load.Endpoint {
	loads := make(map[loadKey]*load.Endpoint)
	for _, t := range s.Targets() {
		loads[loadKey{t.Upstream.Provider, t.Model}] = t.Load
	}
	return loads
}

// keepLoad gives a model that is built anew what the alias has learned before: places at its targets, the retry budget, whose turn it
// is. A budget of another size begins anew.
func (b *builder) keepLoad(m *Model, r *v1alpha1.Route) {
	m.Retries, m.Turn = load.NewRetries(int(r.Retry.BudgetPercent), time.Now()), new(load.Turn)
	before := b.prev.Models[m.Name]
	if before != nil && (before.Namespace != m.Namespace || before.Alias != m.Alias) {
		before = nil
	}
	if before != nil {
		m.Turn = before.Turn
		if before.Retries.Percent() == m.Retries.Percent() {
			m.Retries = before.Retries
		}
	}
	for i := range r.Targets {
		t := &r.Targets[i]
		m.target(t.Name).Gate = gate(before.target(t.Name), t)
	}
}

// gate bounds the requests to a target. One that there was before keeps who is in it.
func gate(before *Target, t *v1alpha1.RouteTarget) *load.Gate {
	parallel, queued := int(t.MaxParallel), int(t.MaxQueued)
	if parallel <= 0 {
		return nil
	}
	if before == nil || before.Gate == nil {
		return load.NewGate(parallel, queued)
	}
	before.Gate.Resize(parallel, queued)
	return before.Gate
}

// target returns the target of that name, nil where there is none. A nil Model has none.
func (m *Model) target(name string) *Target {
	if m == nil {
		return nil
	}
	for _, tier := range m.Tiers {
		for _, t := range tier {
			if t.Name == name {
				return t
			}
		}
	}
	return nil
}

// newHealth reads when an upstream's models are passed over.
func newHealth(h *v1alpha1.EndpointHealth) (health load.Health, checkEvery time.Duration, err error) {
	health = load.Health{Consecutive: builtInFailures, Percent: builtInPercent, EjectFor: builtInEjectFor, MaxEjectFor: builtInMaxEject}
	if h == nil {
		return health, 0, nil
	}
	if h.ConsecutiveFailures < 0 || h.FailurePercent < 0 {
		return health, 0, fmt.Errorf("consecutiveFailures and failurePercent: expected 0 or more, found %d and %d", h.ConsecutiveFailures, h.FailurePercent)
	}
	health.Consecutive, health.Percent = int(h.ConsecutiveFailures), int(h.FailurePercent)
	if health.EjectFor, err = positive(h.EjectFor); err != nil {
		return health, 0, fmt.Errorf("ejectFor: %w", err)
	}
	if health.MaxEjectFor, err = positive(h.MaxEjectFor); err != nil {
		return health, 0, fmt.Errorf("maxEjectFor: %w", err)
	}
	if h.ActiveInterval != "" {
		if checkEvery, err = positive(h.ActiveInterval); err != nil {
			return health, 0, fmt.Errorf("activeInterval: %w", err)
		}
	}
	return health, checkEvery, nil
}
