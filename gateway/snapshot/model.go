package snapshot

import (
	"errors"
	"fmt"
	"slices"
	"strings"
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
			if u.Upstream != t.Upstream || u.unavailable(t.Model) != t.Unavailable || u.activation != t.Activation || !slices.Equal(u.servers, t.Servers) {
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
	if !Pattern(r.Model).valid() {
		return nil, fmt.Errorf("route.model: expected a name with at most one * at its start or its end, found %q", r.Model)
	}
	tiers, err := b.tiers(r)
	if err != nil {
		return nil, err
	}
	m := &Model{
		Name:      string(r.Model),
		Namespace: a.Namespace,
		Alias:     a.Name,
		Revision:  r.Revision,
		Created:   a.Created,
		Tiers:     tiers,
		Attempts:  int(r.Retry.Attempts),
		RetryOn:   b.retryOn(r.Retry.RetryOn),
		route:     r,
	}
	if err := m.applyPolicy(r); err != nil {
		return nil, fmt.Errorf("route.%w", err)
	}
	b.keepLoad(m, r)
	m.digest = digestModel(m)
	return m, nil
}

// retryOn is the set of some conditions. Most aliases have the same: they share it.
func (b *builder) retryOn(conditions []v1alpha1.RetryCondition) map[v1alpha1.RetryCondition]bool {
	key := fmt.Sprint(conditions)
	if set, ok := b.retries[key]; ok {
		return set
	}
	set := make(map[v1alpha1.RetryCondition]bool, len(conditions))
	for _, condition := range conditions {
		set[condition] = true
	}
	if b.retries == nil {
		b.retries = map[string]map[v1alpha1.RetryCondition]bool{}
	}
	b.retries[key] = set
	return set
}

// applyPolicy reads what a route says about whom it serves and how.
func (m *Model) applyPolicy(r *v1alpha1.Route) (err error) {
	if m.Strategy, err = newStrategy(r.Strategy); err != nil {
		return fmt.Errorf("strategy: %w", err)
	}
	if m.Cache, err = newCache(r.Cache); err != nil {
		return fmt.Errorf("cache.%w", err)
	}
	if m.Limits, err = newLimits("alias/"+m.Namespace+"/"+m.Alias, r.RateLimits,
		v1alpha1.LimitPerKey, v1alpha1.LimitPerUser, v1alpha1.LimitPerAlias, v1alpha1.LimitPerTarget); err != nil {
		return err
	}
	if m.AllowedKeys, err = newSelector(r.AllowedKeys); err != nil {
		return fmt.Errorf("allowedKeys: %w", err)
	}
	return nil
}

// newStrategy refuses one that this gateway is too old to know.
func newStrategy(s v1alpha1.Strategy) (v1alpha1.Strategy, error) {
	switch s {
	case v1alpha1.StrategyWeighted, v1alpha1.StrategyRoundRobin, v1alpha1.StrategyLeastBusy, v1alpha1.StrategyLowestLatency,
		v1alpha1.StrategyLowestCost, v1alpha1.StrategyPrefixAffinity:
		return s, nil
	case "":
		return v1alpha1.StrategyWeighted, nil
	}
	return "", fmt.Errorf("expected one that this gateway knows, found %q", s)
}

// tiers groups the targets of a route by priority. Inside a tier they keep their order.
func (b *builder) tiers(r *v1alpha1.Route) ([][]*Target, error) {
	byPriority := slices.Clone(r.Targets)
	slices.SortStableFunc(byPriority, func(x, y v1alpha1.RouteTarget) int { return int(x.Priority) - int(y.Priority) })
	var tiers [][]*Target
	for i := range byPriority {
		t, err := b.target(&byPriority[i], Pattern(r.Model).Wild())
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

// target makes a target of an alias whose name is a pattern, or is not.
func (b *builder) target(t *v1alpha1.RouteTarget, wild bool) (*Target, error) {
	if t.Model == "" {
		return nil, errors.New("model: expected the provider's name of the model, found none")
	}
	if strings.Contains(string(t.Model), "*") && (!wild || !Pattern(t.Model).valid()) {
		return nil, fmt.Errorf("model: expected a name, or one with one * at its start or its end where that of the alias has one, found %q", t.Model)
	}
	if t.Weight < 0 {
		return nil, fmt.Errorf("weight: expected 0 or more, found %d", t.Weight)
	}
	timeouts, err := parseTimeouts(t.Timeouts)
	if err != nil {
		return nil, fmt.Errorf("timeouts.%w", err)
	}
	price, err := newPrice(t.Pricing)
	if err != nil {
		return nil, fmt.Errorf("pricing.%w", err)
	}
	u := b.upstream(t.Provider)
	return &Target{
		Name:        t.Name,
		Model:       string(t.Model),
		Weight:      int(t.Weight),
		Price:       price,
		Load:        b.endpoint(u, string(t.Model)),
		Unavailable: u.unavailable(string(t.Model)),
		Timeouts:    timeouts,
		Upstream:    u.Upstream,
		Servers:     u.servers,
		Activation:  u.activation,
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
		d, err := positive(f.text)
		if err != nil {
			return Timeouts{}, fmt.Errorf("%s: %w", f.name, err)
		}
		*f.to = d
	}
	return parsed, nil
}
