package files

import (
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"sync/atomic"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/fairlead-dev/fairlead/api/v1alpha1"
)

func TestLocalOllama(t *testing.T) {
	cases := map[string]string{
		"":                      "http://127.0.0.1:11434",
		"0.0.0.0":               "http://127.0.0.1:11434",
		"0.0.0.0:8080":          "http://127.0.0.1:8080",
		"gpu.lan":               "http://gpu.lan:11434",
		"gpu.lan:1234":          "http://gpu.lan:1234",
		"http://gpu.lan":        "http://gpu.lan:80",
		"https://gpu.lan/path/": "https://gpu.lan:443",
		"https://gpu.lan:8443":  "https://gpu.lan:8443",
		"[::1]:11435":           "http://[::1]:11435",
		"::":                    "http://127.0.0.1:11434",
		" 'gpu.lan' ":           "http://gpu.lan:11434",
	}
	for host, want := range cases {
		if got := localOllama(func(string) (string, bool) { return host, true }); got != want {
			t.Errorf("OLLAMA_HOST=%q: got %s, want %s", host, got, want)
		}
	}
}

// TestOllamaIsAskedWithItsKey: one behind a proxy that wants a key says without it no more than 401.
func TestOllamaIsAskedWithItsKey(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Authorization") != "Bearer sk-ollama" && r.Header.Get("X-Key") != "sk-ollama" {
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		_, _ = w.Write([]byte(`{"models":[{"name":"llama3.2:latest"}]}`))
	}))
	defer server.Close()
	for _, auth := range []string{"{secretRef: {name: s, key: k}}", "{secretRef: {name: s, key: k}, header: x-key}"} {
		dir := t.TempDir()
		write(t, filepath.Join(dir, "stack.yaml"), `apiVersion: v1
kind: Secret
metadata: {name: s}
stringData: {k: sk-ollama}
---
apiVersion: fairlead.dev/v1alpha1
kind: ModelProvider
metadata: {name: some}
spec: {type: Ollama, endpoint: {url: "`+server.URL+`"}, auth: `+auth+`, ollama: {models: [{name: llama3.2}]}}
---
`+aliasManifest("chat", "llama3.2"))
		r := start(t, Options{Paths: []string{dir}, Loopback: true}, nil)
		if diff := cmp.Diff([]Row{{"chat", "some/llama3.2", "ready"}}, r.next(t).Rows); diff != "" {
			t.Errorf("rows (-want +got):\n%s", diff)
		}
	}
}

// TestNoKeyFollowsARedirect: a header of one's own would go along to any host.
func TestNoKeyFollowsARedirect(t *testing.T) {
	elsewhere := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		t.Errorf("asked elsewhere, with %q", r.Header.Get("X-Key"))
	}))
	defer elsewhere.Close()
	server := httptest.NewServer(http.RedirectHandler(elsewhere.URL, http.StatusTemporaryRedirect))
	defer server.Close()
	e := &v1alpha1.ResolvedEndpoint{URL: server.URL, CredentialHeader: "X-Key"}
	if _, err := askTags(t.Context(), newClient(), e, []byte("sk-ollama")); err == nil {
		t.Error("a redirect was taken for an answer")
	}
}

// TestOllamaIsAskedAgain: a model that is pulled while the gateway runs is noticed without a change of any file.
func TestOllamaIsAskedAgain(t *testing.T) {
	var answer atomic.Value
	answer.Store(`{"models":[]}`)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		_, _ = w.Write([]byte(answer.Load().(string)))
	}))
	defer server.Close()
	dir := t.TempDir()
	write(t, filepath.Join(dir, "stack.yaml"), `apiVersion: fairlead.dev/v1alpha1
kind: ModelProvider
metadata: {name: some}
spec: {type: Ollama, ollama: {managed: {}, models: [{name: llama3.2}]}}
---
`+aliasManifest("chat", "llama3.2"))
	r := start(t, Options{Paths: []string{dir}, Loopback: true}, map[string]string{"OLLAMA_HOST": server.URL})
	first := r.next(t)
	if diff := cmp.Diff([]Row{{"chat", "some/llama3.2", "not ready (some: run `ollama pull llama3.2`)"}}, first.Rows); diff != "" {
		t.Errorf("rows (-want +got):\n%s", diff)
	}
	if got := r.input(t).Providers[0].Models[0].State; got != v1alpha1.ModelPending {
		t.Errorf("state %s, want Pending", got)
	}
	answer.Store(`{"models":[{"name":"llama3.2:latest"}]}`)
	for {
		report := r.next(t)
		if len(report.Changes) == 0 {
			continue
		}
		want := "12:00:00 reloaded in N ms: ~1 provider (some), now ready: chat\n"
		if diff := cmp.Diff(want, printed(t, dir, report)); diff != "" {
			t.Errorf("printed (-want +got):\n%s", diff)
		}
		return
	}
}
