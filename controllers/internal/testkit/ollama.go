package testkit

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
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
	// models that it has, with their tags, and their digests.
	models  []string
	digests map[string]string
	// published are the digests that pulls bring, by the name that is pulled; Digest of the name where there is none.
	published map[string]string
	// refusals by pulled name: what the server says instead of success.
	refusals map[string]string
	// requests that changed something or loaded a model, as "verb name".
	requests []string
	// hold keeps pulls from ending until it is closed.
	hold chan struct{}
	// cut has the next pull's connection broken half way.
	cut bool
	// pulling counts pulls that are under way, and most is how many were at once.
	pulling, most int
}

// Digest is the digest of what a server has that was given a model without saying which version.
func Digest(model string) string {
	sum := sha256.Sum256([]byte(model))
	return hex.EncodeToString(sum[:])
}

// NewOllamaServer starts a server that has some models.
func NewOllamaServer(t testing.TB, models ...string) *OllamaServer {
	o := &OllamaServer{
		models: models, refusals: map[string]string{}, digests: map[string]string{}, published: map[string]string{},
	}
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

// Publish makes pulls of a name bring a version with that digest, which is hexadecimal.
func (o *OllamaServer) Publish(name, digest string) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.published[name] = digest
}

// Cut breaks the connection of the next pull half way, as a server that dies does.
func (o *OllamaServer) Cut() {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.cut = true
}

// Models returns the names of the models that the server has, in their order.
func (o *OllamaServer) Models() []string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return slices.Sorted(slices.Values(o.models))
}

// MostPulls returns how many pulls were under way at the same time, at most.
func (o *OllamaServer) MostPulls() int {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.most
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
		Name   string `json:"name"`
		Model  string `json:"model"`
		Digest string `json:"digest"`
	}
	answer := struct {
		Models []entry `json:"models"`
	}{Models: make([]entry, len(o.models))}
	for i, m := range o.models {
		answer.Models[i] = entry{m, m, cmp.Or(o.digests[m], Digest(m))}
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
	refusal, hold, cut := o.begin(name)
	defer o.end()
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
		if cut && completed == 15448112 {
			panic(http.ErrAbortHandler)
		}
	}
	say(`{"status":"verifying sha256 digest"}`)
	o.mu.Lock()
	digest := o.published[name]
	o.mu.Unlock()
	o.add(name, digest)
	say(`{"status":"success"}`)
}

// begin counts a pull, and says how it is to go.
func (o *OllamaServer) begin(name string) (refusal string, hold chan struct{}, cut bool) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.pulling++
	o.most = max(o.most, o.pulling)
	cut, o.cut = o.cut, false
	return o.refusals[name], o.hold, cut
}

func (o *OllamaServer) end() {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.pulling--
}

func (o *OllamaServer) copy(w http.ResponseWriter, r *http.Request) {
	body := o.request(r, "copy")
	if !o.has(fmt.Sprint(body["source"])) {
		w.WriteHeader(http.StatusNotFound)
		_, _ = fmt.Fprintf(w, `{"error":"model '%v' not found"}`, body["source"])
		return
	}
	o.mu.Lock()
	digest := o.digests[tagged(fmt.Sprint(body["source"]))]
	o.mu.Unlock()
	o.add(fmt.Sprint(body["destination"]), digest)
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

// add gives the server a model, instead of the one that it has under the name.
func (o *OllamaServer) add(name, digest string) {
	o.mu.Lock()
	defer o.mu.Unlock()
	name = tagged(name)
	if !slices.Contains(o.models, name) {
		o.models = append(o.models, name)
	}
	o.digests[name] = digest
}

func tagged(name string) string {
	if strings.Contains(name[strings.LastIndexByte(name, '/')+1:], ":") {
		return name
	}
	return name + ":latest"
}
