package ledger

import (
	"time"

	"github.com/fairlead-dev/fairlead/api/v1alpha1"
)

// DayOf is the day, in UTC, that a time belongs to.
func DayOf(t time.Time) time.Time { return t.UTC().Truncate(24 * time.Hour) }

// DayAfter is the first day, in UTC, that does not begin before a time.
func DayAfter(t time.Time) time.Time { return DayOf(t.Add(24*time.Hour - 1)) }

// WindowOf is the window of a budget in which now lies: its first day, and the first day after it.
func WindowOf(w v1alpha1.BudgetWindow, now time.Time) (from, to time.Time) {
	day := DayOf(now)
	switch w {
	case v1alpha1.BudgetWeek:
		// A week begins on Monday.
		from = day.AddDate(0, 0, -(int(day.Weekday())+6)%7)
		return from, from.AddDate(0, 0, 7)
	case v1alpha1.BudgetMonth:
		from = time.Date(day.Year(), day.Month(), 1, 0, 0, 0, 0, time.UTC)
		return from, from.AddDate(0, 1, 0)
	}
	return day, day.AddDate(0, 0, 1)
}
