// Package registry serves models to "ollama pull", read-only: the part of the
// Docker registry protocol that Ollama's client uses, with the defects of a bad
// network on demand.
package registry

import (
	"bytes"
	"encoding/json"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// mediaManifest is the content type of every manifest served.
const mediaManifest = "application/vnd.docker.distribution.manifest.v2+json"

// Content is what a registry serves.
type Content interface {
	// Manifest returns the manifest of a repository ("library/name") under a
	// tag or digest, and whether there is one.
	Manifest(repository, reference string) ([]byte, bool)
	// Blob returns the bytes of a digest ("sha256:…"), and whether it is known.
	Blob(digest string) ([]byte, bool)
}

// New returns the handler that serves content:
//
//	GET /v2/                           200
//	GET, HEAD /v2/NAME/manifests/REF   the manifest
//	GET, HEAD /v2/NAME/blobs/DIGEST    the blob, whole or a range of it
//
// What is not there is answered with 404 and an error body in the registry
// protocol's shape, any other method with 405.
func New(content Content, faults Faults) http.Handler {
	return &handler{content: content, faults: faults}
}

type handler struct {
	content Content
	faults  Faults
}

func (h *handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		w.Header().Set("Allow", "GET, HEAD")
		refuse(w, http.StatusMethodNotAllowed, "UNSUPPORTED", "this registry is read-only")
		return
	}
	name, kind, reference, ok := parse(r.URL.Path)
	switch {
	case r.URL.Path == "/v2/" || r.URL.Path == "/v2":
		w.WriteHeader(http.StatusOK)
	case ok && kind == "manifests":
		h.manifest(w, r, name, reference)
	case ok && kind == "blobs":
		h.blob(w, r, reference)
	default:
		refuse(w, http.StatusNotFound, "NAME_UNKNOWN", "no such resource")
	}
}

// parse splits /v2/NAME/KIND/REFERENCE; NAME may contain slashes.
func parse(path string) (name, kind, reference string, ok bool) {
	rest, ok := strings.CutPrefix(path, "/v2/")
	parts := strings.Split(rest, "/")
	if !ok || len(parts) < 3 {
		return "", "", "", false
	}
	n := len(parts) - 2
	return strings.Join(parts[:n], "/"), parts[n], parts[n+1], true
}

func (h *handler) manifest(w http.ResponseWriter, r *http.Request, name, reference string) {
	b, ok := h.content.Manifest(name, reference)
	if !ok {
		refuse(w, http.StatusNotFound, "MANIFEST_UNKNOWN", "manifest unknown")
		return
	}
	w.Header().Set("Content-Type", mediaManifest)
	w.Header().Set("Content-Length", strconv.Itoa(len(b)))
	if r.Method == http.MethodGet {
		_, _ = w.Write(b) // the client is gone: nobody is left to tell
	}
}

func (h *handler) blob(w http.ResponseWriter, r *http.Request, digest string) {
	b, ok := h.content.Blob(digest)
	if !ok {
		refuse(w, http.StatusNotFound, "BLOB_UNKNOWN", "blob unknown to registry")
		return
	}
	if h.faults.Status != 0 && r.Method == http.MethodGet {
		refuse(w, h.faults.Status, "UNAVAILABLE", "told to fail")
		return
	}
	w.Header().Set("Content-Type", "application/octet-stream")
	w.Header().Set("Docker-Content-Digest", digest)
	if r.Header.Get("Range") == "" {
		// Ollama first asks for the whole blob only to learn from Location where
		// to fetch its ranges, and gives up on an answer without one, redirect
		// or not: https://github.com/ollama/ollama/blob/v0.17.4/server/download.go
		w.Header().Set("Location", r.URL.Path)
	}
	http.ServeContent(h.faults.throttle(w, r), r, "", time.Time{}, bytes.NewReader(h.faults.spoil(b)))
}

// problems is the body of an error in the registry protocol.
type problems struct {
	Errors []problem `json:"errors"`
}

type problem struct {
	Code    string `json:"code"`
	Message string `json:"message"`
}

// refuse answers with one error.
func refuse(w http.ResponseWriter, status int, code, message string) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	body, err := json.Marshal(problems{Errors: []problem{{Code: code, Message: message}}})
	if err == nil {
		_, _ = w.Write(append(body, '\n'))
	}
}
