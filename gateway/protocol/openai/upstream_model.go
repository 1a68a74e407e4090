package openai

import (
	"regexp"
	"strings"

	"github.com/fairlead-dev/fairlead/gateway/chat"
	"github.com/fairlead-dev/fairlead/gateway/jsonwrite"
)

// reasons finds OpenAI's models that think, in OpenAI's names and in those of deployments that contain them: o1, o3-mini,
// gpt-5.1-codex, prod-gpt-5. For other upstreams it has to be the whole name. gpt-5-chat does not think.
// Source: https://platform.openai.com/docs/guides/reasoning
var (
	reasons       = regexp.MustCompile(`(?:^|[^a-z0-9])(o[1-9]|gpt-(?:[5-9]|1\d)(?:\.\d+)?)(?:[\-_:]|$)`)
	reasonsWholly = regexp.MustCompile(`^(?:openai/)?(o[1-9]|gpt-(?:[5-9]|1\d)(?:\.\d+)?)(?:[\-_:]|$)`)
)

// seriesOf is the series of a model of OpenAI's that thinks, such as o3 or gpt-5.1; empty for all others.
func seriesOf(model string, d Dialect) string {
	pattern := reasons
	if d == DialectCompatible {
		pattern = reasonsWholly
	}
	name := strings.ToLower(model)
	m := pattern.FindStringSubmatch(name)
	if m == nil || strings.Contains(name, "-chat") {
		return ""
	}
	return m[1]
}

// reasoning adds how much the model shall think, which only an effort can say here.
func (e *encoder) reasoning() {
	r := e.req.Reasoning
	if r == nil {
		return
	}
	switch {
	case e.series != "":
		e.openAIReasoning(r)
	case e.mistral:
		e.mistralReasoning(r)
	case e.dialect == DialectCompatible:
		e.compatibleReasoning(r)
	case !r.Off && (r.Effort != "" || r.BudgetTokens > 0):
		e.ledger.Lose("reasoning_effort")
	}
}

// compatibleReasoning: what the effort may be differs by model, and the upstream knows best. DeepSeek has a switch of its own.
// Source: https://api-docs.deepseek.com/guides/thinking_mode
func (e *encoder) compatibleReasoning(r *chat.Reasoning) {
	effort := effortOf(r)
	switch {
	case r.Off && strings.HasPrefix(e.model, "deepseek-"):
		e.add("thinking", []byte(`{"type":"disabled"}`))
	case r.Off:
		e.add("reasoning_effort", []byte(`"none"`))
	case effort != "":
		e.add("reasoning_effort", jsonwrite.String(nil, effort))
	}
}

// openAIReasoning asks for the effort that the model has and that is nearest.
func (e *encoder) openAIReasoning(r *chat.Reasoning) {
	effort := effortOf(r)
	if r.Off {
		effort = e.leastEffort()
	}
	switch older := e.alwaysThinks() || e.series == firstGPT; {
	case effort == "minimal" && e.series != firstGPT:
		effort = "low"
	case older && (effort == "xhigh" || effort == "max"):
		effort = "high"
	case effort == "max":
		effort = "xhigh"
	}
	if effort != "" {
		e.add("reasoning_effort", jsonwrite.String(nil, effort))
	}
}

// leastEffort is what comes nearest to not thinking: the o series cannot but think, gpt-5 has minimal for the least, and what came
// after it can do without.
// Source: https://platform.openai.com/docs/guides/reasoning, https://platform.openai.com/docs/guides/latest-model
func (e *encoder) leastEffort() string {
	switch {
	case e.alwaysThinks():
		e.ledger.Lose("reasoning_effort")
		return ""
	case e.series == firstGPT:
		return "minimal"
	}
	return "none"
}

// firstGPT is the first series of GPT that thinks.
const firstGPT = "gpt-5"

// alwaysThinks says that the model is of the o series.
func (e *encoder) alwaysThinks() bool { return strings.HasPrefix(e.series, "o") }

// effortOf is the effort that a client asked for, or the one that comes nearest to its budget of tokens.
func effortOf(r *chat.Reasoning) string {
	const little, some = 4 << 10, 16 << 10
	switch {
	case r.Effort != "" || r.BudgetTokens == 0:
		return r.Effort
	case r.BudgetTokens <= little:
		return "low"
	case r.BudgetTokens <= some:
		return "medium"
	}
	return "high"
}
