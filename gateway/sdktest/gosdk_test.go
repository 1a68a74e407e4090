package sdktest

import (
	"encoding/json"
	"errors"
	"net/http"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/openai/openai-go/v3"
	"github.com/openai/openai-go/v3/option"
)

// Texts of the recorded answers.
const (
	tinyText   = "Hello from a tiny model. I have random weights but I answer every time."
	streamText = "Yes, the server works; nothing was downloaded."
)

func client(g gateway, opts ...option.RequestOption) openai.Client {
	return openai.NewClient(append([]option.RequestOption{option.WithBaseURL(g.url), option.WithAPIKey(key), option.WithMaxRetries(0)}, opts...)...)
}

func hello(model string) openai.ChatCompletionNewParams {
	return openai.ChatCompletionNewParams{Model: model, Messages: []openai.ChatCompletionMessageParamUnion{openai.UserMessage("hi")}}
}

func withTool(p openai.ChatCompletionNewParams) openai.ChatCompletionNewParams {
	p.Tools = []openai.ChatCompletionToolUnionParam{openai.ChatCompletionFunctionTool(openai.FunctionDefinitionParam{
		Name: "get_weather", Parameters: openai.FunctionParameters{"type": "object", "properties": map[string]any{"city": map[string]any{"type": "string"}}},
	})}
	return p
}

func TestGoModels(t *testing.T) {
	c := client(start(t))
	page, err := c.Models.List(t.Context())
	if err != nil {
		t.Fatalf("List: %v", err)
	}
	names := make([]string, 0, len(page.Data))
	for _, m := range page.Data {
		names = append(names, m.ID)
	}
	if diff := cmp.Diff([]string{breaks, hosted, limited, local, thinks}, names); diff != "" {
		t.Errorf("List: -want +got\n%s", diff)
	}
	m, err := c.Models.Get(t.Context(), hosted)
	if err != nil || m.ID != hosted || m.Object != "model" || m.Created != 1_700_000_000 {
		t.Errorf("Get: %+v, %v", m, err)
	}
}

func TestGoChat(t *testing.T) {
	c := client(start(t))
	for _, model := range []string{hosted, local} {
		t.Run(model, func(t *testing.T) {
			got, err := c.Chat.Completions.New(t.Context(), hello(model))
			if err != nil {
				t.Fatalf("New: %v", err)
			}
			choice := got.Choices[0]
			if choice.Message.Content != tinyText || choice.FinishReason != "stop" || got.Usage.TotalTokens != 20 {
				t.Errorf("New: %s", got.RawJSON())
			}
		})
	}
}

// streamed is what the SDK's own accumulator makes of a stream.
func streamed(t *testing.T, c openai.Client, p openai.ChatCompletionNewParams) (openai.ChatCompletionAccumulator, error) {
	t.Helper()
	p.StreamOptions.IncludeUsage = openai.Bool(true)
	stream := c.Chat.Completions.NewStreaming(t.Context(), p)
	var acc openai.ChatCompletionAccumulator
	for stream.Next() {
		if !acc.AddChunk(stream.Current()) {
			t.Errorf("the accumulator refuses %s", stream.Current().RawJSON())
		}
	}
	return acc, stream.Err()
}

func TestGoStream(t *testing.T) {
	c := client(start(t))
	for model, want := range map[string]string{hosted: streamText, local: tinyText} {
		t.Run(model, func(t *testing.T) {
			acc, err := streamed(t, c, hello(model))
			if err != nil {
				t.Fatalf("stream: %v", err)
			}
			choice := acc.Choices[0]
			if choice.Message.Content != want || choice.Message.Role != "assistant" || choice.FinishReason != "stop" {
				t.Errorf("the stream makes %+v", choice)
			}
			if acc.Usage.PromptTokens != 6 || acc.Usage.TotalTokens != acc.Usage.PromptTokens+acc.Usage.CompletionTokens {
				t.Errorf("the stream cost %+v", acc.Usage)
			}
		})
	}
}

func TestGoTools(t *testing.T) {
	c := client(start(t))
	for _, model := range []string{hosted, local} {
		t.Run(model, func(t *testing.T) {
			got, err := c.Chat.Completions.New(t.Context(), withTool(hello(model)))
			if err != nil {
				t.Fatalf("New: %v", err)
			}
			checkCall(t, got.Choices[0])
			acc, err := streamed(t, c, withTool(hello(model)))
			if err != nil {
				t.Fatalf("stream: %v", err)
			}
			checkCall(t, acc.Choices[0])
		})
	}
}

func checkCall(t *testing.T, choice openai.ChatCompletionChoice) {
	t.Helper()
	calls := choice.Message.ToolCalls
	if choice.FinishReason != "tool_calls" || len(calls) != 1 {
		t.Fatalf("finished by %q with %d calls", choice.FinishReason, len(calls))
	}
	if f := calls[0].Function; calls[0].ID == "" || f.Name != "get_weather" || strings.ReplaceAll(f.Arguments, " ", "") != `{"city":"Paris"}` {
		t.Errorf("the call is %+v", calls[0])
	}
}

// firstVector is the first vector of the recorded answers: the same model gave it at both of Ollama's APIs.
func firstVector(t *testing.T) []float64 {
	t.Helper()
	raw, err := os.ReadFile("testdata/ollama-embed.json")
	if err != nil {
		t.Fatal(err)
	}
	var doc struct{ Embeddings [][]float64 }
	if err := json.Unmarshal(raw, &doc); err != nil {
		t.Fatal(err)
	}
	return doc.Embeddings[0]
}

func TestGoEmbeddings(t *testing.T) {
	c := client(start(t))
	want := firstVector(t)
	for _, model := range []string{hosted, local} {
		t.Run(model, func(t *testing.T) {
			got, err := c.Embeddings.New(t.Context(), openai.EmbeddingNewParams{
				Model: model, Input: openai.EmbeddingNewParamsInputUnion{OfArrayOfStrings: []string{"hello", "goodbye"}},
			})
			if err != nil {
				t.Fatalf("New: %v", err)
			}
			if len(got.Data) != 2 || got.Data[1].Index != 1 {
				t.Fatalf("%d vectors", len(got.Data))
			}
			if diff := cmp.Diff(want, got.Data[0].Embedding); diff != "" {
				t.Errorf("the first vector: -want +got\n%s", diff)
			}
		})
	}
}

func TestGoErrors(t *testing.T) {
	g := start(t)
	cases := map[string]struct {
		client openai.Client
		params openai.ChatCompletionNewParams
		status int
		code   string
		param  string
	}{
		"BadKey":       {client(g, option.WithAPIKey("sk-wrong")), hello(hosted), 401, "invalid_api_key", ""},
		"UnknownModel": {client(g), hello("hostet"), 404, "model_not_found", "model"},
		"NoMessages":   {client(g), openai.ChatCompletionNewParams{Model: hosted, Messages: []openai.ChatCompletionMessageParamUnion{}}, 400, "invalid_value", "messages"},
		"Unsupported": {client(g), openai.ChatCompletionNewParams{
			Model: local, Messages: []openai.ChatCompletionMessageParamUnion{openai.UserMessage([]openai.ChatCompletionContentPartUnionParam{
				openai.ImageContentPart(openai.ChatCompletionContentPartImageImageURLParam{URL: "https://example.com/cat.png"}),
			})},
		}, 400, "unsupported_parameter", "messages[0].content"},
		"UpstreamRefuses": {client(g), openai.ChatCompletionNewParams{
			Model: local, Messages: hello(local).Messages, Temperature: openai.Float(9),
		}, 400, "invalid_type", "options.temperature"},
		"Limited": {client(g), hello(limited), 429, "rate_limit_exceeded", ""},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			_, err := c.client.Chat.Completions.New(t.Context(), c.params)
			e, ok := errors.AsType[*openai.Error](err)
			if !ok {
				t.Fatalf("New: %v, want an *openai.Error", err)
			}
			if e.StatusCode != c.status || e.Code != c.code || e.Param != c.param || e.Message == "" {
				t.Errorf("New: %d %q %q %s, want %d %q %q", e.StatusCode, e.Code, e.Param, e.Message, c.status, c.code, c.param)
			}
			if e.Response.Header.Get("X-Request-Id") == "" {
				t.Error("the error has no x-request-id")
			}
		})
	}
}

// TestGoRetries checks that a hint when to come back reaches the SDK, which then comes back as often as it was told to.
func TestGoRetries(t *testing.T) {
	g := start(t)
	c := client(g, option.WithMaxRetries(2))
	_, err := c.Chat.Completions.New(t.Context(), hello(limited))
	e, ok := errors.AsType[*openai.Error](err)
	if !ok || e.StatusCode != http.StatusTooManyRequests {
		t.Fatalf("New: %v, want a 429", err)
	}
	if got := e.Response.Header.Get("Retry-After-Ms"); got != retryMillis {
		t.Errorf("retry-after-ms is %q, want %q", got, retryMillis)
	}
	if got := g.limited.Load(); got != 3 {
		t.Errorf("the upstream was asked %d times, want 3", got)
	}
}

// TestGoBrokenStream checks that an answer which breaks off is an error in the SDK and not a short answer.
func TestGoBrokenStream(t *testing.T) {
	acc, err := streamed(t, client(start(t)), hello(breaks))
	if err == nil {
		t.Fatalf("the stream ended well with %+v", acc.Choices)
	}
	if len(acc.Choices) == 0 || acc.Choices[0].Message.Content != "Hel" {
		t.Errorf("before the error came %+v", acc.Choices)
	}
}
