package budget

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/fairlead-dev/fairlead/api/v1alpha1"
	"github.com/fairlead-dev/fairlead/gateway/money"
	"github.com/fairlead-dev/fairlead/gateway/policy"
	"github.com/fairlead-dev/fairlead/gateway/snapshot"
)

func TestChargesOf(t *testing.T) {
	own := &snapshot.Budget{ID: "key/team-a/ci", Per: v1alpha1.BudgetPerKey}
	selected := &snapshot.Budget{ID: "gateway/team-a", Name: "team-a", Per: v1alpha1.BudgetPerSelection}
	perKey := &snapshot.Budget{ID: "gateway/each-key", Name: "each-key", Per: v1alpha1.BudgetPerKey}
	perUser := &snapshot.Budget{ID: "gateway/each-user", Name: "each-user", Per: v1alpha1.BudgetPerUser}
	all := &snapshot.Budget{ID: "gateway/all", Name: "all", Per: v1alpha1.BudgetPerSelection}
	key := &snapshot.Key{ID: "0123456789abcdef", Namespace: "team-a", Name: "ci", Budgets: []*snapshot.Budget{own, selected, perKey}}
	cases := map[string]struct {
		reason string
		caller policy.Caller
		binds  []*snapshot.Budget
		want   []string
	}{
		"Key": {
			"a new Secret gives the key another ID, and must not give it another budget",
			policy.Caller{Key: key, User: "ann"},
			[]*snapshot.Budget{perUser, all},
			[]string{"key/team-a/ci", "gateway/team-a", "gateway/each-key/key:team-a/ci", "gateway/each-user/user:ann", "gateway/all"},
		},
		"Master": {
			"the master key is one more key",
			policy.Caller{Master: true, User: "ann"},
			[]*snapshot.Budget{perKey, perUser},
			[]string{"gateway/each-key/key:master", "gateway/each-user/user:ann"},
		},
		"Nobody": {
			"calls without a key and without a user count together",
			policy.Caller{},
			[]*snapshot.Budget{perKey, perUser, all},
			[]string{"gateway/each-key/key:", "gateway/each-user/user:", "gateway/all"},
		},
		"StrangeUser": {
			"the database holds no NUL and nothing that is no UTF-8",
			policy.Caller{User: "a\x00\xff"},
			[]*snapshot.Budget{perUser},
			[]string{"gateway/each-user/user:a\uFFFD\uFFFD"},
		},
		"Unbound": {"nothing to look up", policy.Caller{Master: true}, nil, nil},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			got := Subjects(ChargesOf(&snapshot.Snapshot{Budgets: c.binds}, &c.caller))
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Errorf("%s (-want +got):\n%s", c.reason, diff)
			}
		})
	}
}

func TestExceededErrorText(t *testing.T) {
	until := time.Date(2026, 12, 1, 0, 0, 0, 0, time.UTC)
	const dollar = money.USD(1_000_000_000)
	cases := map[string]struct {
		budget snapshot.Budget
		want   string
	}{
		"Named": {
			snapshot.Budget{Name: "team-a", Limit: 500 * dollar, Window: v1alpha1.BudgetMonth},
			"The budget 'team-a' of $500 for this month is spent: $500.12. It begins anew on 2026-12-01T00:00:00Z.",
		},
		"Own": {
			snapshot.Budget{Limit: dollar / 2, Window: v1alpha1.BudgetDay},
			"This key's budget of $0.5 for today is spent: $500.12. It begins anew on 2026-12-01T00:00:00Z.",
		},
		"Week": {
			snapshot.Budget{Name: "w", Limit: dollar, Window: v1alpha1.BudgetWeek},
			"The budget 'w' of $1 for this week is spent: $500.12. It begins anew on 2026-12-01T00:00:00Z.",
		},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			e := &ExceededError{Budget: &c.budget, Spent: 500*dollar + 120_000_000, Until: until}
			if diff := cmp.Diff(c.want, e.Error()); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}
