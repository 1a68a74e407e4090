package server

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"sync/atomic"

	"github.com/fairlead-dev/fairlead/gateway/openai"
	"github.com/fairlead-dev/fairlead/gateway/snapshot"
)

// modelEntry is a model as OpenAI lists it. Source: https://platform.openai.com/docs/api-reference/models/object
type modelEntry struct {
	ID      string `json:"id"`
	Object  string `json:"object"`
	Created int64  `json:"created"`
	OwnedBy string `json:"owned_by"`
}

func newModelEntry(m *snapshot.Model) modelEntry {
	return modelEntry{ID: m.Name, Object: "model", Created: m.Created.Unix(), OwnedBy: "fairlead"}
}

// listCache keeps the list of models for as long as the routing table lasts: some clients fetch it with every page.
type listCache struct {
	current atomic.Pointer[cachedList]
}

type cachedList struct {
	snap *snapshot.Snapshot
	body []byte
}

func (c *listCache) get(s *snapshot.Snapshot) ([]byte, error) {
	if l := c.current.Load(); l != nil && l.snap == s {
		return l.body, nil
	}
	entries := make([]modelEntry, len(s.Listed))
	for i, m := range s.Listed {
		entries[i] = newModelEntry(m)
	}
	body, err := json.Marshal(map[string]any{"object": "list", "data": entries})
	if err != nil {
		return nil, fmt.Errorf("listing the models: %w", err)
	}
	c.current.Store(&cachedList{s, body})
	return body, nil
}

// listModels answers with the public models.
func (s *Server) listModels(w http.ResponseWriter, snap *snapshot.Snapshot) error {
	body, err := s.list.get(snap)
	if err != nil {
		return err
	}
	return writeJSON(w, http.StatusOK, body)
}

// showModel answers with one model. A hidden one can be asked for by name: whoever knows the name may use it.
func showModel(w http.ResponseWriter, snap *snapshot.Snapshot, id string) error {
	m := snap.Models[id]
	if m == nil {
		return openai.ModelNotFound(id, nil)
	}
	body, err := json.Marshal(newModelEntry(m))
	if err != nil {
		return fmt.Errorf("describing a model: %w", err)
	}
	return writeJSON(w, http.StatusOK, body)
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
