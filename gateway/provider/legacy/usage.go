package provider

import "github.com/fairlead-dev/fairlead/gateway/openai"

// UsageOf is what an answer in OpenAI's protocol said that it cost.
func UsageOf(u openai.Usage) Usage {
	usage := Usage{Known: true, InputTokens: u.PromptTokens, OutputTokens: u.CompletionTokens}
	if u.PromptTokensDetails != nil {
		usage.CachedInputTokens = u.PromptTokensDetails.CachedTokens
	}
	if u.CompletionTokensDetails != nil {
		usage.ReasoningTokens = u.CompletionTokensDetails.ReasoningTokens
	}
	return usage
}
