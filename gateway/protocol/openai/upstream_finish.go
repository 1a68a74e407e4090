package openai

import (
	"net/http"
	"strings"

	"github.com/fairlead-dev/fairlead/gateway/chat"
	"github.com/fairlead-dev/fairlead/gateway/fault"
)

// finishOf reads why a choice ended, in the words of all vendors. Words that are not known mean that it stopped. An error in place
// of a reason is one.
// Sources: https://docs.mistral.ai/api/, https://api-docs.deepseek.com/api/create-chat-completion,
// https://openrouter.ai/docs/api-reference/overview#finish-reason, https://docs.vllm.ai
func finishOf(c *chunkChoice, refused bool) (chat.Finish, *fault.Error) {
	f := chat.Finish{Reason: chat.FinishStop}
	if stop := text(c.StopReason); strings.HasPrefix(string(c.StopReason), `"`) {
		f.StopSequence = stop
	}
	switch strings.ToLower(c.FinishReason) {
	case "length", "max_tokens", "model_length", "max_output_tokens":
		f.Reason = chat.FinishLength
	case "tool_calls", "function_call", "tool_use":
		f.Reason = chat.FinishToolCalls
	case "content_filter", "safety", "sensitive", "refusal", "recitation":
		f.Reason = chat.FinishContentFilter
	case "error", "network_error":
		return f, fault.BadGateway("The upstream ended its answer with an error.")
	case "insufficient_system_resource":
		return f, &fault.Error{
			Status: http.StatusServiceUnavailable, Code: fault.CodeUpstream, Message: "The upstream has no resources for the request now.",
		}
	}
	if refused && f.Reason == chat.FinishStop {
		f.Reason = chat.FinishContentFilter
	}
	return f, nil
}
