package openai

import (
	"encoding/json"

	"github.com/fairlead-dev/fairlead/gateway/chat"
)

// usage is the cost of an answer in tokens.
type usage struct {
	PromptTokens            int64              `json:"prompt_tokens"`
	CompletionTokens        int64              `json:"completion_tokens"`
	TotalTokens             int64              `json:"total_tokens"`
	PromptTokensDetails     *promptDetails     `json:"prompt_tokens_details,omitempty"`
	CompletionTokensDetails *completionDetails `json:"completion_tokens_details,omitempty"`
}

type promptDetails struct {
	CachedTokens     int64 `json:"cached_tokens"`
	CacheWriteTokens int64 `json:"cache_write_tokens,omitempty"`
}

type completionDetails struct {
	ReasoningTokens int64 `json:"reasoning_tokens"`
}

// newUsage is nil where the upstream said nothing. Details are there where they say something.
func newUsage(u chat.Usage) *usage {
	if !u.Known {
		return nil
	}
	w := &usage{PromptTokens: u.InputTokens, CompletionTokens: u.OutputTokens, TotalTokens: u.InputTokens + u.OutputTokens}
	if u.CachedInputTokens > 0 || u.CacheWriteTokens > 0 {
		w.PromptTokensDetails = &promptDetails{CachedTokens: u.CachedInputTokens, CacheWriteTokens: u.CacheWriteTokens}
	}
	if u.ReasoningTokens > 0 {
		w.CompletionTokensDetails = &completionDetails{ReasoningTokens: u.ReasoningTokens}
	}
	return w
}

// upstreamUsage is what an upstream may write: OpenAI's names for chats, its names for all else, and what vendors added.
// Sources: https://platform.openai.com/docs/api-reference/chat/object, https://platform.openai.com/docs/api-reference/images,
// https://api-docs.deepseek.com/api/create-chat-completion, https://platform.moonshot.ai/docs/api/chat
type upstreamUsage struct {
	Prompt            int64       `json:"prompt_tokens"`
	Completion        int64       `json:"completion_tokens"`
	Input             int64       `json:"input_tokens"`
	Output            int64       `json:"output_tokens"`
	Total             int64       `json:"total_tokens"`
	PromptDetails     cacheCounts `json:"prompt_tokens_details"`
	InputDetails      cacheCounts `json:"input_tokens_details"`
	CompletionDetails thinkCounts `json:"completion_tokens_details"`
	OutputDetails     thinkCounts `json:"output_tokens_details"`
	DeepSeekCacheHits int64       `json:"prompt_cache_hit_tokens"`
	MoonshotCached    int64       `json:"cached_tokens"`
}

type cacheCounts struct {
	Cached  int64 `json:"cached_tokens"`
	Written int64 `json:"cache_write_tokens"`
}

type thinkCounts struct {
	Reasoning int64 `json:"reasoning_tokens"`
}

// readUsage reads a usage object. What is no object of counts says nothing, and is not Known.
func readUsage(raw []byte) chat.Usage {
	if len(raw) == 0 || raw[0] != '{' {
		return chat.Usage{}
	}
	w, plain := plainCounts(raw)
	if !plain {
		w = upstreamUsage{}
		if json.Unmarshal(raw, &w) != nil {
			return chat.Usage{}
		}
	}
	u := chat.Usage{
		Known: true, InputTokens: max(w.Prompt, w.Input), OutputTokens: max(w.Completion, w.Output),
		CachedInputTokens: max(w.PromptDetails.Cached, w.InputDetails.Cached, w.DeepSeekCacheHits, w.MoonshotCached),
		CacheWriteTokens:  max(w.PromptDetails.Written, w.InputDetails.Written),
		ReasoningTokens:   max(w.CompletionDetails.Reasoning, w.OutputDetails.Reasoning),
	}
	sum := u.InputTokens + u.OutputTokens
	switch {
	case sum == 0: // rerankers give the total alone
		u.InputTokens = max(w.Total, 0)
	case u.ReasoningTokens > 0 && w.Total == sum+u.ReasoningTokens: // xAI does not count thinking as completion
		u.OutputTokens += u.ReasoningTokens
	}
	if min(w.Prompt, w.Completion, w.Input, w.Output, w.Total) < 0 {
		return chat.Usage{}
	}
	return u
}
