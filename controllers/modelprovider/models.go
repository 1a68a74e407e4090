package modelprovider

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/fairlead-dev/fairlead/api/v1alpha1"
	"github.com/fairlead-dev/fairlead/controllers/ollama"
	"github.com/fairlead-dev/fairlead/controllers/status"
)

// maxMessage is how long the message of a model may be.
const maxMessage = 512

// describeModels writes where every listed model is.
func describeModels(p *v1alpha1.ModelProvider, states map[string]ollama.State) {
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
		model := modelStatus(m.Name, last[m.Name], states)
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

// modelStatus is the state of a model on the server that is farthest from having it. Of a server that has not said anything
// yet, because the operator was restarted a moment ago, what was last known still holds. So does that a model is there while no
// server can be asked, because its only Pod restarts or the spec is broken: the volume stays, and gateway replicas send nothing
// to a model that is said to be missing.
func modelStatus(name v1alpha1.ModelName, last v1alpha1.ModelStatus, states map[string]ollama.State) v1alpha1.ModelStatus {
	worst := ollama.ModelState{State: v1alpha1.ModelReady}
	for _, url := range slices.Sorted(maps.Keys(states)) {
		m := states[url].Models[string(name)]
		if !states[url].Asked && last.State != "" {
			m = known(last)
		}
		if r, w := rank(m.State), rank(worst.State); r > w || (r == w && m.Percent() < worst.Percent()) {
			worst = m
		}
	}
	if len(states) == 0 && last.State != v1alpha1.ModelReady {
		worst = ollama.ModelState{State: v1alpha1.ModelPending, Message: "Waiting for the server."}
	} else if len(states) == 0 {
		worst = known(last)
	}
	message := strings.ToValidUTF8(status.Stable(worst.Message), "")
	if len(message) > maxMessage {
		message = strings.ToValidUTF8(message[:maxMessage], "")
	}
	return v1alpha1.ModelStatus{
		Name: name, State: worst.State, Message: message, Percent: worst.Percent(),
		CompletedBytes: worst.Progress.Completed, TotalBytes: worst.Progress.Total,
	}
}

// known is the state that a status tells of.
func known(m v1alpha1.ModelStatus) ollama.ModelState {
	return ollama.ModelState{
		State: m.State, Message: m.Message,
		Progress: ollama.Progress{Completed: m.CompletedBytes, Total: m.TotalBytes},
	}
}

// rank orders states by how far they are from Ready. One that is unknown counts as not begun.
func rank(s v1alpha1.ModelState) int {
	switch s {
	case v1alpha1.ModelReady:
		return 0
	case v1alpha1.ModelPulling:
		return 1
	case v1alpha1.ModelFailed:
		return 3
	default:
		return 2
	}
}

// modelsAvailable sums the models up.
func modelsAvailable(p *v1alpha1.ModelProvider, accepted bool, states map[string]ollama.State) metav1.Condition {
	const kind = v1alpha1.ConditionModelsAvailable
	if len(p.Status.Models) == 0 {
		return status.True(kind, p.Generation, v1alpha1.ReasonNoModelsListed, "The provider lists no models; whether it has one shows when it is asked.")
	}
	if len(states) == 0 && !accepted {
		return status.False(kind, p.Generation, v1alpha1.ReasonPending, "No model is looked for until the spec is accepted.")
	}
	if len(states) == 0 {
		return status.False(kind, p.Generation, v1alpha1.ReasonServerNotReady, "No server that could have the models is ready.")
	}
	for _, url := range slices.Sorted(maps.Keys(states)) {
		if why := states[url].Unreachable; why != "" {
			return status.False(kind, p.Generation, v1alpha1.ReasonServerNotReady,
				fmt.Sprintf("The Ollama at %s does not answer: %s.", url, why))
		}
	}
	var failed, missing []string
	for _, m := range p.Status.Models {
		switch m.State {
		case v1alpha1.ModelReady:
		case v1alpha1.ModelFailed:
			failed = append(failed, fmt.Sprintf("%s (%s)", m.Name, m.Message))
		default:
			missing = append(missing, string(m.Name))
		}
	}
	switch {
	case len(failed) > 0:
		return status.False(kind, p.Generation, v1alpha1.ReasonPullFailed,
			"Could not pull "+strings.Join(failed, ", ")+". It is tried again with a growing wait.")
	case len(missing) > 0:
		return status.False(kind, p.Generation, v1alpha1.ReasonPulling, "Waiting for "+strings.Join(missing, ", ")+".")
	default:
		return status.True(kind, p.Generation, v1alpha1.ReasonModelsAvailable, "Every listed model is there.")
	}
}
