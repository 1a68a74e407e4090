package server

import (
	"net/http"
	"strings"
	"testing"

	"github.com/fairlead-dev/fairlead/gateway/provider/anthropic"
	"github.com/fairlead-dev/fairlead/gateway/provider/ollama"
	"github.com/fairlead-dev/fairlead/gateway/provider/openai"
)

// This file has what helpers of the SDKs read in whole answers and in the Responses API.

// TestContractStoredResponses: what needs stored answers is refused the same way by every method, and says why.
func TestContractStoredResponses(t *testing.T) {
	g := start(t, routes(model("chat", refusing(t, "a"))))
	for path, method := range map[string]string{
		"/v1/responses/resp_1": "DELETE", "/v1/responses/resp_1/cancel": "POST", "/responses/resp_1/input_items": "GET", "/v1/responses/compact": "POST",
	} {
		r := g.do(g.request(method, path, ""))
		if r.StatusCode != http.StatusNotFound || !strings.Contains(r.openAIError(t).Message, "stored") {
			t.Errorf("%s %s: status %d %s", method, path, r.StatusCode, r.body)
		}
	}
	for _, member := range []string{`"previous_response_id":"resp_1"`, `"conversation":"conv_1"`, `"background":true`, `"prompt":{"id":"pmpt_1"}`} {
		g, _ := before(t, ollama.New(), answersOf(ollama.New()))
		r := g.post("/v1/responses", `{"model":"chat","input":"hi",`+member+`}`)
		name, _, _ := strings.Cut(member[1:], `"`)
		if e := r.openAIError(t); r.StatusCode != http.StatusBadRequest || e.Param == nil || *e.Param != name {
			t.Errorf("%s: status %d %s", name, r.StatusCode, r.body)
		}
	}
}

// TestContractResponsesSequence: the helpers number events from 0 without a gap, and need created first and completed last.
func TestContractResponsesSequence(t *testing.T) {
	g, _ := before(t, openai.NewCompatible(), answering(http.StatusOK, "text/event-stream", badOpenAI))
	r := g.post("/v1/responses", `{"model":"chat","input":"hi","stream":true}`)
	var types []string
	for line := range strings.Lines(r.body) {
		if !strings.HasPrefix(line, "data: ") {
			continue
		}
		doc := jsonLine(line)
		if doc["sequence_number"] != float64(len(types)) {
			t.Errorf("event %d has the number %v", len(types), doc["sequence_number"])
		}
		kind, _ := doc["type"].(string)
		types = append(types, kind)
	}
	if len(types) < 3 || types[0] != "response.created" || types[len(types)-1] != "response.completed" {
		t.Errorf("events %v", types)
	}
}

// TestContractStructuredOutputs: helpers parse the content as JSON, so that it is not touched, raise at `length` and `content_filter`, and
// read `refusal`, which is there.
func TestContractStructuredOutputs(t *testing.T) {
	const content = ` {"x": 1.50, "y": "é\u0000"}`
	for reason, want := range map[string]string{"end_turn": "stop", "max_tokens": "length", "refusal": "content_filter"} {
		g, _ := before(t, anthropic.New(), answering(http.StatusOK, "application/json", `{"type":"message","role":"assistant","content":[{"type":"text","text":`+
			` " {\"x\": 1.50, \"y\": \"é\\u0000\"}"}],"stop_reason":"`+reason+`","usage":{"input_tokens":1,"output_tokens":1}}`))
		r := g.chat(`{"model":"chat",` + ask + `,` + schema + `}`)
		choices, _ := jsonLine(r.body)["choices"].([]any)
		if len(choices) != 1 {
			t.Fatalf("status %d %s", r.StatusCode, r.body)
		}
		choice, _ := choices[0].(map[string]any)
		message, _ := choice["message"].(map[string]any)
		if _, has := message["refusal"]; !has || message["content"] != content || choice["finish_reason"] != want {
			t.Errorf("%s: %s", reason, r.body)
		}
	}
}

// TestContractUsageOfWholeAnswers: each SDK reads the tokens where its own protocol has them.
func TestContractUsageOfWholeAnswers(t *testing.T) {
	g, _ := before(t, ollama.New(), answersOf(ollama.New()))
	for path, c := range map[string][2]string{
		"/v1/chat/completions":                {chatRequest, `"usage":{"prompt_tokens":7,"completion_tokens":3,"total_tokens":10`},
		"/v1/completions":                     {`{"model":"chat","prompt":"hi"}`, `"usage":{"prompt_tokens":7,"completion_tokens":3,"total_tokens":10`},
		"/v1/responses":                       {`{"model":"chat","input":"hi"}`, `"usage":{"input_tokens":7,`},
		"/v1/messages":                        {`{"model":"chat","max_tokens":5,` + ask + `}`, `"usage":{"input_tokens":7,`},
		"/v1beta/models/chat:generateContent": {`{"contents":[{"parts":[{"text":"hi"}]}]}`, `"usageMetadata":{"promptTokenCount":7,"candidatesTokenCount":3`},
	} {
		if r := g.post(path, c[0]); r.StatusCode != http.StatusOK || !strings.Contains(r.body, c[1]) {
			t.Errorf("%s: status %d, no %s in %s", path, r.StatusCode, c[1], r.body)
		}
	}
	g, _ = before(t, openai.New(), answersOf(openai.New()))
	if r := g.post("/api/chat", `{"model":"chat","stream":false,`+ask+`}`); jsonLine(r.body)["prompt_eval_count"] != 7.0 || jsonLine(r.body)["eval_count"] != 3.0 {
		t.Errorf("/api/chat: status %d %s", r.StatusCode, r.body)
	}
}

// TestContractOllamaEmbeddings: the older path has one vector without a list, the newer a list of them.
func TestContractOllamaEmbeddings(t *testing.T) {
	g, _ := before(t, openai.New(), answering(http.StatusOK, "application/json", `{"data":[{"index":0,"embedding":[1,-2]}],"usage":{"prompt_tokens":1,"total_tokens":1}}`))
	for path, c := range map[string][2]string{
		"/api/embed": {`{"model":"chat","input":"hi"}`, `"embeddings":[[1,-2]]`}, "/api/embeddings": {`{"model":"chat","prompt":"hi"}`, `{"embedding":[1,-2]}`},
	} {
		if r := g.post(path, c[0]); r.StatusCode != http.StatusOK || !strings.Contains(r.body, c[1]) {
			t.Errorf("%s: status %d %s", path, r.StatusCode, r.body)
		}
	}
}
