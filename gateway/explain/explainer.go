package explain

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/fairlead-dev/fairlead/gateway/balance"
	"github.com/fairlead-dev/fairlead/gateway/budget"
	"github.com/fairlead-dev/fairlead/gateway/limit"
	"github.com/fairlead-dev/fairlead/gateway/policy"
	"github.com/fairlead-dev/fairlead/gateway/snapshot"
)

// Master names the master key in a Question.
const Master = "master"

// Errors of Explain.
var (
	// ErrKeyItself says that somebody wrote a key where its name belongs. It does not repeat it.
	ErrKeyItself = errors.New("expected the name of a key, as NAMESPACE/NAME or by its ID, and found a key; replace that key, it may have been logged")
	// ErrNoKey is wrapped where there is no such GatewayKey.
	ErrNoKey = errors.New("no such GatewayKey at this gateway")
	// ErrNoModel is wrapped where no alias serves the model.
	ErrNoModel = errors.New("no such model at this gateway")
)

// Limits tells what is left of rate limits, and takes nothing of them.
type Limits interface {
	Peek(ctx context.Context, claims []limit.Claim) []limit.State
}

// Budgets tells what of budgets is spent.
type Budgets interface {
	Peek(ctx context.Context, charges []budget.Charge) []budget.State
}

// Options of an Explainer. Each may be nil: then the Explanation says nothing about it.
type Options struct {
	Limits  Limits
	Budgets Budgets
}

// Explainer makes Explanations. It is safe for concurrent use.
type Explainer struct{ options Options }

// New returns an Explainer.
func New(o Options) *Explainer { return &Explainer{o} }

// Question is what is to be explained.
type Question struct {
	// Model as a client would name it.
	Model string
	// Key is a GatewayKey as namespace/name or by its key's ID; Master or empty for the master key.
	Key string
	// User that the request would be for; empty for the key's owner, if it has one.
	User string
	// Targets that the client would choose; empty where the strategy decides.
	Targets []string
	// Now is a reading of time.Now.
	Now time.Time
}

// Explain answers a question about s. The error wraps ErrKeyItself, ErrNoKey or ErrNoModel, or is a *fault.Error where the client
// would choose a target that there is not. That a request would be refused is no error.
func (x *Explainer) Explain(ctx context.Context, s *snapshot.Snapshot, q Question) (*Explanation, error) {
	caller, err := callerOf(s, &q)
	if err != nil {
		return nil, err
	}
	m, star := s.Resolve(q.Model)
	if m == nil {
		return nil, fmt.Errorf("%w: %q", ErrNoModel, q.Model)
	}
	candidates, err := balance.Explain(m, balance.Request{Now: q.Now, Chosen: q.Targets})
	if err != nil {
		return nil, err
	}
	e := &Explanation{
		Time: q.Now.UTC(), Snapshot: s.Digest, Model: q.Model, Alias: m.Namespace + "/" + m.Alias,
		Caller: whoIs(caller), Strategy: string(m.Strategy),
		Targets: targets(candidates, m, star, q.Now), Retries: retries(m), Cache: cached(m.Cache),
		Limits: x.limits(ctx, m, caller, candidates, q.Now), Budgets: x.budgets(ctx, s, caller),
	}
	if snapshot.Pattern(m.Name).Wild() {
		e.Pattern = m.Name
	}
	e.Verdict = e.judge(m, caller, q.Now)
	return e, nil
}

func callerOf(s *snapshot.Snapshot, q *Question) (*policy.Caller, error) {
	c := &policy.Caller{User: q.User}
	if q.Key == "" || q.Key == Master {
		c.Master = true
		return c, nil
	}
	if strings.HasPrefix(q.Key, "sk-") {
		return nil, ErrKeyItself
	}
	if c.Key = s.Keys.Find(q.Key); c.Key == nil {
		return nil, fmt.Errorf("%w: %q", ErrNoKey, q.Key)
	}
	if c.User == "" {
		c.User = c.Key.Owner
	}
	return c, nil
}

func whoIs(c *policy.Caller) Caller {
	who := Caller{Key: Master, KeyID: c.KeyID(), User: c.User}
	if c.Key == nil {
		return who
	}
	who.Key = c.Key.Namespace + "/" + c.Key.Name
	if !c.Key.Expires.IsZero() {
		expires := c.Key.Expires.UTC()
		who.Expires = &expires
	}
	return who
}

// judge goes through what could stop the request, in the order in which a request meets it.
func (e *Explanation) judge(m *snapshot.Model, c *policy.Caller, now time.Time) Verdict {
	if v := forbidden(m, c, e.Model, now); v.Status != 0 {
		return v
	}
	if v := e.usedUp(); v.Status != 0 {
		return v
	}
	if len(e.Targets) == 0 || e.Targets[0].Position == 0 {
		return Verdict{http.StatusServiceUnavailable, "no target can answer"}
	}
	first := &e.Targets[0]
	if first.Asleep {
		return Verdict{http.StatusOK, fmt.Sprintf("sent to '%s' as soon as one of its servers has started: %s at %s", first.Name, first.UpstreamModel, first.Provider)}
	}
	return Verdict{http.StatusOK, fmt.Sprintf("sent to '%s': %s at %s", first.Name, first.UpstreamModel, first.Provider)}
}

// forbidden says what keeps the caller from the model, if anything does.
func forbidden(m *snapshot.Model, c *policy.Caller, named string, now time.Time) Verdict {
	switch {
	case c.Key != nil && c.Key.Expired(now):
		return Verdict{http.StatusUnauthorized, "the key has expired"}
	case c.May(m, named):
		return Verdict{}
	case !c.Key.May(named):
		return Verdict{http.StatusNotFound, "the key's allowedModels do not hold the model; the client is told that there is no such model"}
	}
	return Verdict{http.StatusNotFound, "the alias's allowedKeys do not select the key; the client is told that there is no such model"}
}

// usedUp says which budget or limit stops the request, if one does.
func (e *Explanation) usedUp() Verdict {
	for i := range e.Budgets {
		if b := &e.Budgets[i]; b.Exceeded && b.Action == reject {
			return Verdict{http.StatusTooManyRequests, "the " + b.title() + " is spent"}
		}
	}
	for i := range e.Limits {
		if l := &e.Limits[i]; l.Remaining == 0 && l.Target == "" {
			return Verdict{http.StatusTooManyRequests, fmt.Sprintf("nothing is left of the limit '%s' of %s", l.Name, l.Kind)}
		}
	}
	return Verdict{}
}
