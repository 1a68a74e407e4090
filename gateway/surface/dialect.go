package surface

import (
	"github.com/fairlead-dev/fairlead/gateway/fault"
	"github.com/fairlead-dev/fairlead/gateway/protocol"
	"github.com/fairlead-dev/fairlead/gateway/protocol/anthropic"
	"github.com/fairlead-dev/fairlead/gateway/protocol/gemini"
	"github.com/fairlead-dev/fairlead/gateway/protocol/ollama"
	"github.com/fairlead-dev/fairlead/gateway/protocol/openai"
	"github.com/fairlead-dev/fairlead/gateway/protocol/responses"
)

// Dialect is how a protocol tells failures and lists models.
type Dialect struct {
	Errors protocol.Errors
	// List is all models, Entry one of them.
	List  func([]protocol.Model) []byte
	Entry func(protocol.Model) []byte
}

func dialects() map[protocol.Name]*Dialect {
	return map[protocol.Name]*Dialect{
		protocol.OpenAI:    {Errors: openai.Errors{}, List: openAIList, Entry: func(m protocol.Model) []byte { return openAIModel(m).JSON() }},
		protocol.Anthropic: {Errors: anthropic.Errors{}, List: anthropicList, Entry: func(m protocol.Model) []byte { return anthropic.ModelInfo(anthropicModel(m)) }},
		protocol.Gemini:    {Errors: gemini.Errors{}, List: geminiList, Entry: func(m protocol.Model) []byte { return gemini.Model(m.Name) }},
		protocol.Ollama:    {Errors: ollama.Errors{}, List: ollamaList, Entry: func(m protocol.Model) []byte { return ollama.Describe(ollamaModel(m)) }},
	}
}

func openAIModel(m protocol.Model) openai.Model { return openai.NewModel(m.Name, m.Created) }

func anthropicModel(m protocol.Model) anthropic.Model {
	return anthropic.Model{ID: m.Name, Created: m.Created}
}

func ollamaModel(m protocol.Model) ollama.Model {
	return ollama.Model{Name: m.Name, Created: m.Created}
}

func openAIList(models []protocol.Model) []byte { return openai.ModelList(each(models, openAIModel)) }

func anthropicList(models []protocol.Model) []byte {
	return anthropic.ModelList(each(models, anthropicModel))
}

func geminiList(models []protocol.Model) []byte {
	return gemini.Models(each(models, func(m protocol.Model) string { return m.Name }))
}

func ollamaList(models []protocol.Model) []byte { return ollama.Tags(each(models, ollamaModel)) }

// each is f of all models.
func each[T any](models []protocol.Model, f func(protocol.Model) T) []T {
	out := make([]T, len(models))
	for i, m := range models {
		out[i] = f(m)
	}
	return out
}

// OllamaRunning is what is loaded, by Ollama's way to ask: nothing is, in a gateway.
func OllamaRunning() []byte { return ollama.Running() }

// OllamaVersion is the release of Ollama whose API is spoken.
func OllamaVersion() []byte { return ollama.Version() }

// Stateless is the error for a path that works on stored responses.
func Stateless(path string) *fault.Error { return responses.Stateless(path) }
