package anthropic

import "github.com/fairlead-dev/fairlead/gateway/chat"

// Reasons why an answer ended.
// Source: https://platform.claude.com/docs/en/build-with-claude/handling-stop-reasons
const (
	stopEndTurn       = "end_turn"
	stopMaxTokens     = "max_tokens"
	stopSequence      = "stop_sequence"
	stopToolUse       = "tool_use"
	stopRefusal       = "refusal"
	stopContextWindow = "model_context_window_exceeded"
)

// finish reads why an answer ended. A reason that is not known is an ordinary end, as is pause_turn: only tools that the provider
// runs by itself can pause a turn, and the gateway asks for none.
func finish(reason string, sequence *string) chat.Finish {
	switch reason {
	case stopMaxTokens, stopContextWindow:
		return chat.Finish{Reason: chat.FinishLength}
	case stopToolUse:
		return chat.Finish{Reason: chat.FinishToolCalls}
	case stopRefusal:
		return chat.Finish{Reason: chat.FinishContentFilter}
	case stopSequence:
		f := chat.Finish{Reason: chat.FinishStop}
		if sequence != nil {
			f.StopSequence = *sequence
		}
		return f
	default:
		return chat.Finish{Reason: chat.FinishStop}
	}
}

// stop writes why an answer ended; sequence is nil where none of the client's sequences ended it.
func stop(f chat.Finish) (reason string, sequence *string) {
	switch f.Reason {
	case chat.FinishLength:
		return stopMaxTokens, nil
	case chat.FinishToolCalls:
		return stopToolUse, nil
	case chat.FinishContentFilter:
		return stopRefusal, nil
	}
	if f.StopSequence != "" {
		return stopSequence, &f.StopSequence
	}
	return stopEndTurn, nil
}
