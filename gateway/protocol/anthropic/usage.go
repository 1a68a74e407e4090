package anthropic

import "github.com/fairlead-dev/fairlead/gateway/chat"

// usage is the cost of an answer in tokens. The three counts of input do not include each other. In a stream each count is what
// has been used so far; one that is left out stays what it was.
// Source: https://platform.claude.com/docs/en/build-with-claude/streaming
type usage struct {
	InputTokens              *int64         `json:"input_tokens,omitempty"`
	CacheCreationInputTokens *int64         `json:"cache_creation_input_tokens,omitempty"`
	CacheReadInputTokens     *int64         `json:"cache_read_input_tokens,omitempty"`
	OutputTokens             *int64         `json:"output_tokens,omitempty"`
	OutputTokensDetails      *outputDetails `json:"output_tokens_details,omitempty"`
}

type outputDetails struct {
	ThinkingTokens int64 `json:"thinking_tokens"`
}

// merge takes over the counts that next has.
func (u *usage) merge(next *usage) {
	if next.InputTokens != nil {
		u.InputTokens = next.InputTokens
	}
	if next.CacheCreationInputTokens != nil {
		u.CacheCreationInputTokens = next.CacheCreationInputTokens
	}
	if next.CacheReadInputTokens != nil {
		u.CacheReadInputTokens = next.CacheReadInputTokens
	}
	if next.OutputTokens != nil {
		u.OutputTokens = next.OutputTokens
	}
	if next.OutputTokensDetails != nil {
		u.OutputTokensDetails = next.OutputTokensDetails
	}
}

// neutral is the usage where the input includes what the cache had.
func (u *usage) neutral() chat.Usage {
	if u.InputTokens == nil && u.OutputTokens == nil {
		return chat.Usage{}
	}
	n := chat.Usage{
		Known: true, CachedInputTokens: count(u.CacheReadInputTokens), CacheWriteTokens: count(u.CacheCreationInputTokens),
		OutputTokens: count(u.OutputTokens),
	}
	n.InputTokens = count(u.InputTokens) + n.CachedInputTokens + n.CacheWriteTokens
	if u.OutputTokensDetails != nil {
		n.ReasoningTokens = max(u.OutputTokensDetails.ThinkingTokens, 0)
	}
	return n
}

// newUsage is the reverse of neutral. SDKs insist on the two totals, so that they are 0 where the upstream said nothing.
func newUsage(n chat.Usage) usage {
	input := max(n.InputTokens-n.CachedInputTokens-n.CacheWriteTokens, 0)
	u := usage{
		InputTokens: &input, CacheCreationInputTokens: &n.CacheWriteTokens, CacheReadInputTokens: &n.CachedInputTokens,
		OutputTokens: &n.OutputTokens,
	}
	if n.ReasoningTokens > 0 {
		u.OutputTokensDetails = &outputDetails{ThinkingTokens: n.ReasoningTokens}
	}
	return u
}

// count is a number of tokens, 0 where it is not known or makes no sense.
func count(n *int64) int64 {
	if n == nil {
		return 0
	}
	return max(*n, 0)
}
