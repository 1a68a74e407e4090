package testkit

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
)

// OllamaServer answers like a real Ollama 0.17.4, whose answers it repeats, but has models without weights.
type OllamaServer struct {
	*httptest.Server

	mu sync.Mutex
	// models that it has, with their tags.
	models []string
	// refusals by pulled name: what the server says instead of success.
	refusals map[string]string
	// requests that changed something or loaded a model, as "verb name".
	requests []string
	// hold keeps pulls from ending until it is closed.
	hold chan struct{}
}

// NewOllamaServer starts a server that has some models.
func NewOllamaServer(t testing.TB, models ...string) *OllamaServer {
	o := &OllamaServer{models: models, refusals: map[string]string{}}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /api/tags", o.tags)
	mux.HandleFunc("POST /api/pull", o.pull)
	mux.HandleFunc("POST /api/copy", o.copy)
	mux.HandleFunc("DELETE /api/delete", o.remove)
	mux.HandleFunc("POST /api/generate", o.generate)
	o.Server = httptest.NewServer(mux)
	t.Cleanup(o.Close)
	return o
}

// Refuse makes pulls of a name end with an error, or succeed again where message is empty.
func (o *OllamaServer) Refuse(name, message string) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.refusals[name] = message
}

// Hold keeps pulls half way until release is called.
func (o *OllamaServer) Hold() (release func()) {
	o.mu.Lock()
	defer o.mu.Unlock()
	hold := make(chan struct{})
	o.hold = hold
	return func() { close(hold) }
}

// Forget takes a model away, as somebody with access to the server could.
func (o *OllamaServer) Forget(name string) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.models = slices.DeleteFunc(o.models, func(m string) bool { return m == name })
}

// Requests returns what was asked of the server so far.
func (o *OllamaServer) Requests() []string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return slices.Clone(o.requests)
}

func (o *OllamaServer) tags(w http.ResponseWriter, _ *http.Request) {
	o.mu.Lock()
	defer o.mu.Unlock()
	type entry struct {
		Name  string `json:"name"`
		Model string `json:"model"`
	}
	answer := struct {
		Models []entry `json:"models"`
	}{Models: make([]entry, len(o.models))}
	for i, m := range o.models {
		answer.Models[i] = entry{m, m}
	}
	if err := json.NewEncoder(w).Encode(answer); err != nil {
		w.WriteHeader(http.StatusInternalServerError)
	}
}

// request reads a body and notes what it asks.
func (o *OllamaServer) request(r *http.Request, verb string) map[string]any {
	var body map[string]any
	_ = json.NewDecoder(r.Body).Decode(&body)
	o.mu.Lock()
	defer o.mu.Unlock()
	name := fmt.Sprint(body["model"])
	if verb == "copy" {
		name = fmt.Sprintf("%v %v", body["source"], body["destination"])
	}
	o.requests = append(o.requests, verb+" "+name)
	return body
}

const layer = "sha256:d75a7942edb0482a0402a12f7a7f3bbb3395f3de0cf63b52d7215bb5fab157b8"

func (o *OllamaServer) pull(w http.ResponseWriter, r *http.Request) {
	name := fmt.Sprint(o.request(r, "pull")["model"])
	o.mu.Lock()
	refusal, hold := o.refusals[name], o.hold
	o.mu.Unlock()
	say := func(format string, args ...any) {
		_, _ = fmt.Fprintf(w, format+"\n", args...)
		_ = http.NewResponseController(w).Flush()
	}
	w.Header().Set("Content-Type", "application/x-ndjson")
	say(`{"status":"pulling manifest"}`)
	if refusal != "" {
		say(`{"error":%q}`, refusal)
		return
	}
	for _, completed := range []int{492032, 15448112, 30896224} {
		say(`{"status":"pulling %s","digest":%q,"total":30896224,"completed":%d}`, layer[7:19], layer, completed)
		if hold != nil && completed == 15448112 {
			select {
			case <-hold:
			case <-r.Context().Done():
				return
			}
		}
	}
	say(`{"status":"verifying sha256 digest"}`)
	o.add(name)
	say(`{"status":"success"}`)
}

func (o *OllamaServer) copy(w http.ResponseWriter, r *http.Request) {
	body := o.request(r, "copy")
	if !o.has(fmt.Sprint(body["source"])) {
		w.WriteHeader(http.StatusNotFound)
		_, _ = fmt.Fprintf(w, `{"error":"model '%v' not found"}`, body["source"])
		return
	}
	o.add(fmt.Sprint(body["destination"]))
}

func (o *OllamaServer) remove(_ http.ResponseWriter, r *http.Request) {
	o.Forget(tagged(fmt.Sprint(o.request(r, "delete")["model"])))
}

func (o *OllamaServer) generate(w http.ResponseWriter, r *http.Request) {
	body := o.request(r, "load")
	_, _ = fmt.Fprintf(w, `{"model":%q,"response":"","done":true,"done_reason":"load"}`, body["model"])
}

func (o *OllamaServer) has(name string) bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	return slices.Contains(o.models, tagged(name))
}

func (o *OllamaServer) add(name string) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.models = append(o.models, tagged(name))
}

func tagged(name string) string {
	if strings.Contains(name[strings.LastIndexByte(name, '/')+1:], ":") {
		return name
	}
	return name + ":latest"
}
