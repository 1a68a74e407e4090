package bedrock

import (
	"encoding/json"
	"fmt"

	"github.com/fairlead-dev/fairlead/gateway/chat"
	"github.com/fairlead-dev/fairlead/gateway/fault"
)

// decoder reads one answer.
type decoder struct {
	// hide says that the client does not want to see what the model thinks.
	hide bool
}

func newDecoder(req *chat.Request) *decoder {
	return &decoder{hide: req.Reasoning != nil && req.Reasoning.Show != nil && !*req.Reasoning.Show}
}

// answer is what Converse answers.
type answer struct {
	Output struct {
		Message struct {
			Content []block `json:"content"`
		} `json:"message"`
	} `json:"output"`
	stopped
	Usage *usage `json:"usage"`
}

// stopped is why an answer ended, in an answer of Converse as in the event messageStop.
type stopped struct {
	StopReason                    string `json:"stopReason"`
	AdditionalModelResponseFields struct {
		StopSequence string `json:"stop_sequence"`
	} `json:"additionalModelResponseFields"`
}

// usage is what an answer cost. Unlike the neutral form it counts what has to do with the cache apart.
// Source: https://docs.aws.amazon.com/bedrock/latest/userguide/prompt-caching.html
type usage struct {
	InputTokens           int64 `json:"inputTokens"`
	OutputTokens          int64 `json:"outputTokens"`
	CacheReadInputTokens  int64 `json:"cacheReadInputTokens"`
	CacheWriteInputTokens int64 `json:"cacheWriteInputTokens"`
}

func (u *usage) neutral() chat.Usage {
	if u == nil {
		return chat.Usage{}
	}
	read, written := max(u.CacheReadInputTokens, 0), max(u.CacheWriteInputTokens, 0)
	return chat.Usage{
		Known: true, InputTokens: max(u.InputTokens, 0) + read + written, CachedInputTokens: read, CacheWriteTokens: written,
		OutputTokens: max(u.OutputTokens, 0),
	}
}

// Whole reads an answer of Converse.
func (d *decoder) Whole(body []byte) (*chat.Answer, error) {
	var a answer
	if err := json.Unmarshal(body, &a); err != nil {
		return nil, fmt.Errorf("decoding Bedrock's answer: %w", err)
	}
	if a.StopReason == "" {
		return nil, chat.ErrUnfinished
	}
	finish, err := a.finish()
	if err != nil {
		return nil, err
	}
	choice := chat.Choice{Finish: finish}
	for i := range a.Output.Message.Content {
		if p, ok := partOf(&a.Output.Message.Content[i], d.hide); ok {
			choice.Parts = append(choice.Parts, p)
		}
	}
	return &chat.Answer{Choices: []chat.Choice{choice}, Usage: a.Usage.neutral()}, nil
}

// partOf is what a block is; ok is false for a kind that is not known.
func partOf(b *block, hide bool) (p chat.Part, ok bool) {
	switch {
	case b.Text != "":
		return chat.Text(b.Text), true
	case b.ToolUse != nil:
		call := &chat.ToolCall{ID: b.ToolUse.ToolUseID, Name: b.ToolUse.Name, Arguments: object(b.ToolUse.Input)}
		return chat.Part{Kind: chat.KindToolCall, ToolCall: call}, true
	case b.ReasoningContent == nil:
		return chat.Part{}, false
	case b.ReasoningContent.RedactedContent != "":
		return chat.Part{Kind: chat.KindRedacted, Signature: signed(b.ReasoningContent.RedactedContent)}, true
	case b.ReasoningContent.ReasoningText == nil:
		return chat.Part{}, false
	}
	t := b.ReasoningContent.ReasoningText
	p = chat.Part{Kind: chat.KindThinking, Text: t.Text, Signature: signed(t.Signature)}
	if hide {
		p.Text = ""
	}
	return p, p.Text != "" || p.Signature.Value != ""
}

// signed is a signature. Of the models of Bedrock only Claude gives any.
func signed(value string) chat.Signature {
	if value == "" {
		return chat.Signature{}
	}
	return chat.Signature{Origin: chat.OriginAnthropic, Value: value}
}

// finish reads why an answer ended. What the model wrote and nobody can read is an error, not an answer.
// Source: https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_Converse.html#bedrock-runtime_Converse-response-stopReason
func (s *stopped) finish() (chat.Finish, error) {
	switch s.StopReason {
	case "tool_use":
		return chat.Finish{Reason: chat.FinishToolCalls}, nil
	case "max_tokens", "model_context_window_exceeded":
		return chat.Finish{Reason: chat.FinishLength}, nil
	case "guardrail_intervened", "content_filtered", "refusal":
		return chat.Finish{Reason: chat.FinishContentFilter}, nil
	case "malformed_model_output", "malformed_tool_use":
		return chat.Finish{}, fault.BadGateway("The model wrote something that cannot be read. Asking again may help.")
	}
	return chat.Finish{Reason: chat.FinishStop, StopSequence: s.AdditionalModelResponseFields.StopSequence}, nil
}
