package modelprovider

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/fairlead-dev/fairlead/api/v1alpha1"
	"github.com/fairlead-dev/fairlead/controllers/ollama"
	"github.com/fairlead-dev/fairlead/controllers/status"
)

// maxMessage is how long the message of a model may be.
const maxMessage = 512

// describeModels writes where every listed model is. holds says that what is known does as long as no server says otherwise: none runs
// because nobody asks.
func describeModels(p *v1alpha1.ModelProvider, f filled, holds bool) {
	st := &p.Status
	last := map[v1alpha1.ModelName]v1alpha1.ModelStatus{}
	for _, m := range st.Models {
		last[m.Name] = m
	}
	st.Models, st.ModelsReady, st.Progress = nil, "", ""
	if p.Spec.Ollama == nil || len(p.Spec.Ollama.Models) == 0 {
		return
	}
	there := 0
	for _, m := range p.Spec.Ollama.Models {
		model := modelStatus(m.Name, last[m.Name], f.states, holds)
		model.AvailableDigest = available(p, model, last[m.Name], f.versions)
		st.Models = append(st.Models, model)
		if model.State == v1alpha1.ModelReady {
			there++
		}
		if model.State == v1alpha1.ModelPulling && st.Progress == "" {
			st.Progress = fmt.Sprintf("%s %d %%", m.Name, model.Percent)
		}
	}
	st.ModelsReady = fmt.Sprintf("%d/%d", there, len(st.Models))
}

// modelStatus is the state of a model on the server that is nearest to having it. Of a server that has not said anything yet, because
// the operator was restarted a moment ago, what was last known still holds. So does that a model is there while no server can be
// asked, because its only Pod restarts or the spec is broken: the volume stays, and gateway replicas send nothing to a model that is
// said to be missing. Everything that was known holds while no server runs because nobody asks.
func modelStatus(name v1alpha1.ModelName, last v1alpha1.ModelStatus, states map[string]ollama.State, holds bool) v1alpha1.ModelStatus {
	best := ollama.ModelState{State: v1alpha1.ModelPending, Message: "Waiting for the server."}
	if last.State == v1alpha1.ModelReady || holds && last.State != "" {
		best = known(last)
	}
	for i, url := range slices.Sorted(maps.Keys(states)) {
		m := states[url].Models[string(name)]
		if !states[url].Asked && last.State != "" {
			m = known(last)
		}
		if i == 0 || nearer(m, best) {
			best = m
		}
	}
	message := strings.ToValidUTF8(status.Stable(best.Message), "")
	if len(message) > maxMessage {
		message = strings.ToValidUTF8(message[:maxMessage], "")
	}
	return v1alpha1.ModelStatus{
		Name: name, State: best.State, Reason: best.Reason, Message: message, Percent: best.Percent(),
		CompletedBytes: best.Progress.Completed, TotalBytes: best.Progress.Total, Digest: best.Digest,
	}
}

// known is the state that a status tells of.
func known(m v1alpha1.ModelStatus) ollama.ModelState {
	return ollama.ModelState{
		State: m.State, Reason: m.Reason, Message: m.Message, Digest: m.Digest,
		Progress: ollama.Progress{Completed: m.CompletedBytes, Total: m.TotalBytes},
	}
}

// nearer says whether a server with the state a is nearer to having a model than one with the state b.
func nearer(a, b ollama.ModelState) bool {
	if r, s := rank(a.State), rank(b.State); r != s {
		return r < s
	}
	return a.Percent() > b.Percent()
}

// rank orders states by how far they are from Ready. One that is unknown counts as not begun. A failure tells more than that a
// server has yet to begin.
func rank(s v1alpha1.ModelState) int {
	switch s {
	case v1alpha1.ModelReady:
		return 0
	case v1alpha1.ModelPulling:
		return 1
	case v1alpha1.ModelFailed:
		return 2
	default:
		return 3
	}
}

// available is the digest of the version that the registry has, where it is another one than the servers have. What was known before
// the operator was restarted holds until the registry has been asked again.
func available(p *v1alpha1.ModelProvider, model, last v1alpha1.ModelStatus, versions map[string]ollama.Version) string {
	if p.Spec.Ollama.Updates == v1alpha1.UpdatesIgnore || model.Digest == "" {
		return ""
	}
	v, asked := versions[string(model.Name)]
	switch {
	case !asked && last.Digest == model.Digest:
		return last.AvailableDigest
	case !asked || !v.Known() || v.Is(model.Digest):
		return ""
	}
	return v.Digest
}
