package budget

import (
	"fmt"
	"strings"
	"time"

	"github.com/fairlead-dev/fairlead/gateway/money"
	"github.com/fairlead-dev/fairlead/gateway/snapshot"
)

const (
	// metricExceeded counts the calls that met a budget that is spent.
	metricExceeded = "fairlead_budget_exceeded_total"
	labelBudget    = "budget"
	labelAction    = "action"
	// ownBudget is the value of labelBudget for the keys' own budgets, of which there may be thousands.
	ownBudget = "(key)"
)

// ExceededError says that a budget is spent. Its text is fit for the client.
type ExceededError struct {
	Budget *snapshot.Budget
	// Subject whose spend it is.
	Subject string
	Spent   money.USD
	// Until is when the next window begins.
	Until time.Time
}

func (e *ExceededError) Error() string {
	whose := "This key's budget"
	if e.Budget.Name != "" {
		whose = "The budget '" + e.Budget.Name + "'"
	}
	return fmt.Sprintf("%s of $%s for %s is spent: $%s. It begins anew on %s.",
		whose, e.Budget.Limit, spoken(e.Budget.Window), e.Spent, e.Until.Format(time.RFC3339))
}

// report counts that a call met a budget that is spent, and logs it once for each subject and window.
func (b *Budgets) report(s *subject, e *ExceededError, today day) {
	name, action := e.Budget.Name, "reject"
	if name == "" {
		name = ownBudget
	}
	if e.Budget.Warn {
		action = "warn"
	}
	b.counter(name, action).Inc()
	first := int64(today.first(e.Budget.Window))
	if s.logged[index(e.Budget.Window)].Swap(first) == first {
		return
	}
	b.log.Info("a budget is spent", "subject", e.Subject, "action", action, "limit_usd", e.Budget.Limit.String(),
		"spent_usd", e.Spent.String(), "window", strings.ToLower(string(e.Budget.Window)), "until", e.Until.Format(time.RFC3339))
}
