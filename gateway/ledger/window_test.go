package ledger

import (
	"testing"
	"time"

	"github.com/fairlead-dev/fairlead/api/v1alpha1"
)

func TestWindowOf(t *testing.T) {
	for _, tc := range []struct {
		now      string
		window   v1alpha1.BudgetWindow
		from, to string
	}{
		{"2026-12-02T23:59:59Z", v1alpha1.BudgetDay, "2026-12-02", "2026-12-03"},
		{"2026-12-02T23:30:00-05:00", v1alpha1.BudgetDay, "2026-12-03", "2026-12-04"},
		{"2026-12-02T12:00:00Z", v1alpha1.BudgetWeek, "2026-11-30", "2026-12-07"},
		{"2026-11-30T00:00:00Z", v1alpha1.BudgetWeek, "2026-11-30", "2026-12-07"},
		{"2026-11-29T23:59:59Z", v1alpha1.BudgetWeek, "2026-11-23", "2026-11-30"},
		{"2026-12-31T12:00:00Z", v1alpha1.BudgetMonth, "2026-12-01", "2027-01-01"},
		{"2028-02-29T12:00:00Z", v1alpha1.BudgetMonth, "2028-02-01", "2028-03-01"},
	} {
		now, err := time.Parse(time.RFC3339, tc.now)
		if err != nil {
			t.Fatal(err)
		}
		from, to := WindowOf(tc.window, now)
		if from.Format(time.DateOnly) != tc.from || to.Format(time.DateOnly) != tc.to {
			t.Errorf("%s of %s: got %v to %v, want %s to %s", tc.window, tc.now, from, to, tc.from, tc.to)
		}
	}
}
