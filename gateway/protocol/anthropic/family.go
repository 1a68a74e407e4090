package anthropic

import "strings"

// mode is how the models of a family think.
type mode uint8

const (
	modeNone mode = iota
	// modeBudget is thinking.type enabled with budget_tokens.
	modeBudget
	// modeAdaptive is thinking.type adaptive, and output_config.effort for how much.
	modeAdaptive
)

// family is what the models of one generation accept. Anthropic answers 400 to what they do not.
//
// Sources: https://platform.claude.com/docs/en/build-with-claude/thinking, …/effort, …/structured-outputs,
// https://platform.claude.com/docs/en/about-claude/models/overview, and the table getModelCapabilities of @ai-sdk/anthropic 3.0.139.
type family struct {
	// name is a part of the names of all its models, on all platforms.
	name string
	// maxTokens is the most that max_tokens may be.
	maxTokens int64
	thinking  mode
	// most is the highest effort, and xhigh says whether there is one below max.
	most  string
	xhigh bool
	// always says that thinking cannot be turned off, between that it can be reduced to what happens between calls of tools.
	always, between bool
	// unforced says that tool_choice cannot be any or tool.
	unforced bool
	// fixed says that temperature, top_p and top_k have to be left alone.
	fixed bool
	// format says that there is output_config.format, and tools can be strict.
	format bool
}

// families, the first whose name fits being the right one.
var families = []family{
	adaptive("claude-sonnet-5-5", family{always: true, between: true, unforced: true}),
	adaptive("claude-opus-5-5", family{always: true, unforced: true}),
	adaptive("claude-fable-5-1", family{always: true, unforced: true}),
	adaptive("claude-mythos-5-1", family{always: true, unforced: true}),
	adaptive("claude-haiku-5-5", family{}),
	adaptive("claude-fable-5", family{always: true}),
	adaptive("claude-mythos", family{always: true}),
	adaptive("claude-opus-5", family{}),
	adaptive("claude-sonnet-5", family{}),
	adaptive("claude-opus-4-8", family{}),
	adaptive("claude-opus-4-7", family{}),
	{name: "claude-opus-4-6", maxTokens: 128_000, thinking: modeAdaptive, most: "max", format: true},
	{name: "claude-sonnet-4-6", maxTokens: 128_000, thinking: modeAdaptive, most: "high", format: true},
	{name: "claude-opus-4-5", maxTokens: 64_000, thinking: modeBudget, format: true},
	{name: "claude-sonnet-4-5", maxTokens: 64_000, thinking: modeBudget, format: true},
	{name: "claude-haiku-4-5", maxTokens: 64_000, thinking: modeBudget, format: true},
	{name: "claude-opus-4-1", maxTokens: 32_000, thinking: modeBudget, format: true},
	{name: "claude-opus-4", maxTokens: 32_000, thinking: modeBudget},
	{name: "claude-sonnet-4", maxTokens: 64_000, thinking: modeBudget},
	{name: "claude-3-7", maxTokens: 64_000, thinking: modeBudget},
	{name: "claude-3-5", maxTokens: 8_192},
	{name: "claude-3", maxTokens: 4_096},
	// A newer model is taken for one like the newest, with as many tokens as all since Claude 4 give.
	{name: "claude-", maxTokens: 32_000, thinking: modeAdaptive, most: "max", xhigh: true, fixed: true, format: true},
}

// adaptive completes a family of the generation that began with Claude Opus 4.7.
func adaptive(name string, f family) family {
	f.name, f.maxTokens, f.thinking, f.most, f.xhigh, f.fixed, f.format = name, 128_000, modeAdaptive, "max", true, true, true
	return f
}

// familyOf is the family of a model. A model of another maker, behind a server that speaks this protocol, gets what the protocol had
// in the beginning; its name is empty.
func familyOf(model string) family {
	for _, f := range families {
		if strings.Contains(model, f.name) {
			return f
		}
	}
	return family{maxTokens: 4_096, thinking: modeBudget}
}

// effort is the highest effort of the family that is not above the one that is asked for.
func (f family) effort(asked string) string {
	switch {
	case asked == "minimal":
		return "low"
	case asked == "max":
		return f.most
	case asked == "xhigh" && !f.xhigh:
		return "high"
	}
	return asked
}
