package openai

import "encoding/json"

// ChatCompletion is an answer to ChatCompletions that is not streamed.
// Source of all wire types: https://platform.openai.com/docs/api-reference
type ChatCompletion struct {
	ID      string       `json:"id"`
	Object  string       `json:"object"`
	Created int64        `json:"created"`
	Model   string       `json:"model"`
	Choices []ChatChoice `json:"choices"`
	Usage   *Usage       `json:"usage,omitempty"`
}

// ChatChoice is one answer of a ChatCompletion.
type ChatChoice struct {
	Index        int         `json:"index"`
	Message      ChatMessage `json:"message"`
	Logprobs     *Logprobs   `json:"logprobs"`
	FinishReason string      `json:"finish_reason"`
}

// ChatMessage is what the model said. Content is null where it only called tools.
type ChatMessage struct {
	Role    string  `json:"role"`
	Content *string `json:"content"`
	// Refusal is always null here: no upstream that is translated has the notion.
	Refusal *string `json:"refusal"`
	Reasoning
	ToolCalls []ToolCall `json:"tool_calls,omitempty"`
}

// Reasoning is what the model thought, under the two names that clients look for: DeepSeek's and OpenRouter's.
type Reasoning struct {
	ReasoningContent string `json:"reasoning_content,omitempty"`
	Reasoning        string `json:"reasoning,omitempty"`
}

// Thought returns a Reasoning that holds text.
func Thought(text string) Reasoning { return Reasoning{ReasoningContent: text, Reasoning: text} }

// ToolCall is one call of a tool.
type ToolCall struct {
	// Index tells the calls of a stream apart. Clients drop a delta without it.
	Index    *int         `json:"index,omitempty"`
	ID       string       `json:"id,omitempty"`
	Type     string       `json:"type,omitempty"`
	Function FunctionCall `json:"function"`
}

// FunctionCall is the function that a tool call names and its arguments, a JSON object as text.
type FunctionCall struct {
	Name      string `json:"name,omitempty"`
	Arguments string `json:"arguments"`
}

// ChatChunk is one event of a streamed answer to ChatCompletions.
type ChatChunk struct {
	ID      string        `json:"id"`
	Object  string        `json:"object"`
	Created int64         `json:"created"`
	Model   string        `json:"model"`
	Choices []DeltaChoice `json:"choices"`
	Usage   *Usage        `json:"usage,omitempty"`
}

// DeltaChoice is what one chunk adds to one answer. FinishReason is null but in the last.
type DeltaChoice struct {
	Index        int       `json:"index"`
	Delta        Delta     `json:"delta"`
	Logprobs     *Logprobs `json:"logprobs,omitempty"`
	FinishReason *string   `json:"finish_reason"`
}

// Delta is what one chunk adds to a message.
type Delta struct {
	Role    string  `json:"role,omitempty"`
	Content *string `json:"content,omitempty"`
	Reasoning
	ToolCalls []ToolCall `json:"tool_calls,omitempty"`
}

// Logprobs are the log probabilities of an answer's tokens, as the upstream wrote them.
type Logprobs struct {
	Content []json.RawMessage `json:"content"`
	Refusal *string           `json:"refusal"`
}

// Values of object and of finish_reason.
const (
	ObjectChatCompletion = "chat.completion"
	ObjectChatChunk      = "chat.completion.chunk"
	ObjectCompletion     = "text_completion"
	ObjectList           = "list"
	ObjectEmbedding      = "embedding"

	FinishStop      = "stop"
	FinishLength    = "length"
	FinishToolCalls = "tool_calls"
)
