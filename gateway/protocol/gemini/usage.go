package gemini

import (
	"strconv"

	"github.com/fairlead-dev/fairlead/gateway/chat"
	"github.com/fairlead-dev/fairlead/gateway/jsonwrite"
)

// neutral is the usage as all protocols count it: thoughts are output, and what Google's own tools read is input.
func (u *usageMetadata) neutral() chat.Usage {
	if u == nil {
		return chat.Usage{}
	}
	thoughts := max(u.Thoughts, 0)
	return chat.Usage{
		Known: true, InputTokens: max(u.Prompt, 0) + max(u.ToolUse, 0), CachedInputTokens: max(u.Cached, 0),
		OutputTokens: max(u.Candidates, 0) + thoughts, ReasoningTokens: thoughts,
	}
}

// appendUsage appends the member usageMetadata with its comma before it, if the cost is known.
func appendUsage(b []byte, u chat.Usage) []byte {
	if !u.Known {
		return b
	}
	thoughts := min(u.ReasoningTokens, u.OutputTokens)
	b = append(b, `,"usageMetadata":{"promptTokenCount":`...)
	b = strconv.AppendInt(b, u.InputTokens, 10)
	if u.CachedInputTokens > 0 {
		b = jsonwrite.IntMember(b, "cachedContentTokenCount", u.CachedInputTokens)
	}
	b = jsonwrite.IntMember(b, "candidatesTokenCount", u.OutputTokens-thoughts)
	if thoughts > 0 {
		b = jsonwrite.IntMember(b, "thoughtsTokenCount", thoughts)
	}
	b = jsonwrite.IntMember(b, "totalTokenCount", u.InputTokens+u.OutputTokens)
	return append(b, '}')
}
