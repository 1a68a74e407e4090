package budget

import (
	"time"

	"github.com/fairlead-dev/fairlead/api/v1alpha1"
	"github.com/fairlead-dev/fairlead/gateway/ledger"
)

// day counts days of UTC from 1970-01-01. All windows begin with a day.
type day int64

const secondsOfDay = 24 * 60 * 60

func dayOf(t time.Time) day {
	seconds := t.Unix()
	d := seconds / secondsOfDay
	if seconds%secondsOfDay < 0 {
		d--
	}
	return day(d)
}

func (d day) time() time.Time { return time.Unix(int64(d)*secondsOfDay, 0).UTC() }

// first is the first day of the window that d is in.
func (d day) first(w v1alpha1.BudgetWindow) day {
	from, _ := ledger.WindowOf(w, d.time())
	return dayOf(from)
}

// next is the first day of the window after the one that d is in.
func (d day) next(w v1alpha1.BudgetWindow) day {
	_, to := ledger.WindowOf(w, d.time())
	return dayOf(to)
}

// windows is how many kinds of window there are; index gives each its place in an array.
const windows = 3

func index(w v1alpha1.BudgetWindow) int {
	switch w {
	case v1alpha1.BudgetDay:
		return 0
	case v1alpha1.BudgetWeek:
		return 1
	}
	return windows - 1
}

func allWindows() [windows]v1alpha1.BudgetWindow {
	return [windows]v1alpha1.BudgetWindow{v1alpha1.BudgetDay, v1alpha1.BudgetWeek, v1alpha1.BudgetMonth}
}

// spoken is the window as a sentence says it.
func spoken(w v1alpha1.BudgetWindow) string {
	switch w {
	case v1alpha1.BudgetDay:
		return "today"
	case v1alpha1.BudgetWeek:
		return "this week"
	}
	return "this month"
}
