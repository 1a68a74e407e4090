package admission_test

import (
	"errors"
	"net/http"
	"testing"
	"time"

	"github.com/go-logr/logr"
	"github.com/prometheus/client_golang/prometheus"

	"github.com/fairlead-dev/fairlead/api/v1alpha1"
	"github.com/fairlead-dev/fairlead/gateway/admission"
	"github.com/fairlead-dev/fairlead/gateway/budget"
	"github.com/fairlead-dev/fairlead/gateway/chat"
	"github.com/fairlead-dev/fairlead/gateway/fault"
	"github.com/fairlead-dev/fairlead/gateway/ledger"
	"github.com/fairlead-dev/fairlead/gateway/limit"
	"github.com/fairlead-dev/fairlead/gateway/policy"
	"github.com/fairlead-dev/fairlead/gateway/snapshot"
)

// visit is a request for a model with limits, by a key with budgets.
func visit(limits []*snapshot.Limit, budgets ...*snapshot.Budget) *admission.Visit {
	return &admission.Visit{
		Snapshot: &snapshot.Snapshot{}, Caller: &policy.Caller{Key: &snapshot.Key{ID: "1", Namespace: "ai", Name: "app", Budgets: budgets}},
		Model: &snapshot.Model{Name: "chat", Namespace: "ai", Alias: "chat", Limits: limits}, Named: "chat", Operation: "chat",
		Start: time.Now(), Tokens: func() int64 { return 10 },
	}
}

// target costs a dollar for each request.
func target(name string) *snapshot.Target {
	return &snapshot.Target{Name: name, Upstream: &snapshot.Upstream{Provider: "ai/llm"}, Price: snapshot.Price{Known: true, Request: 1_000_000_000}}
}

func refused(t *testing.T, err error, status int, code string) {
	t.Helper()
	if fe, ok := errors.AsType[*fault.Error](err); !ok || fe.Status != status || fe.Code != code || fe.RetryAfter <= 0 {
		t.Errorf("got %v, want a %d with the code %s that says when to come back", err, status, code)
	}
}

func done(at *snapshot.Target) *admission.Report {
	return &admission.Report{State: ledger.Complete, Status: http.StatusOK, Target: at, Usage: chat.Usage{Known: true, InputTokens: 3}, Now: time.Now()}
}

func TestNoDeskAdmitsEverything(t *testing.T) {
	var d *admission.Desk
	ticket, err := d.Admit(t.Context(), visit(nil))
	if err != nil || d.Accounts() {
		t.Fatalf("Admit: %v", err)
	}
	if err := ticket.Enter(t.Context(), target("a")); err != nil {
		t.Errorf("Enter: %v", err)
	}
	ticket.Close(done(target("a")))
	d.Record(visit(nil), done(nil))
}

// TestParallelIsFreedByClose: a request that is over counts no more, however often it is closed.
func TestParallelIsFreedByClose(t *testing.T) {
	d := admission.New(admission.Options{Limits: limit.New(limit.Options{Log: logr.Discard()})})
	v := visit([]*snapshot.Limit{{ID: "alias/ai/chat/one", Name: "one", Per: v1alpha1.LimitPerAlias, Parallel: 1, Window: time.Minute}})
	first, err := d.Admit(t.Context(), v)
	if err != nil {
		t.Fatal(err)
	}
	_, err = d.Admit(t.Context(), v)
	refused(t, err, http.StatusTooManyRequests, fault.CodeRateLimited)
	first.Close(done(nil))
	first.Close(done(nil))
	if _, err = d.Admit(t.Context(), v); err != nil {
		t.Errorf("after the end of the first: %v", err)
	}
	_, err = d.Admit(t.Context(), v)
	refused(t, err, http.StatusTooManyRequests, fault.CodeRateLimited)
}

// TestATargetThatIsLeftGivesBack: what was reserved at a target that did not answer is free when the next is entered.
func TestATargetThatIsLeftGivesBack(t *testing.T) {
	d := admission.New(admission.Options{Limits: limit.New(limit.Options{Log: logr.Discard()})})
	v := visit([]*snapshot.Limit{{ID: "alias/ai/chat/each", Name: "each", Per: v1alpha1.LimitPerTarget, Parallel: 1, Window: time.Minute}})
	first, _ := d.Admit(t.Context(), v)
	second, _ := d.Admit(t.Context(), v)
	if err := first.Enter(t.Context(), target("a")); err != nil {
		t.Fatal(err)
	}
	refused(t, second.Enter(t.Context(), target("a")), http.StatusTooManyRequests, fault.CodeRateLimited)
	if err := first.Enter(t.Context(), target("b")); err != nil {
		t.Fatal(err)
	}
	if err := second.Enter(t.Context(), target("a")); err != nil {
		t.Errorf("the target that was left: %v", err)
	}
}

func TestABudgetThatIsSpentRefuses(t *testing.T) {
	b := budget.New(budget.Options{Log: logr.Discard(), Registerer: prometheus.NewRegistry()})
	d := admission.New(admission.Options{Budgets: b})
	v := visit(nil, &snapshot.Budget{ID: "key/ai/app", Per: v1alpha1.BudgetPerSelection, Limit: 1_500_000_000, Window: v1alpha1.BudgetDay})
	for range 2 {
		ticket, err := d.Admit(t.Context(), v)
		if err != nil {
			t.Fatal(err)
		}
		ticket.Close(done(target("a")))
		if cost, priced := ticket.Cost(); cost != 1_000_000_000 || !priced {
			t.Errorf("cost %s, %v", cost, priced)
		}
	}
	_, err := d.Admit(t.Context(), v)
	refused(t, err, http.StatusTooManyRequests, fault.CodeQuota)
}

// TestNothingIsServedThatCannotBeAccountedFor, where the gateway is told so.
func TestNothingIsServedThatCannotBeAccountedFor(t *testing.T) {
	l, err := ledger.Open(ledger.Options{
		Dir: t.TempDir(), MaxBytes: 1, OnFull: v1alpha1.BacklogReject, Log: logr.Discard(), Registerer: prometheus.NewRegistry(),
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := l.Close(); err != nil {
			t.Error(err)
		}
	})
	d := admission.New(admission.Options{Ledger: l})
	_, err = d.Admit(t.Context(), visit(nil))
	refused(t, err, http.StatusServiceUnavailable, "usage_backlog_full")
	d.Account(false)
	if _, err = d.Admit(t.Context(), visit(nil)); err != nil || d.Accounts() {
		t.Errorf("without a ledger: %v", err)
	}
}
