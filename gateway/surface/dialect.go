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
		protocol.OpenAI:    {Errors: openai.Errors{}, List: openai.Models, Entry: openai.Model},
		protocol.Anthropic: {Errors: anthropic.Errors{}, List: anthropic.Models, Entry: anthropic.Model},
		protocol.Gemini:    {Errors: gemini.Errors{}, List: gemini.Models, Entry: gemini.Model},
		protocol.Ollama:    {Errors: ollama.Errors{}, List: ollama.Models, Entry: ollama.Model},
	}
}

// OllamaRunning is what is loaded, by Ollama's way to ask: nothing is, in a gateway.
func OllamaRunning() []byte { return ollama.Running() }

// OllamaVersion is the release of Ollama whose API is spoken.
func OllamaVersion() []byte { return ollama.Version() }

// Stateless is the error for a path that works on stored responses.
func Stateless(path string) *fault.Error { return responses.Stateless(path) }
