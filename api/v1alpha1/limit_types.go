package v1alpha1

// LimitPer says what a rate limit counts apart.
//
// +kubebuilder:validation:Enum=Key;User;Alias;Target
type LimitPer string

// Values of LimitPer.
const (
	// LimitPerKey counts each key for itself. Calls without a key, and with the master key, count as one more.
	LimitPerKey LimitPer = "Key"
	// LimitPerUser counts each end user of each key for itself. Calls that name no user count as one user of their key.
	LimitPerUser LimitPer = "User"
	// LimitPerAlias counts all calls of one alias together. Only an alias may say it.
	LimitPerAlias LimitPer = "Alias"
	// LimitPerTarget counts the calls that each target of one alias is sent. Only an alias may say it.
	LimitPerTarget LimitPer = "Target"
)

// RateLimit bounds what may be asked in a window of time, over all replicas of a gateway together.
//
// +kubebuilder:validation:XValidation:rule="has(self.requests) || has(self.tokens) || has(self.parallel)",message="a limit must set at least one of requests, tokens and parallel"
// +kubebuilder:validation:XValidation:rule="!has(self.window) || (duration(self.window) >= duration('1s') && duration(self.window) <= duration('8784h'))",message="window must be between 1s and 8784h"
type RateLimit struct {
	// name of the limit, unique in its list. Errors and headers say it.
	// +required
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=63
	// +kubebuilder:validation:Pattern=`^[a-z0-9]([-a-z0-9]*[a-z0-9])?$`
	Name string `json:"name,omitempty"`
	// per says what is counted apart.
	// +optional
	// +default="Key"
	Per LimitPer `json:"per,omitempty"`
	// requests in a window.
	// +optional
	// +kubebuilder:validation:Minimum=1
	// +kubebuilder:validation:Maximum=1000000000
	Requests int64 `json:"requests,omitempty"`
	// tokens in a window, those of prompts and of answers together. A call reserves an estimate, which is replaced by what the
	// upstream counted.
	// +optional
	// +kubebuilder:validation:Minimum=1
	// +kubebuilder:validation:Maximum=1000000000000
	Tokens int64 `json:"tokens,omitempty"`
	// parallel is the number of calls that may be under way at the same time. It knows no window.
	// +optional
	// +kubebuilder:validation:Minimum=1
	// +kubebuilder:validation:Maximum=1000000
	Parallel int64 `json:"parallel,omitempty"`
	// window that requests and tokens are counted in, between a second and 366 days. Windows follow each other without gaps, from
	// 1970-01-01T00:00:00Z on.
	// +optional
	// +default="1m"
	Window Duration `json:"window,omitempty"`
}

// BudgetWindow is how long a budget lasts, in UTC: a day, a week from Monday on, or a month.
//
// +kubebuilder:validation:Enum=Day;Week;Month
type BudgetWindow string

// Values of BudgetWindow.
const (
	BudgetDay   BudgetWindow = "Day"
	BudgetWeek  BudgetWindow = "Week"
	BudgetMonth BudgetWindow = "Month"
)

// BudgetAction says what happens to calls once a budget is spent.
//
// +kubebuilder:validation:Enum=Reject;Warn
type BudgetAction string

// Values of BudgetAction.
const (
	// BudgetReject answers 429.
	BudgetReject BudgetAction = "Reject"
	// BudgetWarn serves, and says so in a header, a metric and the log.
	BudgetWarn BudgetAction = "Warn"
)

// USD is an amount of US dollars as a decimal: `500`, `0.15`. At most nine digits follow the point.
//
// +kubebuilder:validation:MaxLength=24
// +kubebuilder:validation:Pattern=`^[0-9]{1,9}(\.[0-9]{1,9})?$`
type USD string

// Budget bounds what may be spent in a window of time. Spend is what the prices of the targets make of the tokens that upstreams
// counted; it is added up in PostgreSQL, so that a budget needs a gateway that has one.
type Budget struct {
	// limitUSD is the amount that may be spent in each window.
	// +required
	LimitUSD USD `json:"limitUSD,omitempty"`
	// window of the budget.
	// +optional
	// +default="Month"
	Window BudgetWindow `json:"window,omitempty"`
	// onExceeded says what happens once the budget is spent.
	// +optional
	// +default="Reject"
	OnExceeded BudgetAction `json:"onExceeded,omitempty"`
}
