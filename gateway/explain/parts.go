package explain

import (
	"context"
	"slices"
	"time"

	"github.com/fairlead-dev/fairlead/api/v1alpha1"
	"github.com/fairlead-dev/fairlead/gateway/balance"
	"github.com/fairlead-dev/fairlead/gateway/budget"
	"github.com/fairlead-dev/fairlead/gateway/limit"
	"github.com/fairlead-dev/fairlead/gateway/policy"
	"github.com/fairlead-dev/fairlead/gateway/snapshot"
)

const reject = string(v1alpha1.BudgetReject)

func targets(candidates []balance.Candidate, m *snapshot.Model, star string, now time.Time) []Target {
	all := make([]Target, len(candidates))
	for i := range candidates {
		c := &candidates[i]
		all[i] = Target{
			Name: c.Name, Provider: c.Upstream.Provider, UpstreamModel: c.ModelFor(star),
			Position: c.Position, Reached: reached(c, m), Why: c.Why, Priority: c.Tier + 1, Weight: c.Weight,
			UnderWay: c.State.InFlight, Parallel: c.Parallel, Queued: c.Queued, FirstByteMillis: c.State.FirstByte.Round(time.Millisecond).Milliseconds(),
			Requests: c.State.Requests, Failures: c.State.Failures, FailuresInARow: c.State.FailuresInARow,
			EjectedUntil: moment(c.State.EjectedUntil), CoolingUntil: moment(c.State.CoolingUntil), Down: c.State.Down,
			Asleep: c.Asleep(), Servers: servers(c.Servers, c.ModelFor(star), now),
			Price: priceOf(c), Timeouts: Timeouts{
				Request: c.Timeouts.Request.String(), FirstByte: c.Timeouts.FirstByte.String(), StreamIdle: c.Timeouts.StreamIdle.String(),
			},
		}
	}
	return all
}

// servers are in the order of their names; nil where there are none.
func servers(known []*snapshot.Server, model string, now time.Time) []Server {
	if len(known) == 0 {
		return nil
	}
	chosen := balance.Server(known, &balance.ServerRequest{Now: now, Model: model})
	all := make([]Server, len(known))
	for i, s := range known {
		state := s.Load.State(now)
		all[i] = Server{
			Name: s.Name, URL: s.URL.String(), UnderWay: state.InFlight, Chosen: s == chosen, Missing: !s.Has(model), AwayUntil: moment(state.EjectedUntil),
		}
	}
	return all
}

// reached says whether one request would get so far.
func reached(c *balance.Candidate, m *snapshot.Model) bool {
	return c.Position > 0 && c.Position <= 1+m.Attempts
}

// moment is nil for the zero time.
func moment(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	t = t.UTC()
	return &t
}

func priceOf(c *balance.Candidate) *Price {
	p := &c.Price
	if !p.Known {
		return nil
	}
	return &Price{
		Input: p.Input.String(), CachedInput: p.CachedInput.String(), CacheWrite: p.CacheWrite.String(), Output: p.Output.String(),
		Request: p.Request.String(), Usual: c.UsualCost.String(),
	}
}

func retries(m *snapshot.Model) Retries {
	r := Retries{Further: m.Attempts, On: []string{}}
	if m.Retries != nil {
		r.BudgetPercent = m.Retries.Percent()
	}
	for condition, on := range m.RetryOn {
		if on {
			r.On = append(r.On, string(condition))
		}
	}
	slices.Sort(r.On)
	return r
}

func cached(c *snapshot.Cache) *Cache {
	if c == nil {
		return nil
	}
	return &Cache{Scope: string(c.Scope), TTL: c.TTL.String(), MaxBytes: c.MaxBytes}
}

// limits are those that the request would meet before it is routed, then those of the targets that would be tried.
func (x *Explainer) limits(ctx context.Context, m *snapshot.Model, c *policy.Caller, candidates []balance.Candidate, now time.Time) []Limit {
	all := []Limit{}
	if x.options.Limits == nil {
		return all
	}
	all = appendLimits(all, "", x.options.Limits.Peek(ctx, limit.AppendClaims(nil, m, c)), now)
	for i := range candidates {
		if t := candidates[i].Target; reached(&candidates[i], m) {
			all = appendLimits(all, t.Name, x.options.Limits.Peek(ctx, limit.AppendTargetClaims(nil, m, t)), now)
		}
	}
	return all
}

func appendLimits(all []Limit, target string, states []limit.State, now time.Time) []Limit {
	for i := range states {
		s := &states[i]
		l := Limit{
			ID: s.Limit.ID, Name: s.Limit.Name, Per: string(s.Limit.Per), Target: target, Kind: s.Kind.String(), Max: s.Max, Remaining: s.Remaining,
		}
		if s.Kind != limit.Parallel {
			l.Window, l.Reset = s.Limit.Window.String(), moment(now.Add(s.Reset).Round(time.Second))
		}
		all = append(all, l)
	}
	return all
}

func (x *Explainer) budgets(ctx context.Context, s *snapshot.Snapshot, c *policy.Caller) []Budget {
	if x.options.Budgets == nil {
		return []Budget{}
	}
	states := x.options.Budgets.Peek(ctx, budget.ChargesOf(s, c))
	all := make([]Budget, len(states))
	for i := range states {
		st := &states[i]
		all[i] = Budget{
			Name: st.Budget.Name, Subject: st.Subject, Limit: st.Budget.Limit.String(), Spent: st.Spent.String(), Known: st.Known,
			Exceeded: st.Spent >= st.Budget.Limit, Action: reject, Window: string(st.Budget.Window), Until: st.Until.UTC(),
		}
		if st.Budget.Warn {
			all[i].Action = string(v1alpha1.BudgetWarn)
		}
	}
	return all
}
