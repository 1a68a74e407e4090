package server

import (
	"net/http"
	"strings"
	"testing"

	"github.com/fairlead-dev/fairlead/gateway/provider/anthropic"
	"github.com/fairlead-dev/fairlead/gateway/provider/ollama"
)

// What the agents send in every request, shortened: Claude Code 2.1, Codex 0.169.
const (
	claudeCode = `{"model":"chat","max_tokens":32000,"stream":true,"thinking":{"type":"adaptive"},"output_config":{"effort":"high"},` +
		`"context_management":{"edits":[{"type":"clear_thinking_20251015","keep":"all"}]},"metadata":{"user_id":"user_1_account__session_2"},` +
		`"system":[{"type":"text","text":"You are Claude Code.","cache_control":{"type":"ephemeral"}}],` +
		`"tools":[{"name":"Bash","description":"Runs a command.","input_schema":{"$schema":"https://json-schema.org/draft/2020-12/schema","type":"object","properties":{"command":{"type":"string"}},"required":["command"],"additionalProperties":false}}],` +
		`"messages":[{"role":"user","content":[{"type":"text","text":"hi","cache_control":{"type":"ephemeral"}}]},{"role":"system","content":"Tools may be slow."}]}`
	codex = `{"model":"chat","instructions":"You are Codex.","stream":true,"store":false,"include":["reasoning.encrypted_content"],"prompt_cache_key":"k",` +
		`"reasoning":{"effort":"medium","summary":"auto"},"tool_choice":"auto","parallel_tool_calls":true,` +
		`"tools":[{"type":"function","name":"shell","description":"Runs a command.","strict":false,"parameters":{"type":"object","properties":{"command":{"type":"array","items":{"type":"string"}}}}},` +
		`{"type":"namespace","name":"mcp","description":"Others.","tools":[{"type":"function","name":"find","parameters":{"type":"object"}}]},{"type":"web_search","external_web_access":true}],` +
		`"input":[{"type":"message","role":"developer","content":[{"type":"input_text","text":"Sandbox: none."}]},{"type":"message","role":"user","content":[{"type":"input_text","text":"hi"}]}]}`
	ollamaLines = `{"model":"m","message":{"role":"assistant","content":"yo"},"done":false}` + "\n" +
		`{"model":"m","message":{"role":"assistant","content":""},"done":true,"done_reason":"stop","prompt_eval_count":7,"eval_count":3}` + "\n"
)

// TestContractClaudeCode: it looks at `/` first, then sends what only Anthropic has all of. Anthropic gets all of it, another provider what
// it can use, and nothing is refused.
func TestContractClaudeCode(t *testing.T) {
	g, got := before(t, anthropic.New(), answering(http.StatusOK, "text/event-stream", badAnthropic))
	if r := g.do(withoutEmpty(g.request(http.MethodHead, "/", "", "Authorization", ""))); r.StatusCode != http.StatusOK {
		t.Errorf("HEAD /: status %d", r.StatusCode)
	}
	if r := g.post("/v1/messages?beta=true", claudeCode); r.body != badAnthropic || got.body != strings.Replace(claudeCode, `"chat"`, `"upstream-a"`, 1) {
		t.Errorf("Anthropic: status %d; upstream got %s", r.StatusCode, got.body)
	}
	g, got = before(t, ollama.New(), answering(http.StatusOK, "application/x-ndjson", ollamaLines))
	r := g.post("/v1/messages?beta=true", claudeCode)
	if r.StatusCode != http.StatusOK || !strings.HasSuffix(r.body, "event: message_stop\ndata: {\"type\":\"message_stop\"}\n\n") {
		t.Errorf("Ollama: status %d %s", r.StatusCode, r.body)
	}
	for _, want := range []string{`{"role":"system","content":"You are Claude Code."}`, `{"role":"system","content":"Tools may be slow."}`, `"name":"Bash"`, `"num_predict":32000`} {
		if !strings.Contains(got.body, want) {
			t.Errorf("Ollama got no %s: %s", want, got.body)
		}
	}
	if dropped := r.Header.Get("X-Fairlead-Dropped-Params"); !strings.Contains(dropped, "context_management") {
		t.Errorf("dropped %q", dropped)
	}
}

// TestContractCodex: it knows the Responses API only, without stored state, and sends tools that no other API has.
func TestContractCodex(t *testing.T) {
	g, got := before(t, ollama.New(), answering(http.StatusOK, "application/x-ndjson", ollamaLines))
	r := g.post("/v1/responses", codex)
	if r.StatusCode != http.StatusOK || !strings.HasPrefix(r.body, "event: response.created\n") || !strings.Contains(r.body, "event: response.completed\n") {
		t.Errorf("status %d %s", r.StatusCode, r.body)
	}
	for _, want := range []string{`{"role":"system","content":"You are Codex."}`, `{"role":"system","content":"Sandbox: none."}`, `"name":"shell"`, `find"`} {
		if !strings.Contains(got.body, want) {
			t.Errorf("Ollama got no %s: %s", want, got.body)
		}
	}
	if dropped := r.Header.Get("X-Fairlead-Dropped-Params"); !strings.Contains(dropped, "tools[2]") && !strings.Contains(dropped, "web_search") {
		t.Errorf("the search on the web is not named: dropped %q", dropped)
	}
}
