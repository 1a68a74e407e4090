package budget

import (
	"testing"

	"github.com/go-logr/logr"
	"github.com/prometheus/client_golang/prometheus"

	"github.com/fairlead-dev/fairlead/api/v1alpha1"
)

// BenchmarkCheckAndSpend is what one request costs that counts against two budgets, from many goroutines at a time.
func BenchmarkCheckAndSpend(b *testing.B) {
	budgets := New(Options{Log: logr.Discard(), Registerer: prometheus.NewRegistry()})
	charges := []Charge{charge("gateway/team-a", dollar, v1alpha1.BudgetMonth), charge("key/team-a/ci", dollar, v1alpha1.BudgetDay)}
	e := event(1, Subjects(charges)...)
	b.ReportAllocs()
	b.RunParallel(func(p *testing.PB) {
		for p.Next() {
			if _, err := budgets.Check(b.Context(), charges); err != nil {
				b.Error(err)
				return
			}
			budgets.Spend(e)
		}
	})
}
