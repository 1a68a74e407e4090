package budget_test

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/go-logr/logr"
	"github.com/prometheus/client_golang/prometheus"

	"github.com/fairlead-dev/fairlead/api/stores"
	"github.com/fairlead-dev/fairlead/api/v1alpha1"
	"github.com/fairlead-dev/fairlead/gateway/budget"
	"github.com/fairlead-dev/fairlead/gateway/internal/storetest"
	"github.com/fairlead-dev/fairlead/gateway/ledger"
	"github.com/fairlead-dev/fairlead/gateway/ledger/postgres"
	"github.com/fairlead-dev/fairlead/gateway/money"
	"github.com/fairlead-dev/fairlead/gateway/snapshot"
)

// patience is how long a test waits for what it knows to come.
const patience = 20 * time.Second

// replica is a gateway's ledger and budgets, with a database that it shares with others.
type replica struct {
	*budget.Budgets
	ledger *ledger.Ledger
	store  *postgres.Store
}

func newReplica(t *testing.T, uri string) *replica {
	t.Helper()
	store, err := postgres.New(t.Context(), postgres.Options{Address: stores.Address{URI: uri}, Gateway: "ai/main", Replica: "main-0"})
	if err != nil {
		t.Fatal(err)
	}
	r := &replica{store: store}
	r.Budgets = budget.New(budget.Options{Source: store, Log: logr.Discard(), Registerer: prometheus.NewRegistry()})
	r.ledger, err = ledger.Open(ledger.Options{Dir: t.TempDir(), Store: store, Committed: r.Committed, Log: logr.Discard()})
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	var running sync.WaitGroup
	running.Go(func() { r.Run(ctx) })
	running.Go(func() { _ = r.ledger.Run(ctx) })
	t.Cleanup(func() {
		stop()
		running.Wait()
		if err := r.ledger.Close(); err != nil {
			t.Error(err)
		}
	})
	return r
}

// serve is one request; it says whether it was admitted.
func (r *replica) serve(t *testing.T, charges []budget.Charge, cost money.USD) bool {
	if _, err := r.Check(t.Context(), charges); err != nil {
		if _, exceeded := errors.AsType[*budget.ExceededError](err); !exceeded {
			t.Errorf("an error that is no *ExceededError: %v", err)
		}
		return false
	}
	e := &ledger.Event{Start: time.Now(), Budgets: budget.Subjects(charges)}
	if err := r.ledger.Begin(e); err != nil {
		t.Error(err)
	}
	<-time.After(10 * time.Millisecond)
	e.State, e.Cost, e.Priced = ledger.Complete, cost, true
	r.Spend(e)
	r.ledger.End(e)
	return true
}

// TestReplicasOfOneDatabase lets three replicas spend one budget over a real ledger and a real PostgreSQL. None admits a request once
// the stated two seconds are over since all of it was spent, give or take what a busy machine takes.
func TestReplicasOfOneDatabase(t *testing.T) {
	const (
		cost, limit    = money.USD(1_000_000), money.USD(1_000_000_000)
		workers        = 5
		hears          = 2 * time.Second
		busy           = 2 * time.Second
		refusalsToStop = 200
	)
	uri := storetest.Postgres(t).NewDatabase(t, "budget")
	charges := []budget.Charge{{
		Budget: &snapshot.Budget{ID: "gateway/team", Name: "team", Limit: limit, Window: v1alpha1.BudgetMonth}, Subject: "gateway/team",
	}}
	replicas := []*replica{newReplica(t, uri), newReplica(t, uri), newReplica(t, uri)}
	var spent, reached, last atomic.Int64
	var running sync.WaitGroup
	for _, r := range replicas {
		for range workers {
			running.Go(func() {
				for refused := 0; refused < refusalsToStop && !t.Failed(); {
					began := time.Now().UnixNano()
					if !r.serve(t, charges, cost) {
						refused++
						<-time.After(10 * time.Millisecond)
						continue
					}
					last.Store(max(last.Load(), began))
					if money.USD(spent.Add(int64(cost))) >= limit {
						reached.CompareAndSwap(0, time.Now().UnixNano())
					}
				}
			})
		}
	}
	running.Wait()
	late := time.Duration(last.Load() - reached.Load())
	t.Logf("spent $%s of $%s; the last was admitted %s after the limit was reached", money.USD(spent.Load()), limit, late)
	if late > hears+busy {
		t.Errorf("a request was admitted %s after the limit was reached, want no more than %s", late, hears)
	}
	expectStored(t, replicas[0].store, money.USD(spent.Load()))
	fourth := newReplica(t, uri)
	for deadline := time.Now().Add(patience); !fourth.Peek(t.Context(), charges)[0].Known; <-time.After(10 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("the database was never heard")
		}
	}
	if fourth.serve(t, charges, cost) {
		t.Error("a replica that has just been started admitted a request although the budget was spent before")
	}
}

// expectStored waits until the database has everything.
func expectStored(t *testing.T, s *postgres.Store, want money.USD) {
	t.Helper()
	var got money.USD
	for deadline := time.Now().Add(patience); time.Now().Before(deadline); <-time.After(50 * time.Millisecond) {
		said, err := s.Spent(t.Context(), []string{"gateway/team"}, time.Now())
		if got = said["gateway/team"][v1alpha1.BudgetMonth]; err == nil && got == want {
			return
		}
	}
	t.Errorf("the database has $%s, want $%s", got, want)
}
