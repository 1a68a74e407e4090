package server

import (
	"encoding/json"
	"io"
	"net/http"
	"strconv"
	"strings"
	"sync/atomic"

	"github.com/fairlead-dev/fairlead/gateway/fault"
	"github.com/fairlead-dev/fairlead/gateway/policy"
	"github.com/fairlead-dev/fairlead/gateway/protocol"
	"github.com/fairlead-dev/fairlead/gateway/snapshot"
	"github.com/fairlead-dev/fairlead/gateway/surface"
)

// describe answers what clients ask about the models, and about a server that is none of those that they think it is.
func (s *Server) describe(w http.ResponseWriter, r *http.Request, snap *snapshot.Snapshot, c *policy.Caller, rt surface.Route) error {
	switch rt.Kind {
	case surface.ListModels:
		return writeJSON(w, http.StatusOK, s.listModels(snap, c, rt.Protocol))
	case surface.ShowModel:
		return s.showModel(w, snap, c, rt.Protocol, rt.ID)
	case surface.Show:
		return s.showOllama(w, r, snap, c)
	case surface.Running:
		return writeJSON(w, http.StatusOK, surface.OllamaRunning())
	case surface.Version:
		return writeJSON(w, http.StatusOK, surface.OllamaVersion())
	case surface.Stored:
		return surface.Stateless(r.URL.Path)
	}
	return &fault.Error{
		Status: http.StatusForbidden, Code: "management_not_allowed",
		Message: "Models cannot be changed through the gateway. Add the model to its ModelProvider instead; the operator pulls it.",
	}
}

// listModels are the public models that a caller may use. Only what everybody may use is kept: keys are many, and each may differ.
func (s *Server) listModels(snap *snapshot.Snapshot, c *policy.Caller, name protocol.Name) []byte {
	d := s.surfaces.Dialect(name)
	if seen := c.Sees(snap.Listed); len(seen) < len(snap.Listed) {
		return d.List(entries(seen))
	}
	return s.lists.get(snap, name, d)
}

// listCache keeps the lists of models for as long as the routing table lasts: some clients fetch them with every page.
type listCache struct {
	current atomic.Pointer[cachedLists]
}

type cachedLists struct {
	snap *snapshot.Snapshot
	// byProtocol is never changed once it is here.
	byProtocol map[protocol.Name][]byte
}

func (c *listCache) get(s *snapshot.Snapshot, name protocol.Name, d *surface.Dialect) []byte {
	before := c.current.Load()
	next := &cachedLists{snap: s, byProtocol: map[protocol.Name][]byte{}}
	if before != nil && before.snap == s {
		if body := before.byProtocol[name]; body != nil {
			return body
		}
		for n, body := range before.byProtocol {
			next.byProtocol[n] = body
		}
	}
	body := d.List(entries(s.Listed))
	next.byProtocol[name] = body
	c.current.Store(next)
	return body
}

// entries are what lists say about models.
func entries(models []*snapshot.Model) []protocol.Model {
	list := make([]protocol.Model, len(models))
	for i, m := range models {
		list[i] = protocol.Model{Name: m.Name, Created: m.Created}
	}
	return list
}

// showModel answers with one model. A hidden one can be asked for by name, and so can each that a pattern takes: whoever knows the name
// may use it. One that the caller may not use is answered as one that is not there.
func (s *Server) showModel(w http.ResponseWriter, snap *snapshot.Snapshot, c *policy.Caller, name protocol.Name, id string) error {
	if plain, tagged := strings.CutSuffix(id, ":latest"); tagged && name == protocol.Ollama && snap.Models[id] == nil && snap.Models[plain] != nil {
		id = plain
	}
	m, _ := snap.Resolve(id)
	if m == nil || !c.May(m, id) {
		return fault.ModelNotFound(id, nil)
	}
	return writeJSON(w, http.StatusOK, s.surfaces.Dialect(name).Entry(protocol.Model{Name: id, Created: m.Created}))
}

// showMost bounds the body of Ollama's question about one model.
const showMost = 64 << 10

// showOllama answers Ollama's question about one model, which names it in its body, as `model` or by the older `name`.
func (s *Server) showOllama(w http.ResponseWriter, r *http.Request, snap *snapshot.Snapshot, c *policy.Caller) error {
	var ask struct{ Model, Name string }
	if err := json.NewDecoder(io.LimitReader(r.Body, showMost)).Decode(&ask); err != nil {
		return fault.Invalid(fault.CodeInvalidJSON, "", "The request body must be a JSON object that names the model.")
	}
	if ask.Model == "" {
		ask.Model = ask.Name
	}
	return s.showModel(w, snap, c, protocol.Ollama, ask.Model)
}

// greet answers whoever looks whether anybody is there, in the words that Ollama's clients look for.
func greet(w http.ResponseWriter) error {
	const words = "Ollama is running"
	h := w.Header()
	h["Content-Type"] = []string{"text/plain; charset=utf-8"}
	h["Content-Length"] = []string{strconv.Itoa(len(words))}
	_, _ = io.WriteString(w, words)
	return nil
}

// writeJSON sends a document. The error of the write is of no interest: the client is gone.
func writeJSON(w http.ResponseWriter, status int, body []byte) error {
	h := w.Header()
	h["Content-Type"] = []string{"application/json"}
	h["Content-Length"] = []string{strconv.Itoa(len(body))}
	w.WriteHeader(status)
	_, _ = w.Write(body)
	return nil
}
