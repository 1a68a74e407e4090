package server

import (
	"net/http"

	"github.com/prometheus/client_golang/prometheus/promhttp"
)

// AdminHandler serves the admin port: metrics, probes and explanations.
func (s *Server) AdminHandler() http.Handler {
	metrics := promhttp.HandlerFor(s.registry, promhttp.HandlerOpts{})
	mux := http.NewServeMux()
	mux.HandleFunc("GET /metrics", func(w http.ResponseWriter, r *http.Request) {
		s.forget()
		metrics.ServeHTTP(w, r)
	})
	mux.HandleFunc("GET /admin/explain", s.explain)
	mux.HandleFunc("/healthz", func(w http.ResponseWriter, r *http.Request) { s.probe(w, r, route{probe: true}) })
	mux.HandleFunc("/readyz", func(w http.ResponseWriter, r *http.Request) { s.probe(w, r, route{probe: true, ready: true}) })
	return mux
}

// forget drops the series of what is no longer routed, at the pace at which somebody looks.
func (s *Server) forget() {
	if snap := s.options.Snapshots.Load(); snap != nil {
		s.metrics.Retain(snap)
	}
}
