package budget

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/go-logr/logr"
	"github.com/go-logr/logr/funcr"
	"github.com/prometheus/client_golang/prometheus"

	"github.com/fairlead-dev/fairlead/api/v1alpha1"
	"github.com/fairlead-dev/fairlead/gateway/ledger"
	"github.com/fairlead-dev/fairlead/gateway/money"
	"github.com/fairlead-dev/fairlead/gateway/snapshot"
)

const dollar = money.USD(1_000_000_000)

var errAway = errors.New("connection refused")

// database is what several replicas share.
type database struct {
	mu     sync.Mutex
	events []*ledger.Event
	// err is what queries end with, and delay how long they take; what they find is as old as their beginning.
	err     error
	delay   time.Duration
	queries [][]string
}

func (d *database) Spent(ctx context.Context, subjects []string, now time.Time) (map[string]map[v1alpha1.BudgetWindow]money.USD, error) {
	d.mu.Lock()
	d.queries = append(d.queries, slices.Sorted(slices.Values(subjects)))
	events, delay, err := slices.Clone(d.events), d.delay, d.err
	d.mu.Unlock()
	select {
	case <-time.After(delay):
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	if err != nil {
		return nil, err
	}
	said := map[string]map[v1alpha1.BudgetWindow]money.USD{}
	for _, e := range events {
		for _, s := range e.Budgets {
			if !slices.Contains(subjects, s) {
				continue
			}
			if said[s] == nil {
				said[s] = map[v1alpha1.BudgetWindow]money.USD{}
			}
			for _, w := range allWindows() {
				if dayOf(e.Start).first(w) == dayOf(now).first(w) {
					said[s][w] = money.Add(said[s][w], e.Cost)
				}
			}
		}
	}
	return said, nil
}

func (d *database) insert(events ...*ledger.Event) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.events = append(d.events, events...)
}

// become changes how queries end.
func (d *database) become(delay time.Duration, err error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.delay, d.err = delay, err
}

// asked returns the queries since it was last called.
func (d *database) asked() [][]string {
	d.mu.Lock()
	defer d.mu.Unlock()
	queries := d.queries
	d.queries = nil
	return queries
}

// event is a request that starts now and has cost so much.
func event(cost money.USD, subjects ...string) *ledger.Event {
	return &ledger.Event{Start: time.Now(), Cost: cost, Budgets: subjects}
}

// lines is what was logged.
type lines struct {
	mu  sync.Mutex
	all []string
}

func (l *lines) logger() logr.Logger {
	return funcr.New(func(_, args string) {
		l.mu.Lock()
		defer l.mu.Unlock()
		l.all = append(l.all, args)
	}, funcr.Options{})
}

func (l *lines) read() []string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return slices.Clone(l.all)
}

// bench is one replica in a bubble of its own time, which begins on Saturday, 2000-01-01.
type bench struct {
	*Budgets
	t        *testing.T
	registry *prometheus.Registry
	log      lines
}

func newBench(t *testing.T, source Source) *bench {
	t.Helper()
	b := &bench{t: t, registry: prometheus.NewRegistry()}
	b.Budgets = New(Options{Source: source, Log: b.log.logger(), Registerer: b.registry})
	return b
}

// run reads the database until the test ends.
func (b *bench) run() *bench {
	ctx, cancel := context.WithCancel(b.t.Context())
	ended := make(chan struct{})
	go func() {
		b.Run(ctx)
		close(ended)
	}()
	b.t.Cleanup(func() {
		cancel()
		<-ended
	})
	return b
}

// read reads the database once, for tests that do not run.
func (b *bench) read() {
	b.t.Helper()
	b.ask(b.t.Context(), b.active(time.Now()))
}

func charge(id string, limit money.USD, window v1alpha1.BudgetWindow) Charge {
	return Charge{Budget: &snapshot.Budget{ID: id, Name: id, Limit: limit, Window: window}, Subject: id}
}

// admits says whether a call may begin.
func (b *bench) admits(charges ...Charge) bool {
	b.t.Helper()
	_, err := b.Check(b.t.Context(), charges)
	if _, exceeded := errors.AsType[*ExceededError](err); err != nil && !exceeded {
		b.t.Fatalf("an error that is no *ExceededError: %v", err)
	}
	return err == nil
}

// spent is what the replica takes for spent.
func (b *bench) spent(c Charge) string {
	b.t.Helper()
	s := b.Peek(b.t.Context(), []Charge{c})[0]
	if !s.Known {
		return fmt.Sprintf("%s at least", s.Spent)
	}
	return s.Spent.String()
}

func (b *bench) expect(c Charge, want, why string) {
	b.t.Helper()
	if got := b.spent(c); got != want {
		b.t.Errorf("%s: spent %s, want %s", why, got, want)
	}
}

// pass lets time go by, and everybody finish what is due.
func pass(d time.Duration) {
	<-time.After(d)
	synctest.Wait()
}
