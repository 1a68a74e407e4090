package server

import (
	"cmp"
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/fairlead-dev/fairlead/gateway/balance"
	"github.com/fairlead-dev/fairlead/gateway/explain"
	"github.com/fairlead-dev/fairlead/gateway/fault"
	"github.com/fairlead-dev/fairlead/gateway/protocol"
	"github.com/fairlead-dev/fairlead/gateway/proxy"
	"github.com/fairlead-dev/fairlead/gateway/snapshot"
	"github.com/fairlead-dev/fairlead/gateway/telemetry"
)

const codeNoKey = "key_not_found"

// explain answers GET /admin/explain on the admin port: what would become of a request for `model` with the key `key`, for the end user
// `user`, where the client chose `targets`. All but the first may be missing. A key is named by its GatewayKey as namespace/name or by
// its ID; the key itself is refused, because URLs are logged. What is answered holds no secret and counts against no limit.
func (s *Server) explain(w http.ResponseWriter, r *http.Request) {
	body, err := s.explanation(r)
	if err != nil {
		e := translate(err)
		_ = writeJSON(w, e.Status, s.surfaces.Dialect(protocol.OpenAI).Errors.Body(e, ""))
		return
	}
	_ = writeJSON(w, http.StatusOK, body)
}

func (s *Server) explanation(r *http.Request) ([]byte, error) {
	snap := s.options.Snapshots.Load()
	if snap == nil {
		return nil, proxy.ErrNotReady
	}
	q := questionOf(r.URL.Query())
	if q.Model == "" {
		return nil, fault.Invalid(fault.CodeMissingParameter, "model", "'model' is missing: the name of a model as clients use it.")
	}
	answer, err := s.options.Explainer.Explain(r.Context(), snap, q)
	switch {
	case errors.Is(err, explain.ErrNoModel):
		return nil, fault.ModelNotFound(q.Model, proxy.Suggest(allModels(snap), q.Model))
	case errors.Is(err, explain.ErrNoKey):
		return nil, &fault.Error{
			Status: http.StatusNotFound, Code: codeNoKey, Param: "key",
			Message: "There is no GatewayKey '" + fault.Clip(q.Key) + "' at this gateway. Name it as NAMESPACE/NAME or by its ID, or say 'master'.",
		}
	case errors.Is(err, explain.ErrKeyItself):
		return nil, fault.Invalid(fault.CodeInvalidValue, "key",
			"'key' must name a key, as NAMESPACE/NAME or by its ID, and never be the key itself. Replace that key: URLs are logged.")
	case err != nil:
		return nil, err
	}
	for i := range answer.Targets {
		t := &answer.Targets[i]
		outcome, _ := s.metrics.Last(cmp.Or(answer.Pattern, answer.Model), t.Name, t.Provider)
		t.NotAllowed = outcome == telemetry.OutcomeNotAllowed
	}
	return json.Marshal(answer)
}

func questionOf(query url.Values) explain.Question {
	return explain.Question{
		Model: query.Get("model"), Key: query.Get("key"), User: query.Get("user"),
		Targets: balance.ParseChosen(query["targets"]), Now: time.Now(),
	}
}

// allModels are those that clients are not told of as well, sorted by name: who reads this port may know.
func allModels(snap *snapshot.Snapshot) []*snapshot.Model {
	models := make([]*snapshot.Model, 0, len(snap.Models))
	for _, m := range snap.Models {
		models = append(models, m)
	}
	slices.SortFunc(models, func(a, b *snapshot.Model) int { return strings.Compare(a.Name, b.Name) })
	return models
}
