package snapshot

import (
	"fmt"
	"reflect"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"

	"github.com/fairlead-dev/fairlead/api/v1alpha1"
	"github.com/fairlead-dev/fairlead/gateway/money"
)

// Budget bounds what may be spent in a window.
type Budget struct {
	// ID tells the budget from all others of the gateway: `gateway/team-a`, `key/team-a/ci`.
	ID string
	// Name is what its author calls it; empty for a key's own.
	Name   string
	Per    v1alpha1.BudgetPer
	Limit  money.USD
	Window v1alpha1.BudgetWindow
	// Warn says that calls are served although the budget is spent.
	Warn bool
}

// gatewayBudgets are what a Gateway says about budgets. They are kept from one snapshot to the next while it says the same, so that
// keys are.
type gatewayBudgets struct {
	source []v1alpha1.GatewayBudget
	// all bind everybody.
	all []*Budget
	// some bind the keys that their selectors take.
	some []selectedBudget
	// problems of those that were left out.
	problems []error
}

type selectedBudget struct {
	*Budget
	selector labels.Selector
}

func newGatewayBudgets(source []v1alpha1.GatewayBudget, prev *gatewayBudgets) *gatewayBudgets {
	if prev != nil && reflect.DeepEqual(prev.source, source) {
		return prev
	}
	g := &gatewayBudgets{source: source}
	for i := range source {
		if err := g.add(&source[i]); err != nil {
			g.problems = append(g.problems, fmt.Errorf("config.budgets[%s].%w", source[i].Name, err))
		}
	}
	return g
}

func (g *gatewayBudgets) add(source *v1alpha1.GatewayBudget) error {
	b, err := newBudget(&source.Budget)
	if err != nil {
		return err
	}
	switch source.Per {
	case v1alpha1.BudgetPerSelection, v1alpha1.BudgetPerKey, v1alpha1.BudgetPerUser:
	default:
		return fmt.Errorf("per: expected Selection, Key or User, found %q", source.Per)
	}
	b.ID, b.Name, b.Per = "gateway/"+source.Name, source.Name, source.Per
	if source.KeySelector == nil {
		g.all = append(g.all, b)
		return nil
	}
	selector, err := newSelector(source.KeySelector)
	if err != nil {
		return fmt.Errorf("keySelector: %w", err)
	}
	g.some = append(g.some, selectedBudget{Budget: b, selector: selector})
	return nil
}

// of appends to own those that select a key with labels.
func (g *gatewayBudgets) of(own []*Budget, set map[string]string) []*Budget {
	for _, b := range g.some {
		if b.selector.Matches(labels.Set(set)) {
			own = append(own, b.Budget)
		}
	}
	return own
}

func newBudget(source *v1alpha1.Budget) (*Budget, error) {
	limit, err := money.Parse(string(source.LimitUSD))
	if err != nil {
		return nil, fmt.Errorf("limitUSD: %w", err)
	}
	switch source.Window {
	case v1alpha1.BudgetDay, v1alpha1.BudgetWeek, v1alpha1.BudgetMonth:
	default:
		return nil, fmt.Errorf("window: expected Day, Week or Month, found %q", source.Window)
	}
	switch source.OnExceeded {
	case v1alpha1.BudgetReject, v1alpha1.BudgetWarn:
	default:
		return nil, fmt.Errorf("onExceeded: expected Reject or Warn, found %q", source.OnExceeded)
	}
	return &Budget{Limit: limit, Window: source.Window, Warn: source.OnExceeded == v1alpha1.BudgetWarn}, nil
}

// newSelector returns nil, and not the selector that takes nothing, where there is none.
func newSelector(source *metav1.LabelSelector) (labels.Selector, error) {
	if source == nil {
		return nil, nil
	}
	selector, err := metav1.LabelSelectorAsSelector(source)
	if err != nil {
		return nil, fmt.Errorf("expected a label selector: %w", err)
	}
	return selector, nil
}

func (d *digester) budgets(budgets []*Budget) {
	d.number(int64(len(budgets)))
	for _, b := range budgets {
		d.text(b.ID, string(b.Per), string(b.Window))
		warn := int64(0)
		if b.Warn {
			warn = 1
		}
		d.number(int64(b.Limit), warn)
	}
}
