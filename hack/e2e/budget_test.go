package e2e

import (
	"net/http"
	"testing"
	"time"

	"github.com/fairlead-dev/fairlead/api/v1alpha1"
	"github.com/fairlead-dev/fairlead/hack/stack"
)

// TestBudgetIsSpent spends the budget of a key at one replica. Both refuse the key then, the other once it has heard of it, and tell the
// client that there is no point in asking again.
func TestBudgetIsSpent(t *testing.T) {
	s, c := connect(t)
	all := replicas(t, s, c)
	alias := upstream(t, s, "budgeted", func(a *v1alpha1.ModelAlias) {
		a.Spec.Targets[0].Pricing = &v1alpha1.Pricing{PerRequest: "0.01"}
	})
	object := stack.NewKey(s.Namespace, "e2e-budgeted")
	object.Spec.Budget = &v1alpha1.Budget{LimitUSD: "0.05", Window: v1alpha1.BudgetDay}
	key := issue(t, s, object)
	var first *stack.Client
	for _, first = range all {
		break
	}
	for range 5 {
		if answer, err := first.With(key).Chat(t.Context(), alias, "hi"); err != nil || answer.Status != http.StatusOK {
			t.Fatalf("expected 200 while there is money left, found %+v (%v)", answer, err)
		}
	}
	answer, err := first.With(key).Chat(t.Context(), alias, "hi")
	if err != nil {
		t.Fatal(err)
	}
	if err := refusal(answer, http.StatusTooManyRequests, "insufficient_quota"); err != nil {
		t.Error(err)
	}
	if got := answer.Header.Get("X-Should-Retry"); got != "false" {
		t.Errorf("expected x-should-retry: false, found %q", got)
	}
	took := converge(t, all, key, alias, http.StatusTooManyRequests, "insufficient_quota")
	t.Logf("refused by the other replica after %d ms", took.Milliseconds())
	if took > 10*time.Second {
		t.Errorf("expected the other replica to know what was spent within 10 s, found %s", took)
	}
}
