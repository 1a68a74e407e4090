package admission

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"sync/atomic"
	"time"

	"github.com/fairlead-dev/fairlead/gateway/budget"
	"github.com/fairlead-dev/fairlead/gateway/fault"
	"github.com/fairlead-dev/fairlead/gateway/ledger"
	"github.com/fairlead-dev/fairlead/gateway/limit"
	"github.com/fairlead-dev/fairlead/gateway/policy"
	"github.com/fairlead-dev/fairlead/gateway/snapshot"
)

// codeLedgerFull is of a gateway that serves nothing which it cannot account for.
const codeLedgerFull = "usage_backlog_full"

// Options of a Desk. Each may be nil: then there is no such check.
type Options struct {
	Limits  *limit.Limiter
	Budgets *budget.Budgets
	Ledger  *ledger.Ledger
}

// Desk admits requests. It is safe for concurrent use; a nil one admits everything.
type Desk struct {
	options Options
	// idle says that nothing is accounted for.
	idle atomic.Bool
}

// New returns a Desk. It accounts for everything where it has a ledger.
func New(o Options) *Desk {
	d := &Desk{options: o}
	d.idle.Store(o.Ledger == nil)
	return d
}

// Account says whether the ledger is kept from now on. Requests under way end as they began.
func (d *Desk) Account(on bool) { d.idle.Store(!on || d.options.Ledger == nil) }

// Visit is a request that asks to be admitted.
type Visit struct {
	Snapshot *snapshot.Snapshot
	Caller   *policy.Caller
	Model    *snapshot.Model
	// Named is what the client called the model.
	Named     string
	Operation string
	RequestID string
	Start     time.Time
	// Tokens estimates what the request will take. It is asked only where a limit counts tokens.
	Tokens func() int64
}

// Accounts says whether the tokens of a model's answers count for anything.
func (d *Desk) Accounts() bool { return d != nil && !d.idle.Load() }

// Admit lets a request pass, or says in a *fault.Error why not: 429 for a budget or a limit, which is a
// *limit.ExceededError as well, 503 where nothing can be accounted for.
// The ticket must be closed when the request is over; it may be nil where nothing is accounted for.
func (d *Desk) Admit(ctx context.Context, v *Visit) (*Ticket, error) {
	if d == nil {
		return nil, nil
	}
	t := &Ticket{desk: d, visit: v}
	if err := t.budgets(ctx); err != nil {
		return nil, err
	}
	if err := t.limits(ctx); err != nil {
		return nil, err
	}
	if err := t.open(); err != nil {
		t.permit.Settle(0)
		return nil, err
	}
	return t, nil
}

// Record accounts for a request that no upstream sees: it was answered from the cache, and counts against nothing.
func (d *Desk) Record(v *Visit, r *Report) {
	if !d.Accounts() {
		return
	}
	t := &Ticket{desk: d, visit: v}
	t.describe()
	if d.options.Ledger.Begin(&t.event) == nil {
		t.fill(r)
		d.options.Ledger.End(&t.event)
	}
}

// budgets are looked at first: a limit would reserve.
func (t *Ticket) budgets(ctx context.Context) error {
	b := t.desk.options.Budgets
	if b == nil {
		return nil
	}
	t.charges = budget.ChargesOf(t.visit.Snapshot, t.visit.Caller)
	if len(t.charges) == 0 {
		return nil
	}
	var err error
	t.Warnings, err = b.Check(ctx, t.charges)
	if x, spent := errors.AsType[*budget.ExceededError](err); spent {
		return &fault.Error{
			Status: http.StatusTooManyRequests, Code: fault.CodeQuota, Message: x.Error(), RetryAfter: time.Until(x.Until),
		}
	}
	return err
}

// limits reserves what the request will take.
func (t *Ticket) limits(ctx context.Context) error {
	if t.desk.options.Limits == nil {
		return nil
	}
	var room [maxClaims]limit.Claim
	claims := limit.AppendClaims(room[:0], t.visit.Model, t.visit.Caller)
	if len(claims) == 0 {
		return nil
	}
	if counts(claims) {
		t.estimate = t.visit.Tokens()
	}
	var err error
	t.permit, err = t.desk.options.Limits.Reserve(ctx, claims, t.estimate)
	return tooMany(err)
}

// refusal is the answer to a request that a limit does not let pass, and the limit.
type refusal struct {
	answer   *fault.Error
	exceeded *limit.ExceededError
}

func (r *refusal) Error() string { return r.answer.Error() }

// Unwrap returns the answer and the limit.
func (r *refusal) Unwrap() []error { return []error{r.answer, r.exceeded} }

// tooMany is the answer to a request that a limit does not let pass.
func tooMany(err error) error {
	if x, exceeded := errors.AsType[*limit.ExceededError](err); exceeded {
		return &refusal{answer: fault.RateLimited(x.RetryAfter, x.Error()), exceeded: x}
	}
	if err != nil {
		return fmt.Errorf("reserving: %w", err)
	}
	return nil
}

// open writes down that the request was admitted.
func (t *Ticket) open() error {
	t.describe()
	if !t.desk.Accounts() {
		return nil
	}
	t.booked = true
	if err := t.desk.options.Ledger.Begin(&t.event); err != nil {
		return &fault.Error{
			Status: http.StatusServiceUnavailable, Code: codeLedgerFull, RetryAfter: fullFor,
			Message: "The gateway cannot account for more requests at the moment, and is told to serve none that it cannot account for.",
		}
	}
	return nil
}

// fullFor is when asking again may help, once the database takes what waits.
const fullFor = 5 * time.Second
