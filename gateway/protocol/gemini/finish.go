package gemini

import (
	"net/http"
	"strings"

	"github.com/fairlead-dev/fairlead/gateway/chat"
	"github.com/fairlead-dev/fairlead/gateway/fault"
)

// Reasons in this protocol that are written, too.
// Source: https://ai.google.dev/api/generate-content#FinishReason
const (
	finishStop      = "STOP"
	finishMaxTokens = "MAX_TOKENS"
	finishSafety    = "SAFETY"
	finishMalformed = "MALFORMED_FUNCTION_CALL"
)

// finishReason is the word of this protocol for the end of a choice.
func finishReason(r chat.FinishReason) string {
	switch r {
	case chat.FinishLength:
		return finishMaxTokens
	case chat.FinishContentFilter:
		return finishSafety
	}
	return finishStop
}

// ended says what a reason of this protocol means. The error is for an answer that is none: the model called a function in a way
// that nobody can follow. Asking again helps more often than not, so it is the upstream's failure.
func (c *candidate) ended() (chat.Finish, *fault.Error) {
	switch c.FinishReason {
	case finishMaxTokens, "CONTINUATION":
		return chat.Finish{Reason: chat.FinishLength}, nil
	case finishSafety, "RECITATION", "BLOCKLIST", "PROHIBITED_CONTENT", "SPII", "IMAGE_SAFETY", "IMAGE_PROHIBITED_CONTENT",
		"IMAGE_RECITATION", "MODEL_ARMOR":
		return chat.Finish{Reason: chat.FinishContentFilter}, nil
	case finishMalformed, "MALFORMED_RESPONSE", "UNEXPECTED_TOOL_CALL", "TOO_MANY_TOOL_CALLS", "MISSING_THOUGHT_SIGNATURE":
		return chat.Finish{}, &fault.Error{
			Status: http.StatusBadGateway, Code: strings.ToLower(c.FinishReason),
			Message: "The model's answer could not be used: it ended with " + c.FinishReason + ".",
		}
	}
	return chat.Finish{Reason: chat.FinishStop}, nil
}
