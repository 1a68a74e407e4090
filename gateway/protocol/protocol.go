// Package protocol is what all wire protocols have in common. Each one is a package of its own below this one, with the wire types
// and both directions: what clients send to the gateway, and what the gateway sends to a provider.
package protocol

// Name of a wire protocol.
type Name string

// Protocols that clients may speak.
const (
	OpenAI    Name = "openai"
	Anthropic Name = "anthropic"
	Gemini    Name = "gemini"
	Ollama    Name = "ollama"
)

// Operation is what a client wants of a model.
type Operation uint8

// Operations.
const (
	// Chat is a conversation, in each protocol's main form.
	Chat Operation = iota + 1
	// TextCompletion continues a text: OpenAI's legacy completions, Ollama's generate.
	TextCompletion
	// Responses is OpenAI's Responses API.
	Responses
	Embeddings
	// CountTokens tells what a chat would cost.
	CountTokens
	ImageGeneration
	ImageEdit
	Speech
	Transcription
	Translation
	Moderation
	Rerank
)

// String is the operation's name as OpenTelemetry's GenAI conventions spell it in gen_ai.operation.name, where they have one.
// Source: https://opentelemetry.io/docs/specs/semconv/gen-ai/gen-ai-metrics/
func (o Operation) String() string {
	if o == 0 || o > Rerank {
		return "unknown"
	}
	return [...]string{
		"chat", "text_completion", "responses", "embeddings", "count_tokens", "image_generation", "image_edit", "speech",
		"transcription", "translation", "moderation", "rerank",
	}[o-1]
}

// Endpoint is an operation in the words of one protocol.
type Endpoint struct {
	Protocol  Name
	Operation Operation
}

// Call is what a client asks for, as far as the path of its request says it.
type Call struct {
	Endpoint
	// Path is the protocol's own path of the operation, without the version: `/chat/completions`, `/messages`, `/api/chat`; for
	// Gemini, whose paths hold the model, what follows it: `:generateContent`.
	Path string
	// Query of the request that a provider of the same protocol is to see, without `?`. Keys are not in it.
	Query string
	// Model is the name that the path holds; empty where the body has it.
	Model string
	// Stream says that the path asks for a stream. Where the body says it, it is in the scanned request.
	Stream bool
	// Array says that a stream is wanted as one JSON array: Gemini's way where a client did not ask for alt=sse.
	Array bool
}
