package surface

import (
	"github.com/fairlead-dev/fairlead/gateway/jsonscan"
	"github.com/fairlead-dev/fairlead/gateway/protocol"
	"github.com/fairlead-dev/fairlead/gateway/protocol/anthropic"
	"github.com/fairlead-dev/fairlead/gateway/protocol/gemini"
	"github.com/fairlead-dev/fairlead/gateway/protocol/ollama"
	"github.com/fairlead-dev/fairlead/gateway/protocol/openai"
	"github.com/fairlead-dev/fairlead/gateway/protocol/responses"
	"github.com/fairlead-dev/fairlead/gateway/sse"
)

// Table says how every call of every client protocol is served.
type Table struct {
	services map[protocol.Name]map[string]*protocol.Service
	dialects map[protocol.Name]*Dialect
}

// New returns the Table of all protocols.
func New() *Table {
	return &Table{
		services: map[protocol.Name]map[string]*protocol.Service{
			protocol.OpenAI: openAIServices(), protocol.Anthropic: anthropicServices(),
			protocol.Gemini: geminiServices(), protocol.Ollama: ollamaServices(),
		},
		dialects: dialects(),
	}
}

// Service is how a call that Find returned is served.
func (t *Table) Service(c *protocol.Call) *protocol.Service { return t.services[c.Protocol][c.Path] }

// Dialect is how a protocol tells failures and lists models. An unknown name stands for OpenAI's.
func (t *Table) Dialect(name protocol.Name) *Dialect {
	if d := t.dialects[name]; d != nil {
		return d
	}
	return t.dialects[protocol.OpenAI]
}

// inBody is a body that names the model and may ask for a stream, as most protocols have it.
func inBody(content jsonscan.Content) *jsonscan.Spec {
	return &jsonscan.Spec{Model: true, Stream: true, Content: content}
}

// plain is a body that names the model and knows no stream.
func plain(content jsonscan.Content) *jsonscan.Spec {
	return &jsonscan.Spec{Model: true, Content: content}
}

func messages() jsonscan.Content { return jsonscan.Content{Name: "messages", Objects: true} }

func text(name string) jsonscan.Content { return jsonscan.Content{Name: name, Text: true} }

func texts(name string) jsonscan.Content { return jsonscan.Content{Name: name, Text: true, List: true} }

func openAIServices() map[string]*protocol.Service {
	observe := func(op protocol.Operation) func(bool) protocol.Observer {
		return func(stream bool) protocol.Observer { return openai.NewObserver(op, stream) }
	}
	streams := func(s *jsonscan.Spec) *jsonscan.Spec {
		s.StreamOptions = true
		return s
	}
	all := map[string]*protocol.Service{
		"/chat/completions": {Scan: streams(inBody(messages())), Chat: openai.NewChat(), Waiting: sse.Comment},
		"/completions":      {Scan: streams(inBody(texts("prompt"))), Chat: openai.NewCompletions(), Waiting: sse.Comment},
		"/responses": {
			Scan: inBody(jsonscan.Content{Name: "input", Text: true, List: true, Optional: true}), Chat: responses.New(), Waiting: sse.Comment,
			Errors: responses.Errors{}, Observe: func(stream bool) protocol.Observer { return responses.NewObserver(stream) },
		},
		"/responses/input_tokens": {
			Scan: plain(jsonscan.Content{Name: "input", Text: true, List: true, Optional: true}), Count: responses.InputTokens{},
		},
		"/embeddings":           {Scan: streams(inBody(texts("input"))), Embedding: openai.Embeddings{}},
		"/images/generations":   {Scan: inBody(text("prompt"))},
		"/images/edits":         {},
		"/audio/speech":         {Scan: plain(text("input"))},
		"/audio/transcriptions": {},
		"/audio/translations":   {},
		"/moderations":          {Scan: plain(texts("input"))},
		"/rerank":               {Scan: plain(jsonscan.Content{Name: "documents", List: true})},
	}
	for path, s := range all {
		if s.Errors == nil {
			s.Errors = openai.Errors{}
		}
		if s.Observe == nil {
			s.Observe = observe(openAIPaths[path[1:]])
		}
		s.StreamType, s.PassUp = protocol.TypeEvents, []string{"Accept", "Openai-Beta"}
	}
	return all
}

func anthropicServices() map[string]*protocol.Service {
	passUp := []string{"Anthropic-Version", "Anthropic-Beta"}
	return map[string]*protocol.Service{
		"/messages": {
			Scan: inBody(messages()), Chat: anthropic.NewMessages(), Errors: anthropic.Errors{},
			Observe: func(stream bool) protocol.Observer { return anthropic.NewObserver(stream) }, StreamType: protocol.TypeEvents, PassUp: passUp,
			Waiting: func(string) []byte { return anthropic.Ping() },
		},
		"/messages/count_tokens": {Scan: plain(messages()), Count: anthropic.CountTokens{}, Errors: anthropic.Errors{}, PassUp: passUp},
	}
}

func geminiServices() map[string]*protocol.Service {
	observe := func(bool) protocol.Observer { return gemini.NewObserver() }
	contents := &jsonscan.Spec{Content: jsonscan.Content{Name: "contents", Objects: true, Object: true}}
	return map[string]*protocol.Service{
		":generateContent":       {Scan: contents, Chat: gemini.Generate{}, Errors: gemini.Errors{}, Observe: observe, StreamType: protocol.TypeEvents},
		":streamGenerateContent": {Scan: contents, Chat: gemini.Generate{}, Errors: gemini.Errors{}, Observe: observe, StreamType: protocol.TypeEvents},
		":countTokens":           {Scan: &jsonscan.Spec{}, Count: gemini.Count{}, Errors: gemini.Errors{}},
		":embedContent":          {Scan: &jsonscan.Spec{}, Embedding: gemini.Embed{}, Errors: gemini.Errors{}},
		":batchEmbedContents":    {Scan: &jsonscan.Spec{}, Embedding: gemini.Embed{}, Errors: gemini.Errors{}},
	}
}

func ollamaServices() map[string]*protocol.Service {
	observe := func(bool) protocol.Observer { return ollama.NewObserver() }
	streamed := func(content jsonscan.Content) *jsonscan.Spec {
		content.Optional = true
		return &jsonscan.Spec{Model: true, Stream: true, Streams: true, Content: content}
	}
	return map[string]*protocol.Service{
		"/api/chat": {
			Scan: streamed(messages()), Chat: ollama.NewChat(), Errors: ollama.Errors{}, Observe: observe, StreamType: protocol.TypeNDJSON,
		},
		"/api/generate": {
			Scan: streamed(text("prompt")), Chat: ollama.NewGenerate(), Errors: ollama.Errors{}, Observe: observe, StreamType: protocol.TypeNDJSON,
		},
		"/api/embed":      {Scan: plain(texts("input")), Embedding: ollama.Embed{}, Errors: ollama.Errors{}, Observe: observe},
		"/api/embeddings": {Scan: plain(text("prompt")), Embedding: ollama.Embeddings{}, Errors: ollama.Errors{}},
	}
}
