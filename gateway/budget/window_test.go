package budget

import (
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/fairlead-dev/fairlead/api/v1alpha1"
)

func TestWindows(t *testing.T) {
	cases := map[string]struct {
		now, first, next string
		window           v1alpha1.BudgetWindow
	}{
		"Day":              {"2026-11-23T12:00:00Z", "2026-11-23", "2026-11-24", v1alpha1.BudgetDay},
		"DayBegins":        {"2026-11-23T00:00:00Z", "2026-11-23", "2026-11-24", v1alpha1.BudgetDay},
		"DayEnds":          {"2026-11-23T23:59:59.999999999Z", "2026-11-23", "2026-11-24", v1alpha1.BudgetDay},
		"DayIsOfUTC":       {"2026-11-23T23:30:00-05:00", "2026-11-24", "2026-11-25", v1alpha1.BudgetDay},
		"Monday":           {"2026-11-23T00:00:00Z", "2026-11-23", "2026-11-30", v1alpha1.BudgetWeek},
		"Sunday":           {"2026-11-29T23:59:59Z", "2026-11-23", "2026-11-30", v1alpha1.BudgetWeek},
		"WeekOverNewYear":  {"2027-01-01T00:00:00Z", "2026-12-28", "2027-01-04", v1alpha1.BudgetWeek},
		"Month":            {"2026-11-23T12:00:00Z", "2026-11-01", "2026-12-01", v1alpha1.BudgetMonth},
		"MonthOf31Days":    {"2026-01-31T12:00:00Z", "2026-01-01", "2026-02-01", v1alpha1.BudgetMonth},
		"December":         {"2026-12-31T23:59:59Z", "2026-12-01", "2027-01-01", v1alpha1.BudgetMonth},
		"LeapDay":          {"2028-02-29T12:00:00Z", "2028-02-01", "2028-03-01", v1alpha1.BudgetMonth},
		"BeforeTheEpoch":   {"1969-12-31T23:59:59Z", "1969-12-31", "1970-01-01", v1alpha1.BudgetDay},
		"WeekOfTheEpoch":   {"1970-01-01T00:00:00Z", "1969-12-29", "1970-01-05", v1alpha1.BudgetWeek},
		"WeekBeforeEpoch":  {"1969-12-28T00:00:00Z", "1969-12-22", "1969-12-29", v1alpha1.BudgetWeek},
		"MonthBeforeEpoch": {"1969-12-28T00:00:00Z", "1969-12-01", "1970-01-01", v1alpha1.BudgetMonth},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			now, err := time.Parse(time.RFC3339Nano, c.now)
			if err != nil {
				t.Fatal(err)
			}
			d := dayOf(now)
			if got := d.first(c.window).time().Format(time.RFC3339); got != c.first+"T00:00:00Z" {
				t.Errorf("first %s, want %s", got, c.first)
			}
			if got := d.next(c.window).time().Format(time.RFC3339); got != c.next+"T00:00:00Z" {
				t.Errorf("next %s, want %s", got, c.next)
			}
		})
	}
}

// TestWindowsFollowEachOther: every moment is in exactly one window of each kind.
func TestWindowsFollowEachOther(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d := day(rapid.Int64Range(-100_000, 100_000).Draw(t, "day"))
		for _, w := range allWindows() {
			first, next := d.first(w), d.next(w)
			if first > d || next <= d {
				t.Errorf("%s: %d is not in [%d, %d)", w, d, first, next)
			}
			if first.first(w) != first || (next-1).first(w) != first || next.first(w) != next || (next-1).next(w) != next {
				t.Errorf("%s: the windows at %d overlap or leave a gap", w, d)
			}
		}
		if got := d.first(v1alpha1.BudgetWeek).time().Weekday(); got != time.Monday {
			t.Errorf("a week begins on %s", got)
		}
	})
}
