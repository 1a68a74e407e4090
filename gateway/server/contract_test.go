package server

import (
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/fairlead-dev/fairlead/gateway/provider"
	"github.com/fairlead-dev/fairlead/gateway/provider/anthropic"
	"github.com/fairlead-dev/fairlead/gateway/provider/gemini"
	"github.com/fairlead-dev/fairlead/gateway/provider/ollama"
	"github.com/fairlead-dev/fairlead/gateway/provider/openai"
)

// The tests named Contract are what clients rely on without the references of their protocols saying so. This file has what SDKs do
// with errors.

// before is a gateway before one upstream, and what that was sent last.
func before(t *testing.T, p provider.Provider, h http.HandlerFunc) (*gateway, *seen) {
	t.Helper()
	got := &seen{}
	return start(t, routes(model("chat", speaking(p, target(t, "a", recording(got, h)))))), got
}

// answersOf is a short answer of each type of upstream.
func answersOf(p provider.Provider) http.HandlerFunc {
	body := chatAnswer
	switch p.(type) {
	case anthropic.Provider:
		body = `{"type":"message","role":"assistant","content":[{"type":"text","text":"yo"}],"stop_reason":"end_turn","usage":{"input_tokens":7,"output_tokens":3}}`
	case gemini.Provider:
		body = `{"candidates":[{"content":{"role":"model","parts":[{"text":"yo"}]},"finishReason":"STOP"}],"usageMetadata":{"promptTokenCount":7,"candidatesTokenCount":3}}`
	case ollama.Provider:
		body = `{"model":"m","message":{"role":"assistant","content":"yo"},"done":true,"done_reason":"stop","prompt_eval_count":7,"eval_count":3}`
	}
	return answering(http.StatusOK, "application/json", body)
}

// TestContractRetryHints: SDKs read retry-after-ms, then retry-after, and x-should-retry before both. What the upstream says of it
// reaches the client also where the answer is translated.
func TestContractRetryHints(t *testing.T) {
	const problem = `{"error":{"message":"slow down","type":"rate_limit_error","code":429}}`
	for name, p := range map[string]provider.Provider{"Native": openai.New(), "Anthropic": anthropic.New(), "Gemini": gemini.New(), "Ollama": ollama.New()} {
		t.Run(name, func(t *testing.T) {
			g, _ := before(t, p, answering(http.StatusTooManyRequests, "application/json", problem,
				"Retry-After", "2", "Retry-After-Ms", "1500", "X-Should-Retry", "true"))
			r := g.chat(chatRequest)
			got := []string{r.Header.Get("Retry-After"), r.Header.Get("Retry-After-Ms"), r.Header.Get("X-Should-Retry")}
			if diff := cmp.Diff([]string{"2", "1500", "true"}, got); diff != "" || r.StatusCode != http.StatusTooManyRequests {
				t.Errorf("status %d, hints -want +got:\n%s", r.StatusCode, diff)
			}
		})
	}
}

// TestContractRetryHintsInBodies: what an upstream says in its body only becomes both headers.
func TestContractRetryHintsInBodies(t *testing.T) {
	g, _ := before(t, gemini.New(), answering(http.StatusTooManyRequests, "application/json", `{"error":{"code":429,"message":"slow down",
		"status":"RESOURCE_EXHAUSTED","details":[{"@type":"type.googleapis.com/google.rpc.RetryInfo","retryDelay":"1.5s"}]}}`))
	r := g.chat(chatRequest)
	if after, ms := r.Header.Get("Retry-After"), r.Header.Get("Retry-After-Ms"); after != "2" || ms != "1500" || r.Header.Get("X-Should-Retry") != "" {
		t.Errorf("retry-after %q, retry-after-ms %q, x-should-retry %q", after, ms, r.Header.Get("X-Should-Retry"))
	}
}

// TestContractNoRetryWhereItCannotHelp: money that is gone, and limits that last longer than an SDK waits. The SDK for Go would come back
// after 8 seconds, whatever it was told.
func TestContractNoRetryWhereItCannotHelp(t *testing.T) {
	const slow = `{"error":{"message":"slow down","type":"rate_limit_error"}}`
	for name, c := range map[string]struct {
		p            provider.Provider
		status       int
		answer, wait string
	}{
		"Quota":   {anthropic.New(), 400, `{"type":"error","error":{"type":"invalid_request_error","message":"Your credit balance is too low."}}`, ""},
		"Billing": {anthropic.New(), 402, `{"type":"error","error":{"type":"billing_error","message":"Pay first."}}`, ""},
		"Long":    {anthropic.New(), 429, slow, "61"},
		"Minute":  {anthropic.New(), 429, slow, "60"},
		"Daily": {gemini.New(), 429, `{"error":{"code":429,"message":"quota","details":[{"@type":"type.googleapis.com/google.rpc.QuotaFailure",
			"violations":[{"quotaId":"GenerateRequestsPerDayPerProjectPerModel"}]}]}}`, ""},
	} {
		t.Run(name, func(t *testing.T) {
			g, _ := before(t, c.p, answering(c.status, "application/json", c.answer, "Retry-After", c.wait))
			r := g.chat(chatRequest)
			if no := r.Header.Get("X-Should-Retry") == "false"; no != (name != "Minute") || r.StatusCode != http.StatusTooManyRequests {
				t.Errorf("status %d, x-should-retry %q: %s", r.StatusCode, r.Header.Get("X-Should-Retry"), r.body)
			}
		})
	}
}

// TestContractExhaustedAttempts: what the gateway has tried itself, three attempts by each client would multiply by three.
func TestContractExhaustedAttempts(t *testing.T) {
	busy := answering(http.StatusServiceUnavailable, "application/json", `{"error":"busy"}`, "X-Should-Retry", "true")
	for name, p := range map[string]provider.Provider{"Native": openai.New(), "Translated": ollama.New()} {
		r := start(t, routes(model("chat", speaking(p, target(t, "a", busy)), speaking(p, target(t, "b", busy))))).chat(chatRequest)
		if r.StatusCode != http.StatusServiceUnavailable || r.Header.Get("X-Should-Retry") != "false" {
			t.Errorf("%s: status %d, x-should-retry %q", name, r.StatusCode, r.Header.Get("X-Should-Retry"))
		}
	}
}

// TestContractOwnRetryAfter: what the gateway itself asks for is short enough for every SDK.
func TestContractOwnRetryAfter(t *testing.T) {
	a := refusing(t, "a")
	a.Unavailable = "pulling 53 %"
	r := start(t, routes(model("chat", a))).chat(chatRequest)
	if after := r.Header.Get("Retry-After"); r.StatusCode != http.StatusServiceUnavailable || after != strconv.Itoa(int(unavailableFor/time.Second)) || unavailableFor > worthWaiting {
		t.Errorf("status %d, retry-after %q", r.StatusCode, after)
	}
	if ms := r.Header.Get("Retry-After-Ms"); ms != strconv.FormatInt(unavailableFor.Milliseconds(), 10) {
		t.Errorf("retry-after-ms %q", ms)
	}
}

// TestContractStatuses: SDKs choose their exception by the status, so that it survives translation. A provider that refuses the
// gateway's own key is no matter of the client's.
func TestContractStatuses(t *testing.T) {
	for from, to := range map[int]int{400: 400, 401: 502, 403: 403, 404: 404, 409: 409, 413: 413, 422: 422, 429: 429, 500: 500, 503: 503, 529: 529} {
		g, _ := before(t, anthropic.New(), answering(from, "application/json", `{"type":"error","error":{"type":"x","message":"no"}}`))
		if r := g.chat(chatRequest); r.StatusCode != to || r.openAIError(t).Type == "" {
			t.Errorf("%d became %d: %s", from, r.StatusCode, r.body)
		}
	}
}

// TestContractOpenAIErrorBody: param and code are there, and null where there is nothing to say: node reads them, and "None" is text.
func TestContractOpenAIErrorBody(t *testing.T) {
	g, _ := before(t, anthropic.New(), answering(http.StatusInternalServerError, "text/html", "<html>"))
	for what, r := range map[string]reply{
		"gateway":  g.post("/v1/chat/completions", "", "Authorization", ""),
		"upstream": g.chat(chatRequest),
	} {
		doc := jsonLine(r.body)
		members, _ := doc["error"].(map[string]any)
		if len(doc) != 1 || len(members) != 4 || strings.Contains(r.body, "None") || strings.Contains(r.body, "detail") {
			t.Errorf("%s: %s", what, r.body)
		}
		if param, has := members["param"]; param != nil || !has {
			t.Errorf("%s: param %v", what, param)
		}
	}
}

// TestContractDetailBecomesAMessage: openai-node shows FastAPI's `detail` as "status code (no body)".
func TestContractDetailBecomesAMessage(t *testing.T) {
	g, _ := before(t, openai.NewCompatible(), answering(http.StatusUnprocessableEntity, "application/json", `{"detail":"no such field"}`))
	r := g.post("/v1/responses", `{"model":"chat","input":"hi"}`)
	if e := r.openAIError(t); r.StatusCode != http.StatusUnprocessableEntity || !strings.Contains(e.Message, "no such field") {
		t.Errorf("status %d %s", r.StatusCode, r.body)
	}
}

// TestContractAnthropicErrors: the SDKs have classes for 413 and 529 and read the type; request_id is the header request-id.
func TestContractAnthropicErrors(t *testing.T) {
	types := map[int]string{
		400: "invalid_request_error", 402: "billing_error", 403: "permission_error", 404: "not_found_error", 413: "request_too_large",
		429: "rate_limit_error", 500: "api_error", 502: "api_error", 503: "overloaded_error", 504: "timeout_error", 529: "overloaded_error",
	}
	for status, want := range types {
		g, _ := before(t, openai.New(), answering(status, "application/json", `{"error":{"message":"no","type":null,"code":null}}`))
		r := g.post("/v1/messages", `{"model":"chat","max_tokens":5,"messages":[{"role":"user","content":"hi"}]}`)
		body := fmt.Sprintf(`{"type":"error","error":{"type":"%s","message":`, want)
		id := fmt.Sprintf(`"request_id":"%s"}`, r.Header.Get("Request-Id"))
		if r.StatusCode != status || !strings.HasPrefix(r.body, body) || !strings.HasSuffix(r.body, id) || r.Header.Get("Request-Id") != r.Header.Get("X-Request-Id") {
			t.Errorf("%d: status %d, request-id %q: %s", status, r.StatusCode, r.Header.Get("Request-Id"), r.body)
		}
	}
}

// TestContractOllamaErrors: ollama-js prints "[object Object]" for anything but a text.
func TestContractOllamaErrors(t *testing.T) {
	g, _ := before(t, openai.New(), answering(http.StatusBadRequest, "application/json", `{"error":{"message":"no","type":"x","param":null,"code":null}}`))
	for _, path := range []string{"/api/chat", "/api/generate", "/api/embed", "/api/nothing", "/api/show", "/api/pull"} {
		r := g.post(path, `{"model":"chat","prompt":"hi","input":"hi","messages":[{"role":"user","content":"hi"}]}`)
		doc := jsonLine(r.body)
		if text, ok := doc["error"].(string); path != "/api/show" && (!ok || text == "" || len(doc) != 1) {
			t.Errorf("%s: status %d %s", path, r.StatusCode, r.body)
		}
	}
}

// TestContractGeminiErrors: google's SDKs read code, message and status.
func TestContractGeminiErrors(t *testing.T) {
	for from, want := range map[int]string{400: "INVALID_ARGUMENT", 403: "PERMISSION_DENIED", 404: "NOT_FOUND", 429: "RESOURCE_EXHAUSTED", 500: "INTERNAL", 503: "UNAVAILABLE"} {
		g, _ := before(t, openai.New(), answering(from, "application/json", `{"error":{"message":"no","type":"x","param":null,"code":null}}`))
		r := g.post("/v1beta/models/chat:generateContent", `{"contents":[{"parts":[{"text":"hi"}]}]}`)
		e, _ := jsonLine(r.body)["error"].(map[string]any)
		if e["code"] != float64(from) || e["status"] != want || e["message"] == "" || r.StatusCode != from {
			t.Errorf("status %d %s, want %d %s", r.StatusCode, r.body, from, want)
		}
	}
}

// TestContractRequestIDs: the SDKs of OpenAI show x-request-id, Anthropic's request-id, of answers as well as of errors.
func TestContractRequestIDs(t *testing.T) {
	for name, s := range surfaces() {
		p := provider.Provider(openai.New())
		if name == "OpenAI" {
			p = ollama.New()
		}
		g, _ := before(t, p, answersOf(p))
		if name == "Responses" {
			g, _ = before(t, ollama.New(), answersOf(ollama.New()))
		}
		for _, asked := range []string{"nope", "chat"} {
			stream := strings.NewReplacer("nope", asked, `{"model":"`, `{"stream":false,"model":"`)
			r := g.post(strings.Replace(s.path, "nope", asked, 1), stream.Replace(s.body))
			if r.Header.Get("X-Request-Id") == "" || (r.Header.Get("Request-Id") != "") != (name == "Anthropic") || (r.StatusCode == http.StatusOK) != (asked == "chat") {
				t.Errorf("%s of %s: status %d, x-request-id %q, request-id %q: %s", name, asked, r.StatusCode, r.Header.Get("X-Request-Id"), r.Header.Get("Request-Id"), r.body)
			}
		}
	}
}

// TestContractRateLimitHeaders: scripts and people read them, in the upstream's own spelling.
func TestContractRateLimitHeaders(t *testing.T) {
	headers := []string{
		"X-Ratelimit-Limit-Requests", "100", "X-Ratelimit-Remaining-Tokens", "9", "X-Ratelimit-Reset-Requests", "12ms",
		"Openai-Processing-Ms", "12", "Openai-Version", "2020-10-01", "Anthropic-Ratelimit-Requests-Remaining", "3",
	}
	g, _ := before(t, openai.New(), answering(http.StatusOK, "application/json", chatAnswer, headers...))
	r := g.chat(chatRequest)
	for i := 0; i < len(headers); i += 2 {
		if got := r.Header.Get(headers[i]); got != headers[i+1] {
			t.Errorf("%s is %q, want %q", headers[i], got, headers[i+1])
		}
	}
}
