package server

import (
	"bytes"
	"encoding/json"
	"io"
	"mime/multipart"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/fairlead-dev/fairlead/api/v1alpha1"
	"github.com/fairlead-dev/fairlead/gateway/provider"
	"github.com/fairlead-dev/fairlead/gateway/provider/anthropic"
	"github.com/fairlead-dev/fairlead/gateway/provider/gemini"
	"github.com/fairlead-dev/fairlead/gateway/provider/ollama"
	"github.com/fairlead-dev/fairlead/gateway/provider/openai"
	"github.com/fairlead-dev/fairlead/gateway/snapshot"
)

// speaking gives a target a type of upstream. Those that are not OpenAI's have no version in their base URL.
func speaking(p provider.Provider, t *snapshot.Target) *snapshot.Target {
	t.Upstream.Protocol = p
	u := *t.Upstream.URL
	u.Path = ""
	t.Upstream.URL = &u
	return t
}

// spoken is one client protocol as the tests below speak it.
type spoken struct {
	path, body string
	// problem is the error of a request for a model that nobody knows.
	problem string
}

func surfaces() map[string]spoken {
	const message = "The model 'nope' does not exist or you do not have access to it. Did you mean 'chat'?"
	return map[string]spoken{
		"OpenAI": {
			path: "/v1/chat/completions", body: `{"model":"nope","messages":[{"role":"user","content":"hi"}]}`,
			problem: `{"error":{"message":"` + message + `","type":"not_found_error","param":"model","code":"model_not_found"}}`,
		},
		"Responses": {
			path: "/v1/responses", body: `{"model":"nope","input":"hi"}`,
			problem: `{"error":{"message":"` + message + `","type":"not_found_error","param":"model","code":"model_not_found"}}`,
		},
		"Anthropic": {
			path: "/v1/messages", body: `{"model":"nope","max_tokens":5,"messages":[{"role":"user","content":"hi"}]}`,
			problem: `{"type":"error","error":{"type":"not_found_error","message":"` + message + `"},"request_id":"req-1"}`,
		},
		"Gemini": {
			path: "/v1beta/models/nope:generateContent", body: `{"contents":[{"parts":[{"text":"hi"}]}]}`,
			problem: `"status":"NOT_FOUND"`,
		},
		"Ollama": {path: "/api/chat", body: `{"model":"nope","messages":[{"role":"user","content":"hi"}]}`, problem: `{"error":"` + message + `"}`},
	}
}

// TestContractErrorsHaveTheShapeOfTheSurface: SDKs make their exceptions of it.
func TestContractErrorsHaveTheShapeOfTheSurface(t *testing.T) {
	g := start(t, routes(model("chat", refusing(t, "a"))))
	for name, s := range surfaces() {
		r := g.post(s.path, s.body, "X-Request-Id", "req-1")
		if r.StatusCode != http.StatusNotFound || !strings.Contains(r.body, s.problem) || !json.Valid([]byte(r.body)) {
			t.Errorf("%s: status %d %s, want %s", name, r.StatusCode, r.body, s.problem)
		}
		if id := r.Header.Get("Request-Id"); (id != "") != (name == "Anthropic") {
			t.Errorf("%s: request-id %q", name, id)
		}
		if r := g.post(s.path, s.body, "Authorization", "Bearer wrong"); r.StatusCode != http.StatusUnauthorized || !json.Valid([]byte(r.body)) {
			t.Errorf("%s: status %d %s, want 401", name, r.StatusCode, r.body)
		}
	}
}

// TestContractListsHaveTheShapeOfTheSurface reads what clients look for in the list of models.
func TestContractListsHaveTheShapeOfTheSurface(t *testing.T) {
	g := start(t, routes(model("chat", refusing(t, "a"))))
	cases := map[string]struct {
		method, path, body string
		headers            []string
		want               []string
	}{
		"Anthropic":     {"GET", "/v1/models", "", []string{"Anthropic-Version", "2023-06-01"}, []string{`"type":"model","id":"chat","display_name":"chat"`, `"has_more":false`, `"first_id":"chat"`}},
		"AnthropicOne":  {"GET", "/v1/models/chat", "", []string{"Anthropic-Version", "2026-10-21"}, []string{`"type":"model","id":"chat"`}},
		"Gemini":        {"GET", "/v1beta/models", "", nil, []string{`"models":[`, `"name":"models/chat"`}},
		"GeminiOne":     {"GET", "/v1beta/models/chat", "", nil, []string{`"name":"models/chat"`}},
		"Ollama":        {"GET", "/api/tags", "", nil, []string{`"models":[`, `"model":"chat"`}},
		"OllamaShow":    {"POST", "/api/show", `{"model":"chat"}`, nil, []string{`"capabilities":[`}},
		"OllamaShowOld": {"POST", "/api/show", `{"name":"chat:latest"}`, nil, []string{`"capabilities":[`}},
		"OllamaRunning": {"GET", "/api/ps", "", nil, []string{`{"models":[]}`}},
		"OllamaVersion": {"GET", "/api/version", "", nil, []string{`{"version":"`}},
		"Azure":         {"GET", "/openai/v1/models", "", nil, []string{`{"object":"list","data":[{"id":"chat"`}},
	}
	for name, c := range cases {
		r := g.do(g.request(c.method, c.path, c.body, c.headers...))
		for _, want := range c.want {
			if r.StatusCode != http.StatusOK || !strings.Contains(r.body, want) {
				t.Errorf("%s: status %d %s, want %s", name, r.StatusCode, r.body, want)
			}
		}
		if r := g.do(g.request(c.method, c.path, c.body, append(c.headers, "Authorization", "Bearer wrong")...)); r.StatusCode != http.StatusUnauthorized {
			t.Errorf("%s: status %d without a key, want 401", name, r.StatusCode)
		}
	}
}

// TestContractGreeting is what Ollama's clients and Claude Code ask before anything else, without a key.
func TestContractGreeting(t *testing.T) {
	g := start(t, routes())
	if r := g.do(g.request(http.MethodGet, "/", "", "Authorization", "")); r.StatusCode != http.StatusOK || r.body != "Ollama is running" {
		t.Errorf("GET: status %d %q", r.StatusCode, r.body)
	}
	if r := g.do(g.request(http.MethodHead, "/", "", "Authorization", "")); r.StatusCode != http.StatusOK || r.body != "" {
		t.Errorf("HEAD: status %d %q", r.StatusCode, r.body)
	}
}

func TestOllamasModelsCannotBeChanged(t *testing.T) {
	g := start(t, routes(model("chat", refusing(t, "a"))))
	for path, method := range map[string]string{"/api/pull": "POST", "/api/create": "POST", "/api/push": "POST", "/api/copy": "POST", "/api/delete": "DELETE", "/api/blobs/sha256:a": "HEAD"} {
		r := g.do(g.request(method, path, `{"model":"chat"}`))
		if r.StatusCode != http.StatusForbidden || method != http.MethodHead && !strings.Contains(r.body, "ModelProvider") {
			t.Errorf("%s %s: status %d %s", method, path, r.StatusCode, r.body)
		}
	}
}

// TestEachProtocolPassesUntouched: where the upstream speaks the client's protocol it sees the client's bytes, and the client its.
func TestEachProtocolPassesUntouched(t *testing.T) {
	const odd = `  "x_unknown": [1.0, {"b" :2e1}], "cache_control":{"type":"ephemeral"}}`
	cases := map[string]struct {
		to                   provider.Provider
		path, body, wantPath string
		headers              []string
		answer, contentType  string
	}{
		"Anthropic": {
			anthropic.New(), "/v1/messages?beta=true&key=" + testKey, `{"model":"chat","max_tokens":5,"messages":[{"role":"user","content":"hi"}],` + odd,
			"/v1/messages?beta=true",
			[]string{"Anthropic-Version", "2026-10-21", "Anthropic-Beta", "a,b"},
			`{"type":"message","x":1}`, "application/json",
		},
		"AnthropicStream": {
			anthropic.New(), "/v1/messages", `{"stream":true,"model":"chat","messages":[{"role":"user","content":"hi"}],` + odd,
			"/v1/messages", nil, "event: message_start\ndata: {\"type\":\"message_start\"}\n\nevent: message_stop\ndata: {\"type\":\"message_stop\"}\n\n", "text/event-stream",
		},
		"AnthropicCount": {
			anthropic.New(), "/v1/messages/count_tokens", `{"model":"chat","messages":[{"role":"user","content":"hi"}],` + odd,
			"/v1/messages/count_tokens", nil, `{"input_tokens":7}`, "application/json",
		},
		"Gemini": {
			gemini.New(), "/v1beta/models/chat:generateContent?key=" + testKey, `{"contents":[{"parts":[{"text":"hi"}]}],` + odd,
			"/v1beta/models/upstream-a:generateContent", nil, `{"candidates":[],"x":1}`, "application/json",
		},
		"GeminiArray": {
			gemini.New(), "/v1beta/models/chat:streamGenerateContent", `{"contents":[{"parts":[{"text":"hi"}]}],` + odd,
			"/v1beta/models/upstream-a:streamGenerateContent", nil, `[{"candidates":[]},` + "\r\n" + `{"x":1}]`, "application/json",
		},
		"GeminiEmbed": {
			gemini.New(), "/v1beta/models/chat:embedContent", `{"model":"models/chat","content":{"parts":[{"text":"hi"}]},` + odd,
			"/v1beta/models/upstream-a:embedContent", nil, `{"embedding":{"values":[1]}}`, "application/json",
		},
		"Ollama": {
			ollama.New(), "/api/chat", `{"model":"chat","messages":[{"role":"user","content":"hi"}],` + odd,
			"/api/chat", nil, "{\"message\":{\"content\":\"y\"},\"done\":false}\n{\"x\":1,\"done\":true}\n", "application/x-ndjson",
		},
		"OllamaLoad": {ollama.New(), "/api/generate", `{"model":"chat",` + odd, "/api/generate", nil, `{"done":true,"done_reason":"load"}` + "\n", "application/x-ndjson"},
		"OllamaOldEmbeddings": {
			ollama.New(), "/api/embeddings", `{"model":"chat","prompt":"hi",` + odd, "/api/embeddings", nil, `{"embedding":[1]}`, "application/json",
		},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			var got seen
			a := speaking(c.to, target(t, "a", recording(&got, answering(http.StatusOK, c.contentType, c.answer))))
			r := start(t, routes(model("chat", a))).post(c.path, c.body, c.headers...)
			if r.StatusCode != http.StatusOK || r.body != c.answer || r.err != nil {
				t.Errorf("status %d %q (%v), want %q", r.StatusCode, r.body, r.err, c.answer)
			}
			want := strings.Replace(c.body, `"model":"chat"`, `"model":"upstream-a"`, 1)
			want = strings.Replace(want, `"model":"models/chat"`, `"model":"models/upstream-a"`, 1)
			if diff := cmp.Diff(want, got.body); diff != "" {
				t.Errorf("upstream got: -want +got\n%s", diff)
			}
			if got.path != c.wantPath {
				t.Errorf("upstream path %q, want %q", got.path, c.wantPath)
			}
			for i := 0; i < len(c.headers); i += 2 {
				if got.header.Get(c.headers[i]) != c.headers[i+1] {
					t.Errorf("upstream got %s %q", c.headers[i], got.header.Get(c.headers[i]))
				}
			}
		})
	}
}

// TestCutStreamsAreToldInEachProtocol: bytes that passed untouched and then broke off end with the protocol's own words for it.
func TestCutStreamsAreToldInEachProtocol(t *testing.T) {
	cases := map[string]struct {
		to                               provider.Provider
		path, body, sent, kind, wantTail string
	}{
		"Anthropic": {
			anthropic.New(), "/v1/messages", `{"stream":true,"model":"chat","messages":[{"role":"user","content":"hi"}]}`,
			"event: message_start\ndata: {\"type\":\"message_start\"}\n\nevent: content_block_delta\ndata: {\"ty", "text/event-stream",
			"event: error\ndata: {\"type\":\"error\",\"error\":{\"type\":\"api_error\"",
		},
		"Gemini": {
			gemini.New(), "/v1beta/models/chat:streamGenerateContent?alt=sse", `{"contents":[{"parts":[{"text":"hi"}]}]}`,
			"data: {\"candidates\":[{\"content\":{\"parts\":[{\"text\":\"y\"}]}}]}\r\n\r\n", "text/event-stream", "data: {\"error\":{\"code\":502",
		},
		"Ollama": {
			ollama.New(), "/api/chat", `{"model":"chat","messages":[{"role":"user","content":"hi"}]}`,
			"{\"message\":{\"content\":\"y\"},\"done\":false}\n{\"mess", "application/x-ndjson", "{\"error\":\"The target 'a'",
		},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			a := speaking(c.to, target(t, "a", answering(http.StatusOK, c.kind, c.sent)))
			r := start(t, routes(model("chat", a))).post(c.path, c.body)
			whole := c.sent[:max(strings.LastIndex(c.sent, "\n\n")+2, strings.LastIndex(c.sent, "\r\n\r\n")+4, strings.LastIndex(c.sent, "}\n")+2)]
			tail, passed := strings.CutPrefix(r.body, whole)
			if !passed || !strings.HasPrefix(tail, c.wantTail) {
				t.Errorf("body %q, want %q and then %q", r.body, whole, c.wantTail)
			}
		})
	}
}

// TestParameterPolicy: what an Ollama cannot be told is left out by name, refused, or sent all the same.
func TestParameterPolicy(t *testing.T) {
	const request = `{"model":"chat","messages":[{"role":"user","content":"hi"}],"logit_bias":{"5":1},"x_vendor":true,"user":"u"}`
	const answer = `{"model":"m","message":{"role":"assistant","content":"yo"},"done":true,"done_reason":"stop"}`
	for policy, want := range map[v1alpha1.ParameterPolicy]struct {
		status  int
		dropped string
	}{
		"":                             {200, "logit_bias, user, x_vendor"},
		v1alpha1.ParameterPolicyDrop:   {200, "logit_bias, user, x_vendor"},
		v1alpha1.ParameterPolicyReject: {400, ""},
		v1alpha1.ParameterPolicyPass:   {200, ""},
	} {
		t.Run("Policy"+string(policy), func(t *testing.T) {
			var got seen
			a := speaking(ollama.New(), target(t, "a", recording(&got, answering(http.StatusOK, "application/json", answer))))
			a.Upstream.ParameterPolicy = policy
			r := start(t, routes(model("chat", a))).chat(request)
			dropped := strings.Split(r.Header.Get("X-Fairlead-Dropped-Params"), ", ")
			if r.StatusCode != want.status || len(dropped) != len(strings.Split(want.dropped, ", ")) {
				t.Errorf("status %d, dropped %q, want %d, %q: %s", r.StatusCode, dropped, want.status, want.dropped, r.body)
			}
			for _, name := range []string{"logit_bias", "x_vendor"} {
				if want.status == 400 && !strings.Contains(r.body, name) {
					t.Errorf("the refusal does not name %s: %s", name, r.body)
				}
				if sent := strings.Contains(got.body, name); sent != (policy == v1alpha1.ParameterPolicyPass) {
					t.Errorf("upstream was told of %s: %v", name, sent)
				}
			}
			if got.body != "" && !json.Valid([]byte(got.body)) {
				t.Errorf("upstream got %q", got.body)
			}
		})
	}
}

// TestDeploymentPaths: Azure's paths name the model, and the body need not.
func TestDeploymentPaths(t *testing.T) {
	var got seen
	g := start(t, routes(model("chat", target(t, "a", recording(&got, answersChat())))))
	r := g.post("/openai/deployments/chat/chat/completions?api-version=2024-10-21", `{"messages":[{"role":"user","content":"hi"}]}`)
	if r.StatusCode != http.StatusOK || got.body != `{"model":"upstream-a","messages":[{"role":"user","content":"hi"}]}` || got.path != "/v1/chat/completions" {
		t.Errorf("status %d %s; upstream got %s %s", r.StatusCode, r.body, got.path, got.body)
	}
	if g.post("/openai/deployments/chat/responses", "{ }"); got.body != `{"model":"upstream-a" }` {
		t.Errorf("of a body that says nothing the upstream got %s", got.body)
	}
}

// TestCountsKnowForeignSignatures: tokens are counted of conversations that began with another kind of provider, too.
func TestCountsKnowForeignSignatures(t *testing.T) {
	g, got := before(t, anthropic.New(), answering(http.StatusOK, "application/json", `{"input_tokens":7}`))
	r := g.post("/v1/messages/count_tokens", `{"model":"chat","messages":[{"role":"user","content":"a"},{"role":"assistant","content":[`+
		`{"type":"thinking","thinking":"b","signature":"fairlead:google:c2ln"},{"type":"text","text":"c"}]},{"role":"user","content":"d"}]}`)
	if r.StatusCode != http.StatusOK || r.body != `{"input_tokens":7}` || got.body == "" || strings.Contains(got.body, "fairlead:") {
		t.Errorf("status %d %s; upstream got %s", r.StatusCode, r.body, got.body)
	}
}

// TestFormsPassThrough: a file goes to the second target whole when the first fails, with only the model replaced.
func TestFormsPassThrough(t *testing.T) {
	var form bytes.Buffer
	w := multipart.NewWriter(&form)
	file, _ := w.CreateFormFile("file", "a.wav")
	_, _ = io.WriteString(file, strings.Repeat("RIFF\r\n--", 40<<10))
	_ = w.WriteField("model", "chat")
	_ = w.WriteField("response_format", "text")
	_ = w.Close()
	var got seen
	var asked atomic.Int32
	g := startWith(t, Options{Snapshots: stored(routes(model("chat",
		target(t, "a", counted(&asked, answering(503, "text/plain", "busy"))),
		target(t, "b", recording(&got, answering(200, "text/plain", "hello")))))), MaxBody: 4 << 20})
	r := g.post("/v1/audio/transcriptions", form.String(), "Content-Type", w.FormDataContentType())
	if r.StatusCode != http.StatusOK || r.body != "hello" || asked.Load() != 1 {
		t.Fatalf("status %d %s after %d attempts at the first", r.StatusCode, r.body, asked.Load())
	}
	if want := strings.Replace(form.String(), "\r\n\r\nchat\r\n", "\r\n\r\nupstream-b\r\n", 1); got.body != want || got.path != "/v1/audio/transcriptions" {
		t.Errorf("upstream got %s with %d bytes, want %d", got.path, len(got.body), len(want))
	}
	if got.header.Get("Content-Type") != w.FormDataContentType() {
		t.Errorf("upstream got content type %q", got.header.Get("Content-Type"))
	}
}

func stored(s *snapshot.Snapshot) *table {
	tb := &table{}
	tb.Store(s)
	return tb
}

// TestWhatAProviderHasNot: images cannot be translated into a chat.
func TestWhatAProviderHasNot(t *testing.T) {
	g := start(t, routes(model("chat", speaking(ollama.New(), refusing(t, "a")))))
	for path, body := range map[string]string{
		"/v1/images/generations": `{"model":"chat","prompt":"a cat"}`, "/v1/audio/speech": `{"model":"chat","input":"hi","voice":"x"}`,
		"/v1/moderations": `{"model":"chat","input":"hi"}`, "/v1/rerank": `{"model":"chat","query":"q","documents":["a"]}`,
		"/v1/responses/input_tokens": `{"model":"chat","input":"hi"}`,
	} {
		if r := g.post(path, body); r.StatusCode != http.StatusBadRequest || r.code(t) != "unsupported_operation" {
			t.Errorf("%s: status %d %s", path, r.StatusCode, r.body)
		}
	}
	if r := g.do(g.request(http.MethodGet, "/v1/responses/resp_1", "")); r.StatusCode != http.StatusNotFound || !strings.Contains(r.body, "stored") {
		t.Errorf("a stored response: status %d %s", r.StatusCode, r.body)
	}
}

// TestOllamaLoadsNothingElsewhere: an empty request to load a model asks no other provider.
func TestOllamaLoadsNothingElsewhere(t *testing.T) {
	g := start(t, routes(model("chat", refusing(t, "a"))))
	if r := g.post("/api/generate", `{"model":"chat"}`); r.StatusCode != http.StatusOK || !strings.Contains(r.body, `"done_reason":"load"`) {
		t.Errorf("load: status %d %s", r.StatusCode, r.body)
	}
	if r := g.post("/api/chat", `{"model":"chat","messages":[],"keep_alive":0}`); r.StatusCode != http.StatusOK || !strings.Contains(r.body, `"done_reason":"unload"`) {
		t.Errorf("unload: status %d %s", r.StatusCode, r.body)
	}
}

// TestDeveloperRole: OpenAI's own servers get the role as it is, others the one that all of them know, and nothing else changes.
func TestDeveloperRole(t *testing.T) {
	const request = `{"messages":[{"role":"developer","content":"be \"developer\""}, {"role" :"developer"}],"model":"chat","x":"developer"}`
	for name, c := range map[string]struct {
		to   provider.Provider
		want string
	}{
		"OpenAI":     {openai.New(), strings.Replace(request, `"chat"`, `"upstream-a"`, 1)},
		"Compatible": {openai.NewCompatible(), strings.Replace(strings.ReplaceAll(strings.ReplaceAll(request, `"role":"developer"`, `"role":"system"`), `"role" :"developer"`, `"role" :"system"`), `"chat"`, `"upstream-a"`, 1)},
	} {
		var got seen
		a := target(t, "a", recording(&got, answersChat()))
		a.Upstream.Protocol = c.to
		start(t, routes(model("chat", a))).chat(request)
		if diff := cmp.Diff(c.want, got.body); diff != "" {
			t.Errorf("%s: -want +got\n%s", name, diff)
		}
	}
}
