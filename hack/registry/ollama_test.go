package registry_test

import (
	"bytes"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/fairlead-dev/fairlead/hack/build"
	"github.com/fairlead-dev/fairlead/hack/models"
	"github.com/fairlead-dev/fairlead/hack/registry"
)

// TestRealOllama has a real Ollama pull every model from the registry and answer
// with it. It runs where the server has been built, as "make demo" does, or
// where FAIRLEAD_OLLAMA names one.
func TestRealOllama(t *testing.T) {
	store, err := models.NewStore(models.All())
	if err != nil {
		t.Fatal(err)
	}
	mirror := httptest.NewServer(registry.New(store, registry.Faults{}))
	t.Cleanup(mirror.Close)
	o := startOllama(t, ollamaBinary(t))
	o.mirror = strings.TrimPrefix(mirror.URL, "http://")

	for _, m := range models.All() {
		t.Run(m.Name, func(t *testing.T) {
			t.Parallel()
			o.pull(t, m.Name)
			if m.Embeds {
				o.checkEmbedding(t, m)
				return
			}
			o.checkChat(t, m)
		})
	}
}

// ollamaBinary finds the server or skips the test.
func ollamaBinary(t *testing.T) string {
	t.Helper()
	if path := os.Getenv("FAIRLEAD_OLLAMA"); path != "" {
		return path
	}
	cache, err := build.OpenCache()
	if err != nil {
		t.Skip("no build cache to look for an Ollama in:", err)
	}
	found, err := filepath.Glob(filepath.Join(cache.Dir(), "build", "ollama-*", "ollama"))
	if err != nil || len(found) == 0 {
		t.Skip("no Ollama has been built here; 'make demo' builds one, and FAIRLEAD_OLLAMA can name one")
	}
	return found[0]
}

// ollama is a running server.
type ollama struct{ url, mirror string }

// startOllama runs a server on a free port and waits until it answers.
func startOllama(t *testing.T, binary string) *ollama {
	t.Helper()
	address := freeAddress(t)
	var log bytes.Buffer
	cmd := exec.CommandContext(t.Context(), binary, "serve") // the context ends before the cleanup
	cmd.Cancel = func() error { return cmd.Process.Signal(syscall.SIGTERM) }
	cmd.Env = []string{"HOME=" + t.TempDir(), "OLLAMA_HOST=" + address, "OLLAMA_NO_CLOUD=1", "OLLAMA_MAX_LOADED_MODELS=9", "PATH=" + os.Getenv("PATH")}
	cmd.Stdout, cmd.Stderr = &log, &log
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Wait() // its error is the signal
		if t.Failed() {
			t.Logf("log of ollama:\n%s", log.String())
		}
	})
	o := &ollama{url: "http://" + address}
	o.await(t)
	return o
}

func freeAddress(t *testing.T) string {
	t.Helper()
	free := httptest.NewServer(nil)
	defer free.Close()
	return strings.TrimPrefix(free.URL, "http://")
}

// await returns when the server answers.
func (o *ollama) await(t *testing.T) {
	t.Helper()
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	timeout := time.After(20 * time.Second)
	for {
		select {
		case <-tick.C:
			request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, o.url, nil)
			if err != nil {
				t.Fatal(err)
			}
			if response, err := http.DefaultClient.Do(request); err == nil {
				_ = response.Body.Close()
				return
			}
		case <-timeout:
			t.Fatal("ollama does not answer after 20 seconds")
		}
	}
}

// pull pulls a model from the mirror and gives it its plain name.
func (o *ollama) pull(t *testing.T, name string) {
	t.Helper()
	from := o.mirror + "/library/" + name
	var result struct{ Status string }
	o.post(t, "/api/pull", map[string]any{"model": from, "insecure": true, "stream": false}, &result)
	if result.Status != "success" {
		t.Fatalf("pulling %s: status %q", name, result.Status)
	}
	o.post(t, "/api/copy", map[string]any{"source": from, "destination": name}, nil)
}

// message is an answer of the chat API.
type message struct {
	Content   string
	Thinking  string
	ToolCalls []struct {
		Function struct {
			Name      string
			Arguments map[string]any
		}
	} `json:"tool_calls"`
}

func (o *ollama) checkChat(t *testing.T, m models.Model) {
	t.Helper()
	request := map[string]any{
		"model": m.Name, "stream": false,
		"messages": []map[string]string{{"role": "user", "content": "What is the weather in Paris?"}},
	}
	if strings.Contains(m.Template, ".Tools") { // one that can call tools need not
		request["tools"] = []any{map[string]any{"type": "function", "function": map[string]any{
			"name": "get_weather", "description": "Tells the weather.",
			"parameters": map[string]any{"type": "object", "properties": map[string]any{"city": map[string]any{"type": "string"}}},
		}}}
	}
	if m.Endless {
		request["options"] = map[string]any{"num_predict": 12}
	}
	var answer struct {
		Message    message
		DoneReason string `json:"done_reason"`
	}
	o.post(t, "/api/chat", request, &answer)
	switch got := answer.Message; {
	case strings.HasPrefix(m.Says, "{"):
		if len(got.ToolCalls) != 1 || got.ToolCalls[0].Function.Name != "get_weather" || got.ToolCalls[0].Function.Arguments["city"] != "Paris" {
			t.Errorf("got %+v, want one call of get_weather for Paris", got)
		}
	case m.Endless:
		if want := m.Says + " one two"; got.Content != want || answer.DoneReason != "length" {
			t.Errorf("got %q, ended by %q, want %q, ended by length", got.Content, answer.DoneReason, want)
		}
	default:
		said := got.Content
		if got.Thinking != "" {
			said = "<think>" + got.Thinking + "</think>" + got.Content
		}
		if diff := cmp.Diff(m.Says, said); diff != "" {
			t.Errorf("answer (-want +got):\n%s", diff)
		}
	}
}

func (o *ollama) checkEmbedding(t *testing.T, m models.Model) {
	t.Helper()
	var answer struct{ Embeddings [][]float64 }
	o.post(t, "/api/embed", map[string]any{"model": m.Name, "input": []string{"one", "two"}}, &answer)
	if len(answer.Embeddings) != 2 || len(answer.Embeddings[0]) != 64 || cmp.Equal(answer.Embeddings[0], answer.Embeddings[1]) {
		t.Errorf("got %v, want two different vectors of 64 numbers", answer.Embeddings)
	}
	var shown struct{ Capabilities []string }
	o.post(t, "/api/show", map[string]any{"model": m.Name}, &shown)
	if diff := cmp.Diff([]string{"embedding"}, shown.Capabilities); diff != "" {
		t.Errorf("capabilities (-want +got):\n%s", diff)
	}
}

// post sends a request and decodes the answer into result, unless that is nil.
func (o *ollama) post(t *testing.T, path string, body, result any) {
	t.Helper()
	raw, err := json.Marshal(body)
	if err != nil {
		t.Fatal(err)
	}
	request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, o.url+path, bytes.NewReader(raw))
	if err != nil {
		t.Fatal(err)
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = response.Body.Close() }()
	var got bytes.Buffer
	if _, err := got.ReadFrom(response.Body); err != nil {
		t.Fatal(err)
	}
	if response.StatusCode != http.StatusOK {
		t.Fatalf("POST %s: %s: %s", path, response.Status, got.String())
	}
	if result == nil {
		return
	}
	if err := json.Unmarshal(got.Bytes(), result); err != nil {
		t.Fatalf("POST %s: %v in %s", path, err, got.String())
	}
}
