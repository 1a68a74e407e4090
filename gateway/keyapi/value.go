package keyapi

import (
	"encoding/json"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/fairlead-dev/fairlead/api/v1alpha1"
	"github.com/fairlead-dev/fairlead/gateway/fault"
	"github.com/fairlead-dev/fairlead/gateway/fields"
	"github.com/fairlead-dev/fairlead/gateway/money"
)

const (
	// maxModels and maxModel are how many patterns a key may have, and how long each may be, in bytes.
	maxModels, maxModel = 64, 256
	// allModels is LiteLLM's word for `*`, and teamModels for what a team may use.
	allModels, teamModels = "all-proxy-models", "all-team-models"
	// maxBudget is what is one dollar too much for a budget.
	maxBudget = 1_000_000_000
)

// modelPattern is what the kind GatewayKey admits.
var modelPattern = regexp.MustCompile(
	`^(\*|\*?[A-Za-z0-9]([-A-Za-z0-9._:/@+]*[A-Za-z0-9])?|[A-Za-z0-9]([-A-Za-z0-9._:/@+]*)?\*|\*[-._:/@+][-A-Za-z0-9._:/@+]*)$`)

// models are the patterns of what the key may ask for, nil where it may ask for all.
func models(o *fields.Object) []v1alpha1.ModelPattern {
	names := o.Strings("models")
	if len(names) > maxModels {
		o.Invalid("models", "must have at most %d elements.", maxModels)
		return nil
	}
	if slices.Contains(names, allModels) {
		return nil
	}
	var patterns []v1alpha1.ModelPattern
	for _, name := range names {
		if name == teamModels {
			o.Invalid("models", "must name the models: teams have none of their own here.")
			return nil
		}
		if len(name) > maxModel || !modelPattern.MatchString(name) {
			o.Invalid("models", "must hold names of models, each exact or with one '*' at its start or end, not '%s'.", fault.Clip(name))
			return nil
		}
		if p := v1alpha1.ModelPattern(name); !slices.Contains(patterns, p) {
			patterns = append(patterns, p)
		}
	}
	return patterns
}

// span is a number and a unit: `30s`, `15m`, `12h`, `30d`, `2w`, `1mo`.
var span = regexp.MustCompile(`^([1-9][0-9]{0,4})(s|m|h|d|w|mo)$`)

// expiry is when the key stops to work, on a whole second and never later than was asked for. It is zero where the key stays.
func expiry(o *fields.Object, now time.Time) time.Time {
	value := o.Text("duration")
	if value == "" {
		return time.Time{}
	}
	parts := span.FindStringSubmatch(value)
	if parts == nil {
		o.Invalid("duration", "must be a number from 1 to 99999 and a unit, as in 30s, 15m, 12h, 30d, 2w or 1mo, not '%s'.", fault.Clip(value))
		return time.Time{}
	}
	n, _ := strconv.Atoi(parts[1]) // the pattern admits nothing that is no number
	now = now.UTC().Truncate(time.Second)
	switch parts[2] {
	case "mo":
		return now.AddDate(0, n, 0)
	case "w":
		return now.AddDate(0, 0, 7*n)
	case "d":
		return now.AddDate(0, 0, n)
	}
	units := map[string]time.Duration{"s": time.Second, "m": time.Minute, "h": time.Hour}
	return now.Add(time.Duration(n) * units[parts[2]])
}

// windows are the spans that budgets last, as LiteLLM writes them; the first of each window is how it is written here. A window
// begins with the day, the Monday or the month, and not with the key.
var windows = []struct {
	text   string
	window v1alpha1.BudgetWindow
}{
	{"1d", v1alpha1.BudgetDay},
	{"24h", v1alpha1.BudgetDay},
	{"daily", v1alpha1.BudgetDay},
	{"7d", v1alpha1.BudgetWeek},
	{"1w", v1alpha1.BudgetWeek},
	{"weekly", v1alpha1.BudgetWeek},
	{"30d", v1alpha1.BudgetMonth},
	{"1mo", v1alpha1.BudgetMonth},
	{"monthly", v1alpha1.BudgetMonth},
}

// budget is nil where there is none. One that says nothing about its window lasts a month, which is the default of the kind, and the
// answer says so.
func budget(o *fields.Object) *v1alpha1.Budget {
	number := o.Raw("max_budget")
	if number == nil {
		return nil
	}
	amount, err := strconv.ParseFloat(string(number), 64)
	var limit money.USD
	if err == nil {
		limit, err = money.Parse(strconv.FormatFloat(amount, 'f', -1, 64))
	}
	if err != nil || amount >= maxBudget {
		o.Invalid("max_budget", "must be a number of dollars from 0 to under %d, with at most nine digits after the point.", maxBudget)
		return nil
	}
	return &v1alpha1.Budget{LimitUSD: v1alpha1.USD(limit.String()), Window: window(o), OnExceeded: v1alpha1.BudgetReject}
}

func window(o *fields.Object) v1alpha1.BudgetWindow {
	value := o.Text("budget_duration")
	if value == "" {
		return v1alpha1.BudgetMonth
	}
	for _, w := range windows {
		if w.text == value {
			return w.window
		}
	}
	o.Invalid("budget_duration", "must be 1d for a day, 7d for a week from Monday on, or 30d for a calendar month, all in UTC, not '%s'.", fault.Clip(value))
	return ""
}

// durationOf is how LiteLLM writes a window.
func durationOf(window v1alpha1.BudgetWindow) string {
	for _, w := range windows {
		if w.window == window {
			return w.text
		}
	}
	return string(window)
}

// says whether a value means anything: null, false, nothing and what is empty do not.
func says(value json.RawMessage) bool {
	compact := strings.Join(strings.Fields(string(value)), "")
	return !slices.Contains([]string{"", "null", "false", "0", `""`, "[]", "{}"}, compact)
}
