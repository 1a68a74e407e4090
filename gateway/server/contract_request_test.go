package server

import (
	"net/http"
	"strings"
	"testing"

	"github.com/fairlead-dev/fairlead/gateway/provider"
	"github.com/fairlead-dev/fairlead/gateway/provider/anthropic"
	"github.com/fairlead-dev/fairlead/gateway/provider/gemini"
	"github.com/fairlead-dev/fairlead/gateway/provider/ollama"
	"github.com/fairlead-dev/fairlead/gateway/provider/openai"
)

// This file has what clients send: their paths, keys and headers, and what in their bodies is not for every provider.

// TestContractAcceptIsNotNegotiated: SDKs send `Accept: application/json` also where they want a stream. What counts is the body.
func TestContractAcceptIsNotNegotiated(t *testing.T) {
	for name, s := range streamingSurfaces() {
		for _, accept := range []string{"application/json", "application/octet-stream", "text/event-stream", "*/*", "image/png", ""} {
			a := speaking(s.from, target(t, "a", answering(http.StatusOK, "text/event-stream", s.bad)))
			r := start(t, routes(model("chat", a))).post(s.path, s.body, "Accept", accept)
			if r.StatusCode != http.StatusOK || r.Header.Get("Content-Type") != s.contentType {
				t.Errorf("%s, Accept %q: status %d, type %q", name, accept, r.StatusCode, r.Header.Get("Content-Type"))
			}
		}
	}
	g, _ := before(t, ollama.New(), answersOf(ollama.New()))
	if r := g.chat(chatRequest, "Accept", "text/event-stream"); r.Header.Get("Content-Type") != "application/json" {
		t.Errorf("no stream was asked for, type %q", r.Header.Get("Content-Type"))
	}
}

// TestContractContentTypes: SDKs return a text for what is not application/json.
func TestContractContentTypes(t *testing.T) {
	g, _ := before(t, ollama.New(), answersOf(ollama.New()))
	for path, body := range map[string]string{
		"/v1/chat/completions": chatRequest, "/v1/completions": `{"model":"chat","prompt":"hi"}`, "/v1/responses": `{"model":"chat","input":"hi"}`,
		"/v1/messages":                        `{"model":"chat","max_tokens":5,"messages":[{"role":"user","content":"hi"}]}`,
		"/v1beta/models/chat:generateContent": `{"contents":[{"parts":[{"text":"hi"}]}]}`,
		"/api/chat":                           `{"model":"chat","stream":false,"messages":[{"role":"user","content":"hi"}]}`,
	} {
		if r := g.post(path, body); r.StatusCode != http.StatusOK || r.Header.Get("Content-Type") != "application/json" || jsonLine(r.body) == nil {
			t.Errorf("%s: status %d, type %q: %s", path, r.StatusCode, r.Header.Get("Content-Type"), r.body)
		}
	}
}

// TestContractPaths: base URLs end with and without a slash and `/v1`, and one base URL serves the clients of every protocol.
func TestContractPaths(t *testing.T) {
	g, got := before(t, openai.New(), answersOf(openai.New()))
	for path, body := range map[string]string{
		"chat/completions": chatRequest, "completions": `{"model":"chat","prompt":"hi"}`, "embeddings": `{"model":"chat","input":"hi"}`,
		"images/generations": `{"model":"chat","prompt":"hi"}`, "responses": `{"model":"chat","input":"hi"}`,
		"audio/speech": `{"model":"chat","input":"hi","voice":"alloy"}`, "moderations": `{"model":"chat","input":"hi"}`,
	} {
		for _, base := range []string{"/", "//", "/v1/", "/v1//", "//v1//", "/openai/v1/", "/openai/deployments/chat/"} {
			if r := g.post(base+path, body); r.StatusCode != http.StatusOK || got.path != "/"+path {
				t.Errorf("%s%s: status %d, upstream path %q: %s", base, path, r.StatusCode, got.path, r.body)
			}
		}
	}
	for path, body := range map[string]string{
		"/v1/messages": `{"model":"chat","max_tokens":5,"messages":[{"role":"user","content":"hi"}]}`, "//api/chat": `{"model":"chat","stream":false,"messages":[{"role":"user","content":"hi"}]}`,
		"//v1beta//models/chat:generateContent": `{"contents":[{"parts":[{"text":"hi"}]}]}`, "/v1/models/chat:generateContent": `{"contents":[{"parts":[{"text":"hi"}]}]}`,
	} {
		if r := g.post(path, body); r.StatusCode != http.StatusOK {
			t.Errorf("%s: status %d %s", path, r.StatusCode, r.body)
		}
	}
}

// TestContractModelNames: names have dots, slashes and colons, as prefixes of connections and tags make them.
func TestContractModelNames(t *testing.T) {
	for _, name := range []string{"fl.chat", "team/coder", "chat:1.5b", "openai/gpt-5.1:latest"} {
		var got seen
		g := start(t, routes(model(name, target(t, "a", recording(&got, answersChat())))))
		for path, body := range map[string]string{
			"/v1/chat/completions": `{"model":"` + name + `","messages":[{"role":"user","content":"hi"}]}`, "/openai/deployments/" + name + "/completions": `{"prompt":"hi"}`,
			"/v1beta/models/" + name + ":generateContent": `{"contents":[{"parts":[{"text":"hi"}]}]}`,
		} {
			if r := g.post(path, body); r.StatusCode != http.StatusOK || !strings.Contains(got.body, `"model":"upstream-a"`) {
				t.Errorf("%s: status %d %s; upstream got %s", path, r.StatusCode, r.body, got.body)
			}
		}
	}
}

// TestContractListIsInstant: clients give the list of models 10 s, and one dead provider must not empty it. No provider is asked.
func TestContractListIsInstant(t *testing.T) {
	g := start(t, routes(model("chat", target(t, "a", silent(saysNothing))), model("dead", refusing(t, "b"))))
	r := g.do(g.request(http.MethodGet, "//models", ""))
	if doc := jsonLine(r.body); r.StatusCode != http.StatusOK || doc["error"] != nil || strings.Count(r.body, `"id":`) != 2 {
		t.Errorf("status %d %s", r.StatusCode, r.body)
	}
}

// TestContractListOfAnthropic: the SDKs read each of these fields, with every version of the protocol.
func TestContractListOfAnthropic(t *testing.T) {
	g := start(t, routes(model("chat", refusing(t, "a"))))
	const entry = `{"type":"model","id":"chat","display_name":"chat","created_at":"2023-11-14T22:13:20Z"`
	for _, version := range []string{"2023-06-01", "2026-10-21", "tomorrow"} {
		r := g.do(g.request(http.MethodGet, "/v1/models?limit=1000", "", "Anthropic-Version", version))
		doc := jsonLine(r.body)
		if !strings.Contains(r.body, entry) || doc["has_more"] != false || doc["first_id"] != "chat" || doc["last_id"] != "chat" {
			t.Errorf("%s: status %d %s", version, r.StatusCode, r.body)
		}
	}
}

// TestContractUnknownPathsAreJSON: Open WebUI asks for voices before it falls back, and reads the error as JSON.
func TestContractUnknownPathsAreJSON(t *testing.T) {
	g := start(t, routes(model("chat", refusing(t, "a"))))
	for _, path := range []string{"/v1/audio/voices", "/v1/audio/models", "/slots", "/v1/responses/resp_1/input_items", "/v1/responses/resp_1"} {
		if r := g.do(g.request(http.MethodGet, path, "")); r.StatusCode != http.StatusNotFound || r.openAIError(t).Message == "" {
			t.Errorf("%s: status %d %s", path, r.StatusCode, r.body)
		}
	}
}

// TestContractKeys: each generation of SDKs has its own header for the key. Two that agree are no conflict.
func TestContractKeys(t *testing.T) {
	g, got := before(t, anthropic.New(), answersOf(anthropic.New()))
	const path, body = "/v1/messages", `{"model":"chat","max_tokens":5,"messages":[{"role":"user","content":"hi"}]}`
	for name, c := range map[string]struct {
		headers []string
		status  int
	}{
		"Old":      {[]string{"Authorization", "", "X-Api-Key", testKey, "Anthropic-Version", "2023-06-01"}, 200},
		"New":      {[]string{"Anthropic-Version", "2026-10-21"}, 200},
		"Both":     {[]string{"X-Api-Key", testKey, "Anthropic-Version", "tomorrow"}, 200},
		"Google":   {[]string{"Authorization", "", "X-Goog-Api-Key", testKey}, 200},
		"Azure":    {[]string{"Authorization", "", "Api-Key", testKey}, 200},
		"Conflict": {[]string{"X-Api-Key", "another"}, 400},
		"Wrong":    {[]string{"Authorization", "", "X-Api-Key", "another"}, 401},
	} {
		r := g.do(withoutEmpty(g.request(http.MethodPost, path, body, c.headers...)))
		if r.StatusCode != c.status || strings.Contains(r.body, testKey) {
			t.Errorf("%s: status %d %s, want %d", name, r.StatusCode, r.body, c.status)
		}
		for header, values := range got.header {
			if strings.Contains(strings.Join(values, ","), testKey) {
				t.Errorf("%s: the client's key went upstream in %s", name, header)
			}
		}
	}
}

// withoutEmpty takes away headers that have no value: an empty one is a wrong key.
func withoutEmpty(r *http.Request) *http.Request {
	for name := range r.Header {
		if r.Header.Get(name) == "" {
			r.Header.Del(name)
		}
	}
	return r
}

// TestContractClientHeadersStayHere: who the user is, what SDKs say of themselves, and what a connection is configured to add.
func TestContractClientHeadersStayHere(t *testing.T) {
	for name, p := range map[string]provider.Provider{"Native": openai.New(), "Translated": ollama.New()} {
		g, got := before(t, p, answersOf(p))
		g.chat(chatRequest, "X-OpenWebUI-User-Name", "A%20B", "X-OpenWebUI-User-Id", "1", "X-OpenWebUI-User-Email", "a@b", "X-OpenWebUI-User-Role", "admin",
			"X-OpenWebUI-Chat-Id", "c", "X-OpenWebUI-User-Jwt", "e.y.J", "X-Stainless-Retry-Count", "1", "X-Stainless-Timeout", "600", "X-Stainless-Lang", "js",
			"Anthropic-Dangerous-Direct-Browser-Access", "true", "X-Custom", "{{USER_ID}}", "Idempotency-Key", "stainless-node-retry-1")
		for header := range got.header {
			if strings.HasPrefix(header, "X-") && header != "X-Request-Id" || strings.HasPrefix(header, "Anthropic-") || header == "Idempotency-Key" {
				t.Errorf("%s: %s went upstream", name, header)
			}
		}
	}
}

// TestContractBetaQueryAndHeaders: Claude Code asks for /v1/messages?beta=true with seven flags. A provider of Anthropic's protocol gets
// them, no other does.
func TestContractBetaQueryAndHeaders(t *testing.T) {
	const body = `{"model":"chat","max_tokens":5,"messages":[{"role":"user","content":"hi"}]}`
	const flags = "claude-code-20250219,interleaved-thinking-2025-05-14,context-management-2025-06-27"
	for want, p := range map[string]provider.Provider{"/v1/messages?beta=true": anthropic.New(), "/api/chat": ollama.New()} {
		g, got := before(t, p, answersOf(p))
		r := g.post("/v1/messages?beta=true&other=1", body, "Anthropic-Beta", flags, "Anthropic-Version", "2023-06-01")
		if sent := got.header.Get("Anthropic-Beta"); r.StatusCode != http.StatusOK || got.path != want || sent != "" && sent != flags || (sent == "") != (want == "/api/chat") {
			t.Errorf("status %d; upstream got %s with the flags %q: %s", r.StatusCode, got.path, sent, r.body)
		}
	}
}

// TestContractDeveloperRole: Open WebUI sends it to whatever is behind a name like gpt-5, and most others do not know it.
func TestContractDeveloperRole(t *testing.T) {
	const request = `{"model":"chat","messages":[{"role":"developer","content":"Be brief."},{"role":"user","content":"hi"}]}`
	for name, c := range map[string]struct {
		p    provider.Provider
		want string
	}{
		"Ollama":    {ollama.New(), `{"role":"system","content":"Be brief."}`},
		"Anthropic": {anthropic.New(), `"system":[{"type":"text","text":"Be brief."}]`},
		"Gemini":    {gemini.New(), `"systemInstruction":{"parts":[{"text":"Be brief."}]`},
	} {
		g, got := before(t, c.p, answersOf(c.p))
		if r := g.chat(request); r.StatusCode != http.StatusOK || !strings.Contains(got.body, c.want) || strings.Contains(got.body, "developer") {
			t.Errorf("%s: status %d; upstream got %s", name, r.StatusCode, got.body)
		}
	}
	g, got := before(t, openai.NewCompatible(), answersOf(openai.New()))
	r := g.post("/v1/responses", `{"model":"chat","input":[{"type":"message","role":"developer","content":"Be brief."},{"type":"message","role":"user","content":"hi"}]}`)
	if r.StatusCode != http.StatusOK || !strings.Contains(got.body, `{"role":"system","content":"Be brief."}`) {
		t.Errorf("Compatible: status %d; upstream got %s", r.StatusCode, got.body)
	}
	for role, p := range map[string]provider.Provider{"system": openai.NewCompatible(), "developer": openai.New()} {
		g, got := before(t, p, answersOf(p))
		want := strings.NewReplacer(`"chat"`, `"upstream-a"`, "developer", role).Replace(request)
		if r := g.chat(request); r.StatusCode != http.StatusOK || got.body != want {
			t.Errorf("where the bytes pass: status %d; upstream got %s, want %s", r.StatusCode, got.body, want)
		}
	}
}

// TestContractUserIsAnObject: Open WebUI sends one to models of its pipelines. Nobody else understands it, so that it is left out.
func TestContractUserIsAnObject(t *testing.T) {
	const request = `{"model":"chat","user":{"name":"A","id":"1"},"messages":[{"role":"user","content":"hi"}]}`
	for name, p := range map[string]provider.Provider{"Ollama": ollama.New(), "Anthropic": anthropic.New(), "Gemini": gemini.New()} {
		g, got := before(t, p, answersOf(p))
		r := g.chat(request)
		if r.StatusCode != http.StatusOK || strings.Contains(got.body, `"name":"A"`) || r.Header.Get("X-Fairlead-Dropped-Params") != "user" {
			t.Errorf("%s: status %d, dropped %q; upstream got %s", name, r.StatusCode, r.Header.Get("X-Fairlead-Dropped-Params"), got.body)
		}
	}
	g, got := before(t, openai.New(), answersOf(openai.New()))
	if r := g.chat(request); r.StatusCode != http.StatusOK || !strings.Contains(got.body, `"user":{"name":"A","id":"1"}`) {
		t.Errorf("Native: status %d; upstream got %s", r.StatusCode, got.body)
	}
}

// TestContractOllamaVersion: Open WebUI parses it as numbers between dots.
func TestContractOllamaVersion(t *testing.T) {
	g := start(t, routes())
	r := g.do(g.request(http.MethodGet, "/api/version", ""))
	version, _ := jsonLine(r.body)["version"].(string)
	if strings.Trim(version, "0123456789.") != "" || strings.Count(version, ".") != 2 {
		t.Errorf("version %q", version)
	}
}
