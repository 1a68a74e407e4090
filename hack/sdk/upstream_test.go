package sdk

import (
	"bytes"
	"io"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"

	"golang.org/x/tools/txtar"

	"github.com/fairlead-dev/fairlead/api/v1alpha1"
)

// kind is a kind of upstream.
type kind struct {
	name     string
	protocol v1alpha1.Protocol
	// version is what the base URL ends with.
	version string
	// model is its own name of the model.
	model string
	// stream is the type of its streams.
	stream string
	// busy is the status by which it says that it has too much to do.
	busy int
	// proof is what it wants back of what its model thought, as its requests have it; empty where there is nothing to prove.
	proof string
}

func kinds() []kind {
	const events, unavailable, overloaded = "text/event-stream", http.StatusServiceUnavailable, 529
	return []kind{
		{"openai", v1alpha1.ProtocolOpenAI, "/v1", "gpt-5", events, unavailable, ""},
		{"compatible", v1alpha1.ProtocolOpenAICompatible, "/v1", "deepseek-v4", events, unavailable, ""},
		{"anthropic", v1alpha1.ProtocolAnthropic, "", "claude-sonnet-4-5", events, overloaded, `"signature":"EqQBYW50aHJvcGlj"`},
		{"gemini", v1alpha1.ProtocolGemini, "", "gemini-3-pro-preview", events, unavailable, `"thoughtSignature":"R09PR0xFLXNpZw=="`},
		{"ollama", v1alpha1.ProtocolOllama, "", "qwen3", "application/x-ndjson", unavailable, ""},
	}
}

// errorTypes are what upstreams call an error with a status, as far as they call it anything.
func errorTypes() map[string]string {
	return map[string]string{
		"openai 400": "invalid_request_error", "openai 401": "invalid_request_error", "openai 404": "invalid_request_error",
		"openai 429": "requests", "openai 503": "server_error",
		"compatible 400": "BadRequestError", "compatible 401": "AuthenticationError", "compatible 404": "NotFoundError",
		"compatible 429": "rate_limit_error", "compatible 503": "ServiceUnavailableError",
		"anthropic 400": "invalid_request_error", "anthropic 401": "authentication_error", "anthropic 404": "not_found_error",
		"anthropic 429": "rate_limit_error", "anthropic 529": "overloaded_error",
		"gemini 400": "INVALID_ARGUMENT", "gemini 401": "UNAUTHENTICATED", "gemini 404": "NOT_FOUND",
		"gemini 429": "RESOURCE_EXHAUSTED", "gemini 503": "UNAVAILABLE",
	}
}

// scenarios are what upstreams answer. A number is a status, and busy a kind's own; cut is a stream whose connection breaks, and
// ends one that stops early.
func scenarios() []string {
	return []string{"text", "tools", "schema", "fails", "cut", "ends", "400", "401", "404", "429", "busy"}
}

// retryAfter is when the upstreams want to be asked again after a 429, in seconds.
const retryAfter = "7"

// upstream answers with what is recorded in testdata/upstream, and remembers what it was asked.
type upstream struct {
	kind
	url      string
	recorded map[string][]byte

	mu    sync.Mutex
	asked [][]byte
}

func newUpstream(t *testing.T, k kind) *upstream {
	t.Helper()
	ar, err := txtar.ParseFile(filepath.Join("testdata", "upstream", k.name+".txtar"))
	if err != nil {
		t.Fatalf("reading the recorded answers: %v", err)
	}
	u := &upstream{kind: k, recorded: map[string][]byte{}}
	for _, f := range ar.Files {
		u.recorded[f.Name] = f.Data
	}
	srv := httptest.NewServer(u)
	t.Cleanup(srv.Close)
	u.url = srv.URL
	return u
}

// take is what the upstream was asked since the last time.
func (u *upstream) take() [][]byte {
	u.mu.Lock()
	defer u.mu.Unlock()
	asked := u.asked
	u.asked = nil
	return asked
}

// ServeHTTP plays the scenario that the path begins with. Whoever brings the results of tools gets the text.
func (u *upstream) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := readAll(r.Body)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	u.mu.Lock()
	u.asked = append(u.asked, body)
	u.mu.Unlock()
	scenario, path, _ := strings.Cut(strings.TrimPrefix(r.URL.Path, "/"), "/")
	if scenario == "busy" {
		u.refuse(w, u.busy)
		return
	}
	if status, err := strconv.Atoi(scenario); err == nil {
		u.refuse(w, status)
		return
	}
	if bytes.Contains(body, []byte(weather["Paris"])) {
		scenario = "text"
	}
	u.answer(w, scenario, path, u.streams(path, body))
}

// streams says whether a request asks for a stream. Ollama's do unless they say otherwise.
func (u *upstream) streams(path string, body []byte) bool {
	switch {
	case strings.HasSuffix(path, "embed"):
		return false
	case u.protocol == v1alpha1.ProtocolOllama:
		return !bytes.Contains(body, []byte(`"stream":false`))
	}
	return strings.HasSuffix(path, ":streamGenerateContent") || bytes.Contains(body, []byte(`"stream":true`))
}

func (u *upstream) refuse(w http.ResponseWriter, status int) {
	w.Header().Set("Content-Type", "application/json")
	if status == http.StatusTooManyRequests {
		w.Header().Set("Retry-After", retryAfter)
	}
	w.WriteHeader(status)
	number := strconv.Itoa(status)
	text := strings.NewReplacer("STATUS", number, "TYPE", errorTypes()[u.name+" "+number]).Replace(string(u.recorded["error.json"]))
	_, _ = io.WriteString(w, text)
}

// answer plays a scenario. What is asked for is told by the path; what there is no answer to has not been thought of.
func (u *upstream) answer(w http.ResponseWriter, scenario, path string, stream bool) {
	name, kind, ending := section(scenario, path), "application/json", ".json"
	if stream {
		kind, ending = u.stream, ".stream"
	}
	text, ok := u.recorded[name+ending]
	if !ok {
		http.Error(w, "no recorded "+name+ending, http.StatusInternalServerError)
		return
	}
	if scenario == "cut" || scenario == "ends" {
		text = text[:bytes.Index(text, []byte("Rome"))]
		text = text[:bytes.LastIndexByte(text, '\n')+1]
	}
	w.Header().Set("Content-Type", kind)
	_, _ = w.Write(text)
	if scenario == "cut" {
		_ = http.NewResponseController(w).Flush()
		panic(http.ErrAbortHandler)
	}
}

// section is where the answer is recorded.
func section(scenario, path string) string {
	prefix := ""
	if strings.Contains(path, "responses") {
		prefix = "responses-"
	}
	switch lower := strings.ToLower(path); {
	case strings.Contains(lower, "embed"):
		return "embed"
	case strings.Contains(lower, "token"):
		return prefix + "count"
	case scenario == "cut", scenario == "ends":
		return prefix + "text"
	}
	return prefix + scenario
}

func readAll(body io.ReadCloser) ([]byte, error) {
	defer body.Close()
	return io.ReadAll(body)
}
