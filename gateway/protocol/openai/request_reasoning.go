package openai

import (
	"slices"
	"strings"

	"github.com/fairlead-dev/fairlead/gateway/chat"
	"github.com/fairlead-dev/fairlead/gateway/fault"
	"github.com/fairlead-dev/fairlead/gateway/fields"
)

// decodeReasoning reads how much the model shall think, in the three ways in which clients of this protocol say it: OpenAI's
// reasoning_effort, OpenRouter's object `reasoning`, and the object `thinking` that LiteLLM took over from Anthropic and DeepSeek
// has too. The first that says something about a thing counts. nil where nothing was said.
// Sources: https://openrouter.ai/docs/use-cases/reasoning-tokens, https://docs.litellm.ai/docs/reasoning_content,
// https://api-docs.deepseek.com/guides/thinking_mode
func decodeReasoning(o *fields.Object, params *chat.Params) *chat.Reasoning {
	var r chat.Reasoning
	setEffort(o, "reasoning_effort", &r)
	openRouterReasoning(o, &r, params)
	thinkingSwitch(o, &r, params)
	if show := o.Bool("include_reasoning"); r.Show == nil {
		r.Show = show
	}
	if r.Off {
		r.Effort, r.BudgetTokens = "", 0
	}
	if r == (chat.Reasoning{}) {
		return nil
	}
	return &r
}

var efforts = []string{"minimal", "low", "medium", "high", "xhigh", "max"}

// setEffort reads an effort. `default` is Groq's word for not saying anything.
func setEffort(o *fields.Object, name string, r *chat.Reasoning) {
	switch effort := o.Text(name); {
	case effort == "" || effort == "default":
	case effort == "none":
		r.Off = true
	case !slices.Contains(efforts, effort):
		o.Invalid(name, "must be one of none, %s, but it is '%s'.", strings.Join(efforts, ", "), fault.Clip(effort))
	case r.Effort == "":
		r.Effort = effort
	}
}

func openRouterReasoning(o *fields.Object, r *chat.Reasoning, params *chat.Params) {
	in := o.Object("reasoning")
	if in == nil {
		return
	}
	setEffort(in, "effort", r)
	r.BudgetTokens = budget(in, "max_tokens")
	if exclude := in.Bool("exclude"); exclude != nil {
		show := !*exclude
		r.Show = &show
	}
	if enabled := in.Bool("enabled"); enabled != nil && !*enabled {
		r.Off = true
	}
	in.Drop("summary")
	lose(in, params)
}

func thinkingSwitch(o *fields.Object, r *chat.Reasoning, params *chat.Params) {
	in := o.Object("thinking")
	if in == nil {
		return
	}
	switch kind := in.Text("type"); kind {
	case "disabled":
		r.Off = true
	case "enabled", "adaptive", "auto":
		show := true
		if r.Show == nil {
			r.Show = &show
		}
	default:
		in.Invalid("type", "must be enabled, disabled or adaptive.")
	}
	if n := budget(in, "budget_tokens"); r.BudgetTokens == 0 {
		r.BudgetTokens = n
	}
	lose(in, params)
}

func budget(o *fields.Object, name string) int64 {
	n := o.Int(name)
	if n < 0 {
		o.Invalid(name, "must not be negative, but it is %d.", n)
	}
	return n
}
