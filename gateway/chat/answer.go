package chat

import (
	"encoding/json"
	"time"
)

// Answer is a whole answer.
type Answer struct {
	// ID that the upstream gave the answer, or empty.
	ID string
	// Created is when it was made; zero where the upstream did not say.
	Created time.Time
	Choices []Choice
	Usage   Usage
}

// Choice is one of the answers, of which there is more than one only where a client asked for it.
type Choice struct {
	// Parts are text, thinking and calls of tools, in the order in which the model gave them.
	Parts  []Part
	Finish Finish
	// Logprobs are the log probabilities of the tokens in OpenAI's form, or nil.
	Logprobs []json.RawMessage
}

// FinishReason is why a choice ended, in OpenAI's words.
type FinishReason string

// Reasons.
const (
	FinishStop          FinishReason = "stop"
	FinishLength        FinishReason = "length"
	FinishToolCalls     FinishReason = "tool_calls"
	FinishContentFilter FinishReason = "content_filter"
)

// Finish is why a choice ended.
type Finish struct {
	Reason FinishReason
	// StopSequence is the one of the client's sequences that ended it, or empty.
	StopSequence string
}
