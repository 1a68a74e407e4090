package surface

import (
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/fairlead-dev/fairlead/gateway/protocol"
)

func openAI(op protocol.Operation, path string) Route { return call(protocol.OpenAI, op, path, "") }

// named is a call whose path holds the model.
func named(r Route, model string) Route {
	r.Call.Model = model
	return r
}

func streaming(r Route, array bool) Route {
	r.Call.Stream, r.Call.Array = true, array
	return r
}

func TestFind(t *testing.T) {
	gem := func(op protocol.Operation, method, query, model string) Route {
		return named(call(protocol.Gemini, op, ":"+method, query), model)
	}
	cases := map[string]Route{
		"/v1/chat/completions":        openAI(protocol.Chat, "/chat/completions"),
		"/chat/completions":           openAI(protocol.Chat, "/chat/completions"),
		"//v1//chat/completions/":     openAI(protocol.Chat, "/chat/completions"),
		"/v1/completions":             openAI(protocol.TextCompletion, "/completions"),
		"/embeddings":                 openAI(protocol.Embeddings, "/embeddings"),
		"/v1/responses":               openAI(protocol.Responses, "/responses"),
		"/v1/responses/input_tokens":  openAI(protocol.CountTokens, "/responses/input_tokens"),
		"/v1/responses/resp_1":        {Kind: Stored, Protocol: protocol.OpenAI},
		"/v1/responses/resp_1/cancel": {Kind: Stored, Protocol: protocol.OpenAI},
		"/v1/images/generations":      openAI(protocol.ImageGeneration, "/images/generations"),
		"/v1/images/edits":            openAI(protocol.ImageEdit, "/images/edits"),
		"/v1/audio/speech":            openAI(protocol.Speech, "/audio/speech"),
		"/v1/audio/transcriptions":    openAI(protocol.Transcription, "/audio/transcriptions"),
		"/v1/audio/translations":      openAI(protocol.Translation, "/audio/translations"),
		"/v1/moderations":             openAI(protocol.Moderation, "/moderations"),
		"/rerank":                     openAI(protocol.Rerank, "/rerank"),
		"/v1/models":                  {Kind: ListModels, Protocol: protocol.OpenAI},
		"/v1//models":                 {Kind: ListModels, Protocol: protocol.OpenAI},
		"/models/qwen2.5/coder:1.5b":  {Kind: ShowModel, Protocol: protocol.OpenAI, ID: "qwen2.5/coder:1.5b"},

		"/openai/deployments/gpt/chat/completions?api-version=2024-10-21": named(openAI(protocol.Chat, "/chat/completions"), "gpt"),
		"/openai/deployments/a/b/completions":                             named(openAI(protocol.TextCompletion, "/completions"), "a/b"),
		"/openai/deployments/chat/completions":                            named(openAI(protocol.TextCompletion, "/completions"), "chat"),
		"/openai/v1/chat/completions":                                     openAI(protocol.Chat, "/chat/completions"),
		"/openai/v1/models":                                               {Kind: ListModels, Protocol: protocol.OpenAI},
		"/openai/v1/models/gpt":                                           {Kind: ShowModel, Protocol: protocol.OpenAI, ID: "gpt"},
		"/openai/v1/responses/resp_1":                                     {Kind: Stored, Protocol: protocol.OpenAI},
		"/openai/deployments/gpt/files":                                   {Protocol: protocol.OpenAI},

		"/v1/messages":                        call(protocol.Anthropic, protocol.Chat, "/messages", ""),
		"/v1/messages?beta=true&x=y":          call(protocol.Anthropic, protocol.Chat, "/messages", "beta=true"),
		"/v1/messages/count_tokens?beta=true": call(protocol.Anthropic, protocol.CountTokens, "/messages/count_tokens", "beta=true"),

		"/v1beta/models/gemini-2.5-flash:generateContent?key=secret":               gem(protocol.Chat, "generateContent", "", "gemini-2.5-flash"),
		"/v1beta/models/gemini-2.5-flash:streamGenerateContent?alt=sse&key=secret": streaming(gem(protocol.Chat, "streamGenerateContent", "alt=sse", "gemini-2.5-flash"), false),
		"/v1beta/models/llama3.2:3b:streamGenerateContent":                         streaming(gem(protocol.Chat, "streamGenerateContent", "", "llama3.2:3b"), true),
		"/v1beta/models/a%2Fb:countTokens":                                         gem(protocol.CountTokens, "countTokens", "", "a/b"),
		"/v1/models/m:embedContent":                                                gem(protocol.Embeddings, "embedContent", "", "m"),
		"/v1alpha/models/m:batchEmbedContents":                                     gem(protocol.Embeddings, "batchEmbedContents", "", "m"),
		"/v1beta/models":                                                           {Kind: ListModels, Protocol: protocol.Gemini},
		"/v1beta/models/llama3.2:3b":                                               {Kind: ShowModel, Protocol: protocol.Gemini, ID: "llama3.2:3b"},
		"/v1beta/files":                                                            {Protocol: protocol.Gemini},

		"/":                     {Kind: Greeting, Protocol: protocol.Ollama},
		"/api/chat":             call(protocol.Ollama, protocol.Chat, "/api/chat", ""),
		"/api/generate":         call(protocol.Ollama, protocol.TextCompletion, "/api/generate", ""),
		"/api/embed":            call(protocol.Ollama, protocol.Embeddings, "/api/embed", ""),
		"/api/embeddings":       call(protocol.Ollama, protocol.Embeddings, "/api/embeddings", ""),
		"/api/tags":             {Kind: ListModels, Protocol: protocol.Ollama},
		"/api/show":             {Kind: Show, Protocol: protocol.Ollama},
		"/api/ps":               {Kind: Running, Protocol: protocol.Ollama},
		"/api/version":          {Kind: Version, Protocol: protocol.Ollama},
		"/api/pull":             {Kind: Management, Protocol: protocol.Ollama},
		"/api/blobs/sha256:abc": {Kind: Management, Protocol: protocol.Ollama},
		"/api/other":            {Protocol: protocol.Ollama},
		"/nothing":              {Protocol: protocol.OpenAI},
	}
	for target, want := range cases {
		t.Run(target, func(t *testing.T) {
			got := Find(httptest.NewRequestWithContext(t.Context(), http.MethodPost, target, nil))
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("Find: -want +got\n%s", diff)
			}
		})
	}
}

// TestFindSharedPath: three protocols have their lists of models at the same path.
func TestFindSharedPath(t *testing.T) {
	for header, want := range map[string]protocol.Name{
		"Anthropic-Version": protocol.Anthropic, "X-Goog-Api-Key": protocol.Gemini, "X-Api-Key": protocol.OpenAI,
	} {
		r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/v1/models", nil)
		r.Header.Set(header, "x")
		if got := Find(r); got.Kind != ListModels || got.Protocol != want {
			t.Errorf("with %s: %+v, want the list of %s", header, got, want)
		}
	}
}

func TestEveryPathIsACall(t *testing.T) {
	for path, op := range openAIPaths {
		if got := Find(httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/v1/"+path, nil)); got.Call.Operation != op {
			t.Errorf("%s: operation %v, want %v", path, got.Call.Operation, op)
		}
	}
}
