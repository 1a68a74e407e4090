package budget

import (
	"github.com/fairlead-dev/fairlead/api/v1alpha1"
	"github.com/fairlead-dev/fairlead/gateway/ledger"
	"github.com/fairlead-dev/fairlead/gateway/policy"
	"github.com/fairlead-dev/fairlead/gateway/snapshot"
)

// Charge is a budget that a call counts against.
type Charge struct {
	Budget *snapshot.Budget
	// Subject is whose spend counts: the budget's ID where all that it selects count together or where it is a key's own, and with the
	// key or the user behind it where each counts apart.
	Subject string
}

// ChargesOf returns the budgets that a call of c counts against: those of its key, and those that bind everybody.
func ChargesOf(s *snapshot.Snapshot, c *policy.Caller) []Charge {
	var own []*snapshot.Budget
	if c.Key != nil {
		own = c.Key.Budgets
	}
	if len(own)+len(s.Budgets) == 0 {
		return nil
	}
	charges := make([]Charge, 0, len(own)+len(s.Budgets))
	for _, b := range own {
		charges = append(charges, Charge{Budget: b, Subject: subjectOf(b, c)})
	}
	for _, b := range s.Budgets {
		charges = append(charges, Charge{Budget: b, Subject: subjectOf(b, c)})
	}
	return charges
}

// Subjects of charges, as an event of the ledger has them.
func Subjects(charges []Charge) []string {
	if len(charges) == 0 {
		return nil
	}
	subjects := make([]string, len(charges))
	for i := range charges {
		subjects[i] = charges[i].Subject
	}
	return subjects
}

// subjectOf is spelt as the database holds it, so that what it says is found.
func subjectOf(b *snapshot.Budget, c *policy.Caller) string {
	switch {
	case b.Name == "":
		return b.ID
	case b.Per == v1alpha1.BudgetPerKey:
		return b.ID + "/key:" + keyOf(c)
	case b.Per == v1alpha1.BudgetPerUser:
		return ledger.CleanSubject(b.ID + "/user:" + c.User)
	}
	return b.ID
}

// keyOf names a GatewayKey by its object rather than by its ID, which changes with its Secret: a new key would be a new budget.
func keyOf(c *policy.Caller) string {
	if c.Key != nil {
		return c.Key.Namespace + "/" + c.Key.Name
	}
	return c.KeyID()
}
