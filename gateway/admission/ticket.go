package admission

import (
	"context"
	"slices"
	"time"

	"github.com/fairlead-dev/fairlead/gateway/budget"
	"github.com/fairlead-dev/fairlead/gateway/chat"
	"github.com/fairlead-dev/fairlead/gateway/ledger"
	"github.com/fairlead-dev/fairlead/gateway/limit"
	"github.com/fairlead-dev/fairlead/gateway/money"
	"github.com/fairlead-dev/fairlead/gateway/snapshot"
)

// Ticket is a request that was admitted. It is used by the goroutine that serves the request. A nil one accounts for nothing.
type Ticket struct {
	// Warnings name the budgets that are spent and let calls pass all the same.
	Warnings []string

	desk    *Desk
	visit   *Visit
	event   ledger.Event
	charges []budget.Charge
	permit  *limit.Permit
	// target holds what the target at hand has reserved, which is asked again for each.
	target   *limit.Permit
	estimate int64
	// states are what was left of the limits when the request was closed.
	states []limit.State
	// booked says that the ledger has the event.
	booked, closed bool
}

// Report is how a request ended.
type Report struct {
	State  ledger.State
	Status int
	// Target that answered or was tried last; nil where none was. UpstreamModel is its name of the model.
	Target        *snapshot.Target
	UpstreamModel string
	Attempts      int
	Stream        bool
	CacheHit      bool
	Usage         chat.Usage
	// Estimated says that Usage is no more than a guess.
	Estimated bool
	FirstByte time.Time
	Now       time.Time
}

// Enter reserves at a target, and gives back what the target before, which did not answer, had reserved. The error is as Admit's.
func (t *Ticket) Enter(ctx context.Context, target *snapshot.Target) error {
	if t == nil || t.desk.options.Limits == nil || len(t.visit.Model.Limits) == 0 {
		return nil
	}
	t.target.Settle(0)
	t.target = nil
	var room [maxClaims]limit.Claim
	claims := limit.AppendTargetClaims(room[:0], t.visit.Model, target)
	if len(claims) == 0 {
		return nil
	}
	if t.estimate == 0 && counts(claims) {
		t.estimate = t.visit.Tokens()
	}
	var err error
	t.target, err = t.desk.options.Limits.Reserve(ctx, claims, t.estimate)
	return tooMany(err)
}

// Counts says that it matters to somebody how many tokens the answer takes: the ledger, and with it the budgets, or a limit.
func (t *Ticket) Counts() bool {
	if t == nil {
		return false
	}
	return t.booked || t.estimate > 0 || slices.ContainsFunc(t.visit.Model.Limits, func(l *snapshot.Limit) bool { return l.Tokens > 0 })
}

// Limited says that the request counts against limits of its key or its alias.
func (t *Ticket) Limited() bool { return t != nil && t.permit != nil }

// States are what is left of the limits, for headers. A request that has been closed holds nothing of them any more: then they are what
// was left before.
func (t *Ticket) States() []limit.State {
	switch {
	case t == nil:
		return nil
	case t.closed:
		return t.states
	}
	return t.permit.Remaining()
}

// Checkpoint writes down how far a long answer is, so that its tokens are known should the process die.
func (t *Ticket) Checkpoint(r *Report) {
	if t == nil || t.closed || !t.booked {
		return
	}
	t.fill(r)
	t.desk.options.Ledger.Checkpoint(&t.event)
}

// Close accounts for the request, before the client has the last byte of the answer. Only the first call counts.
func (t *Ticket) Close(r *Report) {
	if t == nil || t.closed {
		return
	}
	t.closed = true
	t.fill(r)
	// Before the ledger can have shipped it, else it would count twice.
	if b := t.desk.options.Budgets; b != nil {
		b.Spend(&t.event)
	}
	if t.booked {
		t.desk.options.Ledger.End(&t.event)
	}
	t.states = t.permit.Remaining()
	total := r.Usage.InputTokens + r.Usage.OutputTokens
	t.permit.Settle(total)
	t.target.Settle(total)
}

// Cost is what the request cost, once it has been closed.
func (t *Ticket) Cost() (cost money.USD, priced bool) {
	if t == nil {
		return 0, false
	}
	return t.event.Cost, t.event.Priced
}

// describe fills in what is known from the start.
func (t *Ticket) describe() {
	v, e := t.visit, &t.event
	e.RequestID, e.Start, e.Operation = v.RequestID, v.Start, v.Operation
	e.KeyID, e.User = v.Caller.KeyID(), v.Caller.User
	if k := v.Caller.Key; k != nil {
		e.Key = k.Namespace + "/" + k.Name
	}
	e.Model, e.Alias = v.Named, v.Model.Namespace+"/"+v.Model.Alias
	e.Budgets = budget.Subjects(t.charges)
}

// fill fills in what is known at the end.
func (t *Ticket) fill(r *Report) {
	e := &t.event
	e.State, e.Status, e.Attempts, e.Stream, e.CacheHit = r.State, r.Status, r.Attempts, r.Stream, r.CacheHit
	e.Usage, e.Estimated, e.UpstreamModel = r.Usage, r.Estimated, r.UpstreamModel
	if !r.FirstByte.IsZero() {
		e.FirstByte = r.FirstByte.Sub(e.Start)
	}
	e.Duration = r.Now.Sub(e.Start)
	if r.Target == nil {
		return
	}
	e.Target, e.Provider = r.Target.Name, r.Target.Upstream.Provider
	if p := &r.Target.Price; p.Known && !r.CacheHit && r.State != ledger.Failed {
		u := &r.Usage
		e.Priced, e.Cost = true, p.Cost(u.InputTokens, u.CachedInputTokens, u.CacheWriteTokens, u.OutputTokens)
	}
}
