package budget

import (
	"context"
	"sync"
	"sync/atomic"
	"time"

	"github.com/go-logr/logr"
	"github.com/prometheus/client_golang/prometheus"

	"github.com/fairlead-dev/fairlead/api/v1alpha1"
	"github.com/fairlead-dev/fairlead/gateway/ledger"
	"github.com/fairlead-dev/fairlead/gateway/money"
	"github.com/fairlead-dev/fairlead/gateway/snapshot"
)

const (
	// firstWait is how long the first request of a subject may wait for the database.
	firstWait = 100 * time.Millisecond
	// pace is how often the database is asked about all subjects, and idle after how long a subject is no longer asked about.
	pace = time.Second
	idle = 10 * time.Minute
	// maxSubjects bounds the memory: some 20 MiB. Beyond it one is forgotten for each new one, and read again when it is asked for.
	maxSubjects = 1 << 16
	// usualCharges is as many as a call has; what has room for them needs no heap.
	usualCharges = 8
	// queryTimeout bounds how long one answer of the database is waited for in the background.
	queryTimeout = 2 * time.Second
)

// Source is the ledger's database.
type Source interface {
	// Spent returns what was spent in the windows that hold now, by subject and window. What is absent is 0. An event is in the
	// windows that hold its start, and in the answer where its transaction ended before the call.
	Spent(ctx context.Context, subjects []string, now time.Time) (map[string]map[v1alpha1.BudgetWindow]money.USD, error)
}

// Options of Budgets.
type Options struct {
	// Source says what was spent; where it is nil, only what this process spent counts.
	Source Source
	// Log gets one line for each subject and window whose budget is spent.
	Log logr.Logger
	// Registerer of the metrics.
	Registerer prometheus.Registerer
}

// Budgets knows what was spent. It is safe for concurrent use.
type Budgets struct {
	source   Source
	log      logr.Logger
	exceeded *prometheus.CounterVec
	// counters are those of exceeded by their labels: looking them up there costs more than counting does.
	counters sync.Map
	// subjects by name, each a *subject, and how many they are.
	subjects sync.Map
	count    atomic.Int64
	// fresh are the subjects that the database was not asked about yet. wake has an entry where there are any.
	mu    sync.Mutex
	fresh []*subject
	wake  chan struct{}
	// away says that the database did not answer when it was last asked. Nobody waits for it then.
	away atomic.Bool
}

// New returns Budgets. Run has to be called, once.
func New(o Options) *Budgets {
	b := &Budgets{source: o.Source, log: o.Log, wake: make(chan struct{}, 1)}
	b.exceeded = prometheus.NewCounterVec(prometheus.CounterOpts{
		Name: metricExceeded, Help: "Calls that met a budget that is spent, by what was done with them.",
	}, []string{labelBudget, labelAction})
	o.Registerer.MustRegister(b.exceeded)
	return b
}

// Check says whether a call may begin. The error is an *ExceededError where a budget that rejects is spent; warnings are the texts of
// those that are spent and only warn. It waits for the database no longer than 100 ms, and only for a subject that is new; what the
// database does not say counts as nothing.
func (b *Budgets) Check(ctx context.Context, charges []Charge) (warnings []string, err error) {
	if len(charges) == 0 {
		return nil, nil
	}
	now := time.Now()
	var room [usualCharges]*subject
	subjects := b.await(ctx, room[:0], charges, now)
	today := dayOf(now)
	for i, s := range subjects {
		c := &charges[i]
		spent := s.spent(c.Budget.Window, today)
		if spent < c.Budget.Limit {
			continue
		}
		e := &ExceededError{Budget: c.Budget, Subject: c.Subject, Spent: spent, Until: today.next(c.Budget.Window).time()}
		b.report(s, e, today)
		if !c.Budget.Warn {
			return warnings, e
		}
		warnings = append(warnings, e.Error())
	}
	return warnings, nil
}

// State is how much of a budget is spent.
type State struct {
	Budget *snapshot.Budget
	// Subject whose spend it is.
	Subject string
	Spent   money.USD
	// Until is when the next window begins.
	Until time.Time
	// Known says that the database was heard. Where it was not, Spent is what this replica spent.
	Known bool
}

// Peek returns how much of each charge's budget is spent. It waits as Check does and counts nothing.
func (b *Budgets) Peek(ctx context.Context, charges []Charge) []State {
	now := time.Now()
	today, states := dayOf(now), make([]State, len(charges))
	for i, s := range b.await(ctx, nil, charges, now) {
		c := &charges[i]
		states[i] = State{
			Budget: c.Budget, Subject: c.Subject, Spent: s.spent(c.Budget.Window, today),
			Until: today.next(c.Budget.Window).time(), Known: s.heard.Load() != nil,
		}
	}
	return states
}

// Spend adds the cost of a request that has ended, at once. It has to be called once for each event, before the ledger may ship it:
// what Committed was told of first would count twice until the window ends. Events that the ledger finds in its spool at the start
// belong here as well: while the database is away they are known nowhere else.
func (b *Budgets) Spend(e *ledger.Event) {
	if e.Cost <= 0 {
		return
	}
	now := time.Now()
	for _, name := range e.Budgets {
		b.subject(name, now).spend(dayOf(e.Start), e.Cost)
	}
}

// Committed notes that the database has the events. Until it has been read again after that, they count as this replica's own.
func (b *Budgets) Committed(events []*ledger.Event) {
	for _, e := range events {
		for _, name := range e.Budgets {
			if known, ok := b.subjects.Load(name); ok {
				known.(*subject).commit(dayOf(e.Start), e.Cost)
			}
		}
	}
}

func (b *Budgets) counter(budget, action string) prometheus.Counter {
	key := [2]string{budget, action}
	if c, ok := b.counters.Load(key); ok {
		return c.(prometheus.Counter)
	}
	c := b.exceeded.WithLabelValues(budget, action)
	b.counters.Store(key, c)
	return c
}
