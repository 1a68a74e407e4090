package sdk

import (
	"context"
	"encoding/base64"
	"testing"
)

// client is an SDK behind what the tests need of it.
type client interface {
	// ask asks a question, as a stream where the question wants one. Of a stream that fails it returns what came before.
	ask(ctx context.Context, q *question) (*answer, error)
	// refusal is what the SDK's own type of error says; false for any other error.
	refusal(err error) (refusal, bool)
	// models are the names that the SDK lists.
	models(ctx context.Context) ([]string, error)
}

// embedder is a client that asks for embeddings.
type embedder interface {
	embed(ctx context.Context, model string, texts []string) ([][]float64, error)
}

// counter is a client that asks what a question would cost.
type counter interface {
	count(ctx context.Context, q *question) (int64, error)
}

// question is what a client is to ask.
type question struct {
	model                       string
	image, tools, think, schema bool
	stream                      bool
	// before is the answer to the same question, whose calls are now answered.
	before *answer
}

// answer is what a client understood.
type answer struct {
	text, thinking string
	// finish is stop, tools, or the SDK's own word.
	finish string
	calls  []call
	usage  usage
	// turn is the answer in the SDK's own words, to be repeated in the next request.
	turn any
}

type call struct{ id, name, city string }

// usage is in tokens. cached is negative where the SDK has no such number.
type usage struct{ input, cached, output int64 }

// refusal is what an SDK's error says. kind is the protocol's own name for it, and retryAfter a header; the SDKs that do not tell
// leave them empty.
type refusal struct {
	status           int
	kind, retryAfter string
}

const (
	system   = "You are terse."
	prompt   = "What is the weather in Paris and in Rome?"
	toolName = "get_weather"
	toolDoc  = "The current weather of a city."
	mostOut  = 2048
)

// weather is what the tool finds.
var weather = map[string]string{"Paris": "21 C", "Rome": "25 C"}

// parameters are those of the tool, and schema is that of a structured answer.
func parameters() map[string]any {
	return map[string]any{
		"type": "object", "properties": map[string]any{"city": map[string]any{"type": "string"}},
		"required": []any{"city"}, "additionalProperties": false,
	}
}

func schema() map[string]any {
	return map[string]any{
		"type":       "object",
		"properties": map[string]any{"city": map[string]any{"type": "string"}, "degrees": map[string]any{"type": "integer"}},
		"required":   []any{"city", "degrees"}, "additionalProperties": false,
	}
}

// png is an image of one pixel.
const png = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg=="

func pixels(t *testing.T) []byte {
	t.Helper()
	raw, err := base64.StdEncoding.DecodeString(png)
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

// sdk is one row of the matrix.
type sdk struct {
	name string
	// native are the kinds of upstream that bytes pass to.
	native []string
	// forgets says that the SDK's own way to repeat an answer leaves out what the model thought.
	forgets bool
	// dial makes a client.
	dial func(t *testing.T, url, key string, l *link) client
}

func sdks() []sdk {
	return []sdk{
		{name: "openai", native: []string{"openai", "compatible"}, dial: dialOpenAI},
		{name: "openai-plain", native: []string{"openai", "compatible"}, forgets: true, dial: dialOpenAIPlain},
		{name: "responses", native: []string{"openai"}, dial: dialResponses},
		{name: "anthropic", native: []string{"anthropic"}, dial: dialAnthropic},
		{name: "gemini", native: []string{"gemini"}, dial: dialGemini},
		{name: "ollama", native: []string{"ollama"}, dial: dialOllama},
	}
}
