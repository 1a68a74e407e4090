package gemini

import "github.com/fairlead-dev/fairlead/gateway/chat"

// thinkingConfig says how much to think: by level for Gemini 3 and newer, by budget for Gemini 2.5. Both together are refused.
// Source: https://ai.google.dev/gemini-api/docs/thinking
type thinkingConfig struct {
	IncludeThoughts *bool  `json:"includeThoughts,omitempty"`
	Budget          *int64 `json:"thinkingBudget,omitempty"`
	Level           string `json:"thinkingLevel,omitempty"`
}

// Budgets in tokens that Google's own OpenAI-compatible endpoint takes the efforts for.
// Source: https://ai.google.dev/gemini-api/docs/openai#thinking
const (
	budgetLow    = 1024
	budgetMedium = 8192
	budgetHigh   = 24576
)

// lostReasoning is how the wish that a model cannot fulfil is called.
const lostReasoning = "reasoning"

// reasoning translates how much the model shall think. Google alone shows no thoughts unless it is asked to; clients of the other
// protocols see them unless they say otherwise.
func (e *encoder) reasoning() *thinkingConfig {
	r := e.req.Reasoning
	if r == nil {
		return nil
	}
	show := r.Show
	if show == nil && !r.Off {
		show = new(true)
	}
	c := &thinkingConfig{IncludeThoughts: show}
	switch {
	case e.model.newest():
		c.Level = e.level(r)
	case e.model.budgets():
		c.Budget = e.budget(r)
	default:
		// Older models and Gemmas do not think, and refuse to be told how.
		if !r.Off {
			e.ledger.Lose(lostReasoning)
		}
		return nil
	}
	if *c == (thinkingConfig{}) {
		return nil
	}
	return c
}

// level is how much a Gemini 3 thinks, empty to leave it to the model. It cannot be kept from thinking.
func (e *encoder) level(r *chat.Reasoning) string {
	effort := r.Effort
	switch {
	case r.Off:
		e.ledger.Lose(lostReasoning)
		effort = "minimal"
	case effort == "" && r.BudgetTokens > 0:
		effort = effortFor(r.BudgetTokens)
	}
	switch effort {
	case "":
		return ""
	case "minimal":
		if e.model.pro {
			return "LOW"
		}
		return "MINIMAL"
	case "low":
		return "LOW"
	case "medium":
		if e.model.pro && e.model.major == 3 && e.model.minor == 0 {
			return "HIGH"
		}
		return "MEDIUM"
	}
	return "HIGH"
}

// effortFor is the effort that a budget stands for.
func effortFor(budget int64) string {
	switch {
	case budget <= budgetLow:
		return "low"
	case budget <= budgetMedium:
		return "medium"
	}
	return "high"
}

// budget is how much a Gemini 2.5 thinks, nil to leave it to the model.
func (e *encoder) budget(r *chat.Reasoning) *int64 {
	tokens := r.BudgetTokens
	if tokens == 0 {
		switch r.Effort {
		case "":
		case "minimal", "low":
			tokens = budgetLow
		case "medium":
			tokens = budgetMedium
		default:
			tokens = budgetHigh
		}
	}
	least, most := e.limits()
	switch {
	case r.Off && e.model.pro:
		// Gemini 2.5 Pro cannot be kept from thinking.
		e.ledger.Lose(lostReasoning)
		return &least
	case r.Off:
		return new(int64)
	case tokens == 0:
		return nil
	}
	tokens = min(max(tokens, least), most)
	return &tokens
}

// limits are the budgets that a Gemini 2.5 takes.
// Source: https://ai.google.dev/gemini-api/docs/thinking#set-budget
func (e *encoder) limits() (least, most int64) {
	switch {
	case e.model.pro:
		return 128, 32768
	case e.model.lite:
		return 512, budgetHigh
	}
	return 1, budgetHigh
}
