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
