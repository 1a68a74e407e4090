package e2e

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"

	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/fairlead-dev/fairlead/api/v1alpha1"
	"github.com/fairlead-dev/fairlead/hack/stack"
)

// The tiny models, each of which shows one thing that a real Ollama does. The alias of each has the same name.
var tinyModels = []string{"tiny-tools", "tiny-think", "tiny-embed", "tiny-endless"}

const (
	weatherSchema = `{"type":"object","properties":{"city":{"type":"string"}},"required":["city"]}`
	weather       = "What is the weather in Paris?"
)

// spoken is one client protocol: how it asks for each thing, and what its answers hold.
type spoken struct {
	chat, stream, tools, think, endless, embed ask
}

// ask is a request and what its answer has to hold. The zero value is what a protocol does not have.
type ask struct {
	path, body string
	want       []string
}

func surfaces() map[string]spoken {
	return map[string]spoken{
		"OpenAIChat": {
			chat:    ask{"/v1/chat/completions", `{"model":"llama3","messages":[{"role":"user","content":"hi"}]}`, []string{"tiny stand-in for llama3.2:3b", `"finish_reason":"stop"`, `"total_tokens"`}},
			stream:  ask{"/v1/chat/completions", `{"model":"llama3","stream":true,"stream_options":{"include_usage":true},"messages":[{"role":"user","content":"hi"}]}`, []string{`"role":"assistant"`, `"finish_reason":"stop"`, `"usage":{`, "data: [DONE]"}},
			tools:   ask{"/v1/chat/completions", `{"model":"tiny-tools","messages":[{"role":"user","content":"` + weather + `"}],"tools":[{"type":"function","function":{"name":"get_weather","parameters":` + weatherSchema + `}}]}`, []string{`"name":"get_weather"`, `Paris`, `"finish_reason":"tool_calls"`}},
			think:   ask{"/v1/chat/completions", `{"model":"tiny-think","reasoning_effort":"high","messages":[{"role":"user","content":"hi"}]}`, []string{`"reasoning_content":"Let me see what was asked.`, "The answer is 42."}},
			endless: ask{"/v1/chat/completions", `{"model":"tiny-endless","max_tokens":40,"stream":true,"messages":[{"role":"user","content":"hi"}]}`, []string{`"finish_reason":"length"`, "data: [DONE]"}},
			embed:   ask{"/v1/embeddings", `{"model":"tiny-embed","input":"hi","encoding_format":"float"}`, []string{`"object":"embedding"`, `"embedding":[`}},
		},
		"OpenAICompletions": {
			chat:   ask{"/v1/completions", `{"model":"llama3","prompt":"hi"}`, []string{"tiny stand-in for llama3.2:3b", `"object":"text_completion"`}},
			stream: ask{"/v1/completions", `{"model":"llama3","prompt":"hi","stream":true}`, []string{`"finish_reason":"stop"`, "data: [DONE]"}},
		},
		"OpenAIResponses": {
			chat:    ask{"/v1/responses", `{"model":"llama3","input":"hi"}`, []string{"tiny stand-in for llama3.2:3b", `"status":"completed"`, `"object":"response"`}},
			stream:  ask{"/v1/responses", `{"model":"llama3","input":"hi","stream":true}`, []string{"event: response.created", "event: response.output_text.delta", "event: response.completed"}},
			tools:   ask{"/v1/responses", `{"model":"tiny-tools","input":"` + weather + `","tools":[{"type":"function","name":"get_weather","parameters":` + weatherSchema + `}]}`, []string{`"type":"function_call"`, `"name":"get_weather"`, `Paris`}},
			think:   ask{"/v1/responses", `{"model":"tiny-think","input":"hi","reasoning":{"effort":"high","summary":"auto"}}`, []string{`"type":"reasoning"`, "Let me see what was asked.", "The answer is 42."}},
			endless: ask{"/v1/responses", `{"model":"tiny-endless","input":"hi","stream":true,"max_output_tokens":40}`, []string{"event: response.incomplete", `"reason":"max_output_tokens"`}},
		},
		"Anthropic": {
			chat:    ask{"/v1/messages", `{"model":"llama3","max_tokens":100,"messages":[{"role":"user","content":"hi"}]}`, []string{"tiny stand-in for llama3.2:3b", `"stop_reason":"end_turn"`, `"type":"message"`}},
			stream:  ask{"/v1/messages", `{"model":"llama3","max_tokens":100,"stream":true,"messages":[{"role":"user","content":"hi"}]}`, []string{"event: message_start", "event: content_block_delta", `"stop_reason":"end_turn"`, "event: message_stop"}},
			tools:   ask{"/v1/messages", `{"model":"tiny-tools","max_tokens":100,"messages":[{"role":"user","content":"` + weather + `"}],"tools":[{"name":"get_weather","input_schema":` + weatherSchema + `}]}`, []string{`"type":"tool_use"`, `"name":"get_weather"`, `"city":"Paris"`, `"stop_reason":"tool_use"`}},
			think:   ask{"/v1/messages", `{"model":"tiny-think","max_tokens":2000,"thinking":{"type":"enabled","budget_tokens":1024},"messages":[{"role":"user","content":"hi"}]}`, []string{`"type":"thinking"`, "Let me see what was asked.", "The answer is 42."}},
			endless: ask{"/v1/messages", `{"model":"tiny-endless","max_tokens":40,"stream":true,"messages":[{"role":"user","content":"hi"}]}`, []string{`"stop_reason":"max_tokens"`, "event: message_stop"}},
		},
		"Gemini": {
			chat:    ask{"/v1beta/models/llama3:generateContent", `{"contents":[{"role":"user","parts":[{"text":"hi"}]}]}`, []string{"tiny stand-in for llama3.2:3b", `"finishReason":"STOP"`, `"usageMetadata"`}},
			stream:  ask{"/v1beta/models/llama3:streamGenerateContent?alt=sse", `{"contents":[{"role":"user","parts":[{"text":"hi"}]}]}`, []string{"data: {", `"finishReason":"STOP"`}},
			tools:   ask{"/v1beta/models/tiny-tools:generateContent", `{"contents":[{"role":"user","parts":[{"text":"` + weather + `"}]}],"tools":[{"functionDeclarations":[{"name":"get_weather","parameters":` + weatherSchema + `}]}]}`, []string{`"functionCall":{`, `"name":"get_weather"`, `"city":"Paris"`}},
			think:   ask{"/v1beta/models/tiny-think:generateContent", `{"contents":[{"role":"user","parts":[{"text":"hi"}]}],"generationConfig":{"thinkingConfig":{"includeThoughts":true}}}`, []string{`"thought":true`, "Let me see what was asked.", "The answer is 42."}},
			endless: ask{"/v1beta/models/tiny-endless:streamGenerateContent?alt=sse", `{"contents":[{"role":"user","parts":[{"text":"hi"}]}],"generationConfig":{"maxOutputTokens":40}}`, []string{`"finishReason":"MAX_TOKENS"`}},
			embed:   ask{"/v1beta/models/tiny-embed:embedContent", `{"content":{"parts":[{"text":"hi"}]}}`, []string{`"embedding":{"values":[`}},
		},
		"Ollama": {
			chat:    ask{"/api/chat", `{"model":"llama3","stream":false,"messages":[{"role":"user","content":"hi"}]}`, []string{"tiny stand-in for llama3.2:3b", `"done":true`}},
			stream:  ask{"/api/chat", `{"model":"llama3","messages":[{"role":"user","content":"hi"}]}`, []string{`"done":false`, `"done":true`, `"done_reason":"stop"`}},
			tools:   ask{"/api/chat", `{"model":"tiny-tools","stream":false,"messages":[{"role":"user","content":"` + weather + `"}],"tools":[{"type":"function","function":{"name":"get_weather","parameters":` + weatherSchema + `}}]}`, []string{`"name":"get_weather"`, `"city":"Paris"`}},
			think:   ask{"/api/chat", `{"model":"tiny-think","stream":false,"think":true,"messages":[{"role":"user","content":"hi"}]}`, []string{`"thinking":"Let me see what was asked.`, "The answer is 42."}},
			endless: ask{"/api/generate", `{"model":"tiny-endless","prompt":"hi","options":{"num_predict":40}}`, []string{`"done_reason":"length"`}},
			embed:   ask{"/api/embed", `{"model":"tiny-embed","input":"hi"}`, []string{`"embeddings":[[`}},
		},
	}
}

// TestSurfacesOfARealOllama asks a real Ollama in every protocol that clients speak, for everything that the protocol has.
func TestSurfacesOfARealOllama(t *testing.T) {
	s, c := connect(t)
	pullTinyModels(t, s)
	for name, spoken := range surfaces() {
		for feature, ask := range map[string]ask{
			"Chat": spoken.chat, "Stream": spoken.stream, "Tools": spoken.tools, "Thinking": spoken.think, "Endless": spoken.endless, "Embeddings": spoken.embed,
		} {
			if ask.path != "" {
				t.Run(name+"/"+feature, func(t *testing.T) { checkAsk(t, c, ask) })
			}
		}
	}
}

func checkAsk(t *testing.T, c *stack.Client, a ask) {
	url := strings.TrimSuffix(c.BaseURL, "/v1") + a.path
	request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, url, strings.NewReader(a.body))
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("X-Api-Key", c.Key)
	request.Header.Set("Content-Type", "application/json")
	response, err := c.HTTP.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil || response.StatusCode != http.StatusOK {
		t.Fatalf("%s (%v): %s", response.Status, err, body)
	}
	var compact bytes.Buffer
	if json.Compact(&compact, body) == nil {
		body = compact.Bytes()
	}
	for _, want := range a.want {
		if !bytes.Contains(body, []byte(want)) {
			t.Errorf("the answer does not hold %s:\n%.4000s", want, body)
		}
	}
}

// pullTinyModels has the operator pull the models, and gives each an alias. Both are taken back when the test ends.
func pullTinyModels(t *testing.T, s *stack.Stack) {
	t.Helper()
	var provider v1alpha1.ModelProvider
	key := client.ObjectKey{Namespace: s.Namespace, Name: "local"}
	if err := s.Client.Get(t.Context(), key, &provider); err != nil {
		t.Fatal(err)
	}
	before := provider.DeepCopy()
	for _, m := range tinyModels {
		provider.Spec.Ollama.Models = append(provider.Spec.Ollama.Models, v1alpha1.OllamaModel{Name: v1alpha1.ModelName(m)})
	}
	if err := s.Client.Patch(t.Context(), &provider, client.MergeFrom(before)); err != nil {
		t.Fatal(err)
	}
	for _, m := range tinyModels {
		create(t, s, stack.NewAlias(s.Namespace, m, "local", m))
	}
	for _, m := range tinyModels {
		if err := s.AwaitReady(t.Context(), m, limit); err != nil {
			t.Fatal(fmt.Errorf("model %s: %w", m, err))
		}
	}
	t.Cleanup(func() {
		ctx := context.WithoutCancel(t.Context())
		if err := s.Client.Get(ctx, key, &provider); err == nil {
			after := provider.DeepCopy()
			provider.Spec.Ollama.Models = before.Spec.Ollama.Models
			if err := s.Client.Patch(ctx, &provider, client.MergeFrom(after)); err != nil {
				t.Errorf("taking the tiny models back: %v", err)
			}
		}
	})
}
