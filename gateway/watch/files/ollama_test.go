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
