package snapshot

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/fairlead-dev/fairlead/api/v1alpha1"
)

// errNameTaken tells the author of an alias no more than that it is not the first: the other may be in a namespace that the
// author cannot see.
var errNameTaken = errors.New("expected a model name of its own at this gateway, found one that an older alias serves")

// buildModels returns the models of gateway by name. Of two aliases for one name the older is served.
func (b *builder) buildModels(gateway string, aliases []Alias) map[string]*Model {
	models := make(map[string]*Model, len(aliases))
	for i := range aliases {
		a := &aliases[i]
		if a.Route == nil || a.Route.Gateway != gateway {
			continue
		}
		m, err := b.model(a)
		if err != nil {
			b.refuse(v1alpha1.KindModelAlias, a.Namespace, a.Name, a.Route.Revision, err)
			continue
		}
		if other, taken := models[m.Name]; taken {
			loser := m
			if m.before(other) {
				loser, models[m.Name] = other, m
			}
			b.refuse(v1alpha1.KindModelAlias, loser.Namespace, loser.Alias, loser.route.Revision, errNameTaken)
			continue
		}
		models[m.Name] = m
	}
	return models
}

// before says whether m has the older right to its name.
func (m *Model) before(other *Model) bool {
	if !m.Created.Equal(other.Created) {
		return m.Created.Before(other.Created)
	}
	if m.Namespace != other.Namespace {
		return m.Namespace < other.Namespace
	}
	return m.Alias < other.Alias
}

// model returns the previous snapshot's model of an alias where nothing that it depends on has changed, and builds it otherwise.
func (b *builder) model(a *Alias) (*Model, error) {
	if m := b.prev.Models[string(a.Route.Model)]; m != nil && b.holds(m, a) {
		return m, nil
	}
	return b.newModel(a)
}

func (b *builder) holds(m *Model, a *Alias) bool {
	if m.route != a.Route || m.Alias != a.Name || m.Namespace != a.Namespace || !m.Created.Equal(a.Created) {
		return false
	}
	for _, tier := range m.Tiers {
		for _, t := range tier {
			u := b.upstream(t.Upstream.Provider)
			if u.Upstream != t.Upstream || u.unavailable(t.Model) != t.Unavailable {
				return false
			}
		}
	}
	return true
}

func (b *builder) newModel(a *Alias) (*Model, error) {
	r := a.Route
	if r.Model == "" {
		return nil, errors.New("route.model: expected the name that clients use, found none")
	}
	if len(r.Targets) == 0 {
		return nil, errors.New("route.targets: expected at least one target, found none")
	}
	if r.Retry.Attempts < 0 {
		return nil, fmt.Errorf("route.retry.attempts: expected 0 or more, found %d", r.Retry.Attempts)
	}
	tiers, err := b.tiers(r.Targets)
	if err != nil {
		return nil, err
	}
	m := &Model{
		Name:      string(r.Model),
		Namespace: a.Namespace,
		Alias:     a.Name,
		Created:   a.Created,
		Tiers:     tiers,
		Attempts:  int(r.Retry.Attempts),
		RetryOn:   make(map[v1alpha1.RetryCondition]bool, len(r.Retry.RetryOn)),
		route:     r,
	}
	for _, condition := range r.Retry.RetryOn {
		m.RetryOn[condition] = true
	}
	m.digest = digestModel(m)
	return m, nil
}

// tiers groups targets by priority. Inside a tier they keep their order.
func (b *builder) tiers(targets []v1alpha1.RouteTarget) ([][]*Target, error) {
	byPriority := slices.Clone(targets)
	slices.SortStableFunc(byPriority, func(x, y v1alpha1.RouteTarget) int { return int(x.Priority) - int(y.Priority) })
	var tiers [][]*Target
	for i := range byPriority {
		t, err := b.target(&byPriority[i])
		if err != nil {
			return nil, fmt.Errorf("route.targets[%s].%w", byPriority[i].Name, err)
		}
		if i == 0 || byPriority[i].Priority != byPriority[i-1].Priority {
			tiers = append(tiers, nil)
		}
		last := len(tiers) - 1
		tiers[last] = append(tiers[last], t)
	}
	return tiers, nil
}

func (b *builder) target(t *v1alpha1.RouteTarget) (*Target, error) {
	if t.Model == "" {
		return nil, errors.New("model: expected the provider's name of the model, found none")
	}
	if t.Weight < 0 {
		return nil, fmt.Errorf("weight: expected 0 or more, found %d", t.Weight)
	}
	timeouts, err := parseTimeouts(t.Timeouts)
	if err != nil {
		return nil, fmt.Errorf("timeouts.%w", err)
	}
	u := b.upstream(t.Provider)
	return &Target{
		Name:        t.Name,
		Model:       string(t.Model),
		Weight:      int(t.Weight),
		Unavailable: u.unavailable(string(t.Model)),
		Timeouts:    timeouts,
		Upstream:    u.Upstream,
	}, nil
}

func parseTimeouts(t v1alpha1.Timeouts) (Timeouts, error) {
	var parsed Timeouts
	for _, f := range []struct {
		name string
		text v1alpha1.Duration
		to   *time.Duration
	}{
		{"request", t.Request, &parsed.Request},
		{"firstByte", t.FirstByte, &parsed.FirstByte},
		{"streamIdle", t.StreamIdle, &parsed.StreamIdle},
	} {
		d, err := time.ParseDuration(string(f.text))
		if err != nil || d <= 0 {
			return Timeouts{}, fmt.Errorf("%s: expected a time of more than 0 such as 60s, found %q", f.name, f.text)
		}
		*f.to = d
	}
	return parsed, nil
}
