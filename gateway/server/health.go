package server

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/fairlead-dev/fairlead/gateway/policy"
	"github.com/fairlead-dev/fairlead/gateway/snapshot"
	"github.com/fairlead-dev/fairlead/gateway/telemetry"
)

// endpoint is one target in the answer to /health. The shape of the whole is LiteLLM's, whose users' monitors read it.
// Source: https://docs.litellm.ai/docs/proxy/health
type endpoint struct {
	Model         string     `json:"model"`
	Target        string     `json:"target"`
	Provider      string     `json:"provider"`
	UpstreamModel string     `json:"upstream_model"`
	Error         string     `json:"error,omitempty"`
	LastOutcome   string     `json:"last_outcome,omitempty"`
	LastSeen      *time.Time `json:"last_seen,omitempty"`
}

type healthReport struct {
	Healthy        []endpoint `json:"healthy_endpoints"`
	Unhealthy      []endpoint `json:"unhealthy_endpoints"`
	HealthyCount   int        `json:"healthy_count"`
	UnhealthyCount int        `json:"unhealthy_count"`
}

// health answers from what is known: whether the target can be asked at all, and how the last attempt ended. It asks nobody, so
// that a monitor costs no tokens and cannot hang. A target that was never tried counts as healthy. Models that the caller may not use
// are left out: nothing else tells it that they exist.
func (s *Server) health(w http.ResponseWriter, snap *snapshot.Snapshot, c *policy.Caller) error {
	report := healthReport{Healthy: []endpoint{}, Unhealthy: []endpoint{}}
	for _, m := range snap.Models {
		if !c.May(m, m.Name) {
			continue
		}
		for _, t := range slices.Concat(m.Tiers...) {
			e := s.endpoint(m, t)
			if e.Error == "" {
				report.Healthy = append(report.Healthy, e)
			} else {
				report.Unhealthy = append(report.Unhealthy, e)
			}
		}
	}
	sortEndpoints(report.Healthy)
	sortEndpoints(report.Unhealthy)
	report.HealthyCount, report.UnhealthyCount = len(report.Healthy), len(report.Unhealthy)
	body, err := json.Marshal(report)
	if err != nil {
		return fmt.Errorf("reporting health: %w", err)
	}
	return writeJSON(w, http.StatusOK, body)
}

func (s *Server) endpoint(m *snapshot.Model, t *snapshot.Target) endpoint {
	e := endpoint{Model: m.Name, Target: t.Name, UpstreamModel: t.Model, Error: t.Unavailable}
	if t.Upstream == nil {
		return e
	}
	e.Provider = t.Upstream.Provider
	outcome, at := s.metrics.Last(m.Name, t.Name, e.Provider)
	if outcome == telemetry.OutcomeUnknown {
		return e
	}
	e.LastOutcome, e.LastSeen = outcome.String(), &at
	if e.Error == "" && outcome != telemetry.OutcomeAnswered {
		e.Error = "the last attempt ended with " + outcome.String()
	}
	return e
}

func sortEndpoints(all []endpoint) {
	slices.SortFunc(all, func(a, b endpoint) int {
		if c := strings.Compare(a.Model, b.Model); c != 0 {
			return c
		}
		return strings.Compare(a.Target, b.Target)
	})
}

// readiness is the body of a readiness probe.
type readiness struct {
	Status   string `json:"status"`
	Snapshot string `json:"snapshot,omitempty"`
	Age      int64  `json:"snapshot_age_seconds,omitempty"`
	Models   int    `json:"models,omitempty"`
}

// probe answers the probes of both ports. Life depends on nothing: what could be checked here would only get a process killed
// that still serves. Readiness depends on the routing table and on not being about to stop, and never on the API server, Redis
// or Postgres.
func (s *Server) probe(w http.ResponseWriter, r *http.Request, rt route) {
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		w.Header().Set("Allow", http.MethodGet)
		w.WriteHeader(http.StatusMethodNotAllowed)
		return
	}
	doc, status := readiness{Status: "healthy"}, http.StatusOK
	if rt.ready {
		doc, status = s.readiness()
	}
	body, err := json.Marshal(doc)
	if err != nil {
		w.WriteHeader(http.StatusInternalServerError)
		return
	}
	_ = writeJSON(w, status, body)
}

func (s *Server) readiness() (readiness, int) {
	snap := s.options.Snapshots.Load()
	if snap == nil {
		return readiness{Status: "starting"}, http.StatusServiceUnavailable
	}
	doc := readiness{
		Status: "ready", Snapshot: snap.Digest, Models: len(snap.Models), Age: int64(time.Since(s.options.Snapshots.Since()) / time.Second),
	}
	if s.draining.Load() {
		doc.Status = "draining"
		return doc, http.StatusServiceUnavailable
	}
	return doc, http.StatusOK
}
