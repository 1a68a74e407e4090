package server

import (
	"net/http"
	"strings"

	"github.com/fairlead-dev/fairlead/gateway/fault"
	"github.com/fairlead-dev/fairlead/gateway/protocol"
	"github.com/fairlead-dev/fairlead/gateway/surface"
	"github.com/fairlead-dev/fairlead/gateway/telemetry"
)

// route is what a path asks for: one of the gateway's own questions, or what a client protocol has there.
type route struct {
	surface.Route
	// health asks for LiteLLM's list of endpoints.
	health bool
	// report asks what was used.
	report report
	// keys manages keys.
	keys keyCall
	// probe is for machines that look after the process: it needs no key and is not accounted for. ready asks for readiness
	// rather than for life.
	probe, ready bool
}

// routeOf reads the path of a request.
func routeOf(r *http.Request) route {
	path := strings.Trim(r.URL.Path, "/")
	switch strings.TrimPrefix(path, "v1/") {
	case "health":
		return route{health: true, Route: surface.Route{Protocol: protocol.OpenAI}}
	case "healthz", "health/liveliness":
		return route{probe: true}
	case "readyz", "health/readiness":
		return route{probe: true, ready: true}
	}
	if which := reportOf(strings.TrimPrefix(path, "v1/")); which != noReport {
		return route{report: which, Route: surface.Route{Protocol: protocol.OpenAI}}
	}
	if which := keyCallOf(path); which != noKeyCall {
		return route{keys: which, Route: surface.Route{Protocol: protocol.OpenAI}}
	}
	return route{Route: surface.Find(r)}
}

// dispatch serves what is no probe. All but the greeting needs a key.
func (s *Server) dispatch(w *response, r *http.Request, x *telemetry.Exchange, rt route) error {
	if !rt.known() {
		return fault.UnknownPath(r.Method, r.URL.Path)
	}
	if want := rt.method(); want != "" && r.Method != want && (want != http.MethodGet || r.Method != http.MethodHead) {
		w.Header().Set("Allow", want)
		return methodNotAllowed(r.Method, want)
	}
	switch rt.Kind {
	case surface.Call:
		return s.proxy.Serve(w, r, &rt.Call, s.surfaces.Service(&rt.Call), x)
	case surface.Greeting:
		return greet(w)
	}
	return s.tell(w, r, rt)
}

// known says whether anything serves the path.
func (rt *route) known() bool {
	return rt.Kind != surface.Unknown || rt.health || rt.report != noReport || rt.keys != noKeyCall
}

// method is the only one that is served, besides HEAD for GET. It is empty for what is refused by any.
func (rt *route) method() string {
	if rt.keys != noKeyCall {
		return rt.keys.method()
	}
	return rt.Method()
}

// tell answers questions about the gateway itself.
func (s *Server) tell(w http.ResponseWriter, r *http.Request, rt route) error {
	if rt.keys != noKeyCall {
		return s.keys(w, r, rt.keys)
	}
	snap, caller, err := s.proxy.Authorize(r)
	if err != nil {
		return err
	}
	if rt.health {
		return s.health(w, snap, &caller)
	}
	if rt.report != noReport {
		return s.spend(w, r, snap, &caller, rt.report)
	}
	return s.describe(w, r, snap, &caller, rt.Route)
}
