package server

import (
	"errors"
	"fmt"
	"log"
	"net/http"
	"runtime/debug"
	"strings"
	"time"

	"github.com/go-logr/logr"

	"github.com/fairlead-dev/fairlead/api/v1alpha1"
	"github.com/fairlead-dev/fairlead/gateway/protocol"
	"github.com/fairlead-dev/fairlead/gateway/telemetry"
)

// Handler serves the data port.
func (s *Server) Handler() http.Handler { return http.HandlerFunc(s.serve) }

// serve is around every request of the data port: it gives the request its id, turns errors into answers and panics into
// errors, and accounts for all of them.
func (s *Server) serve(rw http.ResponseWriter, r *http.Request) {
	s.traffic.begin()
	defer func() { s.traffic.end(s.draining.Load()) }()
	rw, end := multiplex(rw, r, s.stall)
	defer end()
	x := &telemetry.Exchange{Start: time.Now(), RequestID: requestID(r.Header)}
	w := &response{ResponseWriter: rw, x: x, stall: s.stall}
	h := rw.Header()
	h["X-Request-Id"] = []string{x.RequestID}
	plain := s.plain(r)
	if plain || s.draining.Load() {
		h["Connection"] = []string{"close"}
	}
	route := routeOf(r)
	if route.probe {
		s.probe(w, r, route)
		return
	}
	if s.origins.answer(w, r, s.allowedOrigins()) {
		return
	}
	s.metrics.Begin()
	shape := s.surfaces.Dialect(route.Protocol).Errors
	if route.Protocol == protocol.Anthropic {
		h["Request-Id"] = h["X-Request-Id"]
	}
	abort := s.guard(w, x, shape, func() error {
		if plain {
			return errPlainText()
		}
		return s.dispatch(w, r, x, route)
	})
	x.Duration = time.Since(x.Start)
	s.metrics.End(x)
	if s.log != nil {
		s.log.Write(x)
	}
	if abort {
		panic(http.ErrAbortHandler)
	}
}

// allowedOrigins says which web pages may call; nil where none may.
func (s *Server) allowedOrigins() *v1alpha1.CORS {
	if snap := s.options.Snapshots.Load(); snap != nil {
		return snap.Config.CORS
	}
	return nil
}

// guard runs what serves a request, and answers where it returns an error or panics. abort says that the connection must be
// closed, because the answer could be taken for whole.
func (s *Server) guard(w *response, x *telemetry.Exchange, shape protocol.Errors, run func() error) (abort bool) {
	defer func() {
		if cause := recover(); cause != nil {
			abort = s.panicked(w, x, shape, cause)
		}
	}()
	if err := run(); err != nil {
		return answer(w, x, shape, err)
	}
	return false
}

func (s *Server) panicked(w *response, x *telemetry.Exchange, shape protocol.Errors, cause any) (abort bool) {
	if err, ok := cause.(error); ok && errors.Is(err, http.ErrAbortHandler) {
		return true
	}
	err := fmt.Errorf("panic: %v", cause)
	s.options.Log.Error(err, "serving a request", "request_id", x.RequestID, "stack", string(debug.Stack()))
	if w.began() {
		return true
	}
	return answer(w, x, shape, errInternal)
}

// serverLog carries the messages of net/http over. They are about connections and hold no content.
func serverLog(l logr.Logger) *log.Logger { return log.New(logLines{l}, "", 0) }

type logLines struct{ logr.Logger }

// Write logs one message.
func (l logLines) Write(p []byte) (int, error) {
	l.V(1).Info(strings.TrimSpace(string(p)))
	return len(p), nil
}
