package openai

import "encoding/json"

// chunk is a chunk of a stream, or a whole answer, as upstreams write it. Fields that vendors fill in differently are raw.
// Sources beside OpenAI's: https://console.groq.com/docs/api-reference#chat-create, https://docs.mistral.ai/api/,
// https://openrouter.ai/docs/api-reference/streaming, https://github.com/ggml-org/llama.cpp/blob/master/tools/server/README.md
type chunk struct {
	ID      string          `json:"id"`
	Created json.RawMessage `json:"created"`
	Choices []chunkChoice   `json:"choices"`
	Usage   json.RawMessage `json:"usage"`
	Error   json.RawMessage `json:"error"`
	// Groq is where Groq has the usage, or an error, of a stream.
	Groq struct {
		Usage json.RawMessage `json:"usage"`
		Error json.RawMessage `json:"error"`
	} `json:"x_groq"`
	// Timings are llama.cpp's, in tokens, where it gives no usage.
	Timings struct {
		Cached    int64 `json:"cache_n"`
		Prompt    int64 `json:"prompt_n"`
		Predicted int64 `json:"predicted_n"`
	} `json:"timings"`
	// Object and Message are of an error as older vLLMs write it.
	Object  string          `json:"object"`
	Message json.RawMessage `json:"message"`
}

// chunkChoice is what a chunk says of a choice: a delta in a stream, a message otherwise.
type chunkChoice struct {
	Index        int             `json:"index"`
	Delta        *said           `json:"delta"`
	Message      *said           `json:"message"`
	FinishReason string          `json:"finish_reason"`
	StopReason   json.RawMessage `json:"stop_reason"`
	Logprobs     json.RawMessage `json:"logprobs"`
	Usage        json.RawMessage `json:"usage"`
	Error        json.RawMessage `json:"error"`
}

// said is what the model said, or the next piece of it.
type said struct {
	Content          json.RawMessage              `json:"content"`
	Refusal          string                       `json:"refusal"`
	ReasoningContent string                       `json:"reasoning_content"`
	Reasoning        json.RawMessage              `json:"reasoning"`
	ReasoningDetails []map[string]json.RawMessage `json:"reasoning_details"`
	ToolCalls        []saidCall                   `json:"tool_calls"`
	FunctionCall     *saidFunction                `json:"function_call"`
}

// saidCall is a call of a tool, or the next piece of one. Index is missing at Google and in whole answers.
type saidCall struct {
	Index    *int         `json:"index"`
	ID       string       `json:"id"`
	Function saidFunction `json:"function"`
	Extra    extraContent `json:"extra_content"`
}

// saidFunction has arguments as text, or as an object at vendors that take shortcuts.
type saidFunction struct {
	Name      string          `json:"name"`
	Arguments json.RawMessage `json:"arguments"`
}

// contentPart is a part of a content that is a list, as at Mistral, where a part of thinking has parts itself.
type contentPart struct {
	Type     string        `json:"type"`
	Text     string        `json:"text"`
	Thinking []contentPart `json:"thinking"`
}
