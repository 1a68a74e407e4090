package anthropic

import (
	"github.com/fairlead-dev/fairlead/gateway/chat"
	"github.com/fairlead-dev/fairlead/gateway/fields"
)

// Types of thinking, and ways to show it.
const (
	thinkingAdaptive     = "adaptive"
	thinkingBetweenTools = "between_tools"
	thinkingDisabled     = "disabled"
	thinkingEnabled      = "enabled"

	displayOmitted    = "omitted"
	displaySummarized = "summarized"
)

// leastBudget is the least budget_tokens.
const leastBudget = 1024

// thinking is how the model shall think.
type thinking struct {
	Type         string `json:"type"`
	BudgetTokens int64  `json:"budget_tokens,omitempty"`
	Display      string `json:"display,omitempty"`
}

// on says whether the model was told to think.
func (t *thinking) on() bool {
	return t != nil && (t.Type == thinkingEnabled || t.Type == thinkingAdaptive)
}

// outputConfig is how much the model shall do, and in which form.
type outputConfig struct {
	Effort string        `json:"effort,omitempty"`
	Format *outputFormat `json:"format,omitempty"`
}

// Names under which reasoning is lost: OpenAI's for the effort, Anthropic's own for what only it and Gemini have.
const (
	lostEffort = "reasoning_effort"
	lostBudget = "thinking.budget_tokens"
)

// reasoning says how much the model shall think. It cannot think where it is forced to call a tool, where it shall go on with an
// answer that has begun, and, with a budget, where the calls that it is to go on from came without its thoughts, as they do from
// clients that keep none: then thinking is off for this request, and named.
// Source: https://platform.claude.com/docs/en/build-with-claude/extended-thinking#extended-thinking-with-tool-use
func (e *encoder) reasoning() {
	r := e.asked()
	if r == nil {
		return
	}
	switch {
	case r.Off:
		e.think(e.off(), r)
	case e.family.thinking == modeNone:
		e.ledger.Lose(lostEffort)
	case !e.family.always && (e.forced || e.prefilled() || e.family.thinking == modeBudget && e.forgotten()):
		e.ledger.Lose(lostEffort)
		e.think(e.off(), r)
	case e.family.thinking == modeAdaptive:
		e.think(e.adaptive(r), r)
	default:
		e.think(e.budget(r), r)
	}
}

// asked is what the client asked for; clients of other protocols may use Anthropic's own parameter.
func (e *encoder) asked() *chat.Reasoning {
	raw := e.req.Params.Get("thinking")
	if e.req.Reasoning != nil || raw == nil {
		return e.req.Reasoning
	}
	o, err := fields.Read(raw)
	if err != nil {
		return nil
	}
	r := thinkingOf(o)
	if o.Err() != nil {
		return nil
	}
	e.ledger.Take("thinking")
	return r
}

func (e *encoder) think(t *thinking, r *chat.Reasoning) {
	if t.on() && r.Show != nil {
		t.Display = displayOmitted
		if *r.Show {
			t.Display = displaySummarized
		}
	}
	e.body.Thinking = t
}

// off turns thinking off, or as far down as it goes. The models before the adaptive ones think only when they are told to.
func (e *encoder) off() *thinking {
	switch {
	case e.family.between:
		return &thinking{Type: thinkingBetweenTools}
	case e.family.always:
		e.ledger.Lose(lostEffort)
		e.config().Effort = "low"
		return nil
	case e.family.thinking == modeAdaptive:
		return &thinking{Type: thinkingDisabled}
	}
	return nil
}

// adaptive lets the model decide. A budget becomes the effort that is nearest to it.
func (e *encoder) adaptive(r *chat.Reasoning) *thinking {
	effort := r.Effort
	if effort == "" && r.BudgetTokens > 0 {
		e.ledger.Lose(lostBudget)
		effort = effortFor(r.BudgetTokens)
	}
	if effort != "" {
		e.config().Effort = e.family.effort(effort)
	}
	return &thinking{Type: thinkingAdaptive}
}

// budget bounds the thinking to at least leastBudget and to less than max_tokens, of which it is a part: a quarter is kept for the
// answer itself, unless the client gave a budget that fits. It is off, and named, where max_tokens leaves no room.
func (e *encoder) budget(r *chat.Reasoning) *thinking {
	room := *e.body.MaxTokens
	if room <= leastBudget {
		e.ledger.Lose(lostEffort)
		return nil
	}
	bounded := r.BudgetTokens
	if bounded == 0 {
		bounded = min(budgetFor(r.Effort), room/4*3)
	}
	if bounded >= room {
		bounded = room / 4 * 3
	}
	bounded = max(bounded, leastBudget)
	if r.BudgetTokens > 0 && bounded != r.BudgetTokens {
		e.ledger.Lose(lostBudget)
	}
	return &thinking{Type: thinkingEnabled, BudgetTokens: bounded}
}

// budgetFor is the budget that stands for an effort, in tokens. Beyond 32,000 Anthropic sees little gain.
func budgetFor(effort string) int64 {
	switch effort {
	case "minimal":
		return leastBudget
	case "low":
		return 2_048
	case "high":
		return 24_576
	case "xhigh", "max":
		return 32_000
	}
	return 8_192
}

// effortFor is the reverse of budgetFor.
func effortFor(tokens int64) string {
	for _, effort := range []string{"low", "medium", "high"} {
		if tokens <= budgetFor(effort) {
			return effort
		}
	}
	return "max"
}

func (e *encoder) config() *outputConfig {
	if e.body.OutputConfig == nil {
		e.body.OutputConfig = &outputConfig{}
	}
	return e.body.OutputConfig
}

// prefilled says that the model shall go on with an answer that has begun.
func (e *encoder) prefilled() bool {
	n := len(e.body.Messages)
	return n > 0 && e.body.Messages[n-1].Role == roleAssistant
}

// forgotten says that the model shall go on from calls of tools, and that the answer with the calls does not begin with its
// thoughts.
func (e *encoder) forgotten() bool {
	n := len(e.body.Messages)
	if n < 2 || e.body.Messages[n-1].Content[0].Type != blockToolResult {
		return false
	}
	first := e.body.Messages[n-2].Content[0].Type
	return first != blockThinking && first != blockRedacted
}
