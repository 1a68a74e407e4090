package chat

// Usage is what an answer cost, in tokens, as the upstream counted them. Known is false where it said nothing.
type Usage struct {
	Known bool
	// InputTokens are all tokens of the prompt, those from a cache included.
	InputTokens int64
	// CachedInputTokens is the part of InputTokens that was read from the provider's prompt cache, and CacheWriteTokens the part
	// that was written to it.
	CachedInputTokens, CacheWriteTokens int64
	OutputTokens                        int64
	// ReasoningTokens is the part of OutputTokens that was spent on thinking.
	ReasoningTokens int64
}

// mostTokens is more than any request takes: some hundred times the longest context there is.
const mostTokens = 1 << 30

// Bounded is the usage with each figure between 0 and 2^30. An upstream may write anything, and what it writes is added up for months.
func (u Usage) Bounded() Usage {
	for _, n := range []*int64{&u.InputTokens, &u.CachedInputTokens, &u.CacheWriteTokens, &u.OutputTokens, &u.ReasoningTokens} {
		*n = min(max(*n, 0), mostTokens)
	}
	return u
}
