package row

import (
	"maps"
	"slices"

	"github.com/fairlead-dev/fairlead/api/v1alpha1"
	"github.com/fairlead-dev/fairlead/gateway/ledger"
	"github.com/fairlead-dev/fairlead/gateway/money"
)

// Spent is what counts against one subject, as a store holds it.
type Spent struct {
	Subject          string
	Day, Week, Month money.USD
}

// Subjects are those that were asked about, by the names that stores hold them by.
type Subjects map[string][]string

// Stored returns the names by which stores hold subjects.
func Stored(subjects []string) Subjects {
	s := Subjects{}
	for _, subject := range subjects {
		name := ledger.CleanSubject(subject)
		s[name] = append(s[name], subject)
	}
	return s
}

// Names that stores hold.
func (s Subjects) Names() []string { return slices.Sorted(maps.Keys(s)) }

// Answer gives what was found the names by which it was asked for.
func (s Subjects) Answer(found []Spent) map[string]map[v1alpha1.BudgetWindow]money.USD {
	answer := make(map[string]map[v1alpha1.BudgetWindow]money.USD, len(found))
	for _, f := range found {
		for _, subject := range s[f.Subject] {
			answer[subject] = map[v1alpha1.BudgetWindow]money.USD{
				v1alpha1.BudgetDay: f.Day, v1alpha1.BudgetWeek: f.Week, v1alpha1.BudgetMonth: f.Month,
			}
		}
	}
	return answer
}
