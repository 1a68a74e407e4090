package server

import (
	"net/http"
	"strings"

	"github.com/fairlead-dev/fairlead/gateway/openai"
	"github.com/fairlead-dev/fairlead/gateway/telemetry"
)

// route is what a path asks for. The zero value is a path that nothing serves.
type route struct {
	// operation on a model.
	operation openai.Operation
	// models asks for the list of models, or for the one that id names.
	models bool
	id     string
	// health asks for LiteLLM's list of endpoints.
	health bool
	// probe is for machines that look after the process: it needs no key and is not accounted for. ready asks for readiness
	// rather than for life.
	probe, ready bool
}

// routeOf reads a path. `/v1` may be there or not, and slashes may be doubled, because base URLs are configured with and
// without a slash at their end. The id of a model may hold slashes.
func routeOf(path string) route {
	path = strings.TrimLeft(path, "/")
	if rest, ok := strings.CutPrefix(path, "v1/"); ok {
		path = strings.TrimLeft(rest, "/")
	}
	if id, ok := strings.CutPrefix(path, "models/"); ok && id != "" {
		return route{models: true, id: id}
	}
	switch strings.TrimRight(path, "/") {
	case "chat/completions":
		return route{operation: openai.ChatCompletions}
	case "completions":
		return route{operation: openai.Completions}
	case "embeddings":
		return route{operation: openai.Embeddings}
	case "models":
		return route{models: true}
	case "health":
		return route{health: true}
	case "healthz", "health/liveliness":
		return route{probe: true}
	case "readyz", "health/readiness":
		return route{probe: true, ready: true}
	}
	return route{}
}

// allowed is the method of a route, besides HEAD for GET.
func (rt route) allowed() string {
	if rt.operation != 0 {
		return http.MethodPost
	}
	return http.MethodGet
}

// dispatch serves what needs a key.
func (s *Server) dispatch(w *response, r *http.Request, x *telemetry.Exchange, rt route) error {
	if rt == (route{}) {
		return openai.UnknownPath(r.Method, r.URL.Path)
	}
	if want := rt.allowed(); r.Method != want && (want != http.MethodGet || r.Method != http.MethodHead) {
		w.Header().Set("Allow", want)
		return methodNotAllowed(r.Method, want)
	}
	if rt.operation != 0 {
		return s.proxy.Serve(w, r, rt.operation, x)
	}
	snap, err := s.proxy.Authorize(r.Header)
	if err != nil {
		return err
	}
	switch {
	case rt.health:
		return s.health(w, snap)
	case rt.id != "":
		return showModel(w, snap, rt.id)
	}
	return s.listModels(w, snap)
}
