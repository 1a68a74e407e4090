package openai

// Operation is what a client asks for: one of the endpoints of OpenAI's API.
type Operation uint8

// Operations that the gateway serves.
const (
	ChatCompletions Operation = iota + 1
	Completions
	Embeddings
)

// Path is the path of the operation below an OpenAI base URL: `/chat/completions`.
func (o Operation) Path() string {
	switch o {
	case ChatCompletions:
		return "/chat/completions"
	case Completions:
		return "/completions"
	case Embeddings:
		return "/embeddings"
	}
	return ""
}

// String is the operation's name as OpenTelemetry's GenAI conventions spell it in gen_ai.operation.name.
// Source: https://opentelemetry.io/docs/specs/semconv/gen-ai/gen-ai-metrics/
func (o Operation) String() string {
	switch o {
	case ChatCompletions:
		return "chat"
	case Completions:
		return "text_completion"
	case Embeddings:
		return "embeddings"
	}
	return "unknown"
}

// Request is a client's request: its original bytes and the few fields of them that routing needs. It is made by Scan, which
// has refused everything that two JSON readers could read differently.
type Request struct {
	// Operation that was asked for.
	Operation Operation
	// Body is the request body as it was received. It is never changed.
	Body []byte
	// Model is the decoded value of the top-level field `model`.
	Model string
	// ModelStart and ModelEnd bound the JSON string of `model` in Body, its quotes included.
	ModelStart, ModelEnd int
	// Stream is the value of the top-level field `stream`.
	Stream bool
	// IncludeUsage is the value of `stream_options.include_usage`.
	IncludeUsage bool
}
