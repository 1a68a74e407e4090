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

// modelsAvailable sums the models up. What is known of them holds while drowsing: no server runs because nobody asks.
func modelsAvailable(p *v1alpha1.ModelProvider, accepted, drowsing bool, f filled) metav1.Condition {
	const kind = v1alpha1.ConditionModelsAvailable
	if len(p.Status.Models) == 0 {
		message := "The provider lists no models; whether it has one shows when it is asked."
		if managed(p) {
			message = "The provider lists no models, so its servers hold none. List them in spec.ollama.models."
		}
		return status.True(kind, p.Generation, v1alpha1.ReasonNoModelsListed, message)
	}
	if !drowsing {
		if c := nobodyToAsk(p, accepted, f.states); c != nil {
			return *c
		}
	}
	var failed, missing []string
	for _, m := range p.Status.Models {
		switch m.State {
		case v1alpha1.ModelReady:
		case v1alpha1.ModelFailed:
			failed = append(failed, fmt.Sprintf("%s (%s: %s)", m.Name, m.Reason, strings.TrimSuffix(m.Message, ".")))
		default:
			missing = append(missing, string(m.Name))
		}
	}
	switch {
	case len(failed) > 0:
		return status.False(kind, p.Generation, v1alpha1.ReasonPullFailed, "Could not pull "+strings.Join(failed, ", ")+". It is tried again.")
	case len(missing) > 0:
		return status.False(kind, p.Generation, v1alpha1.ReasonPulling, "Waiting for "+strings.Join(missing, ", ")+".")
	default:
		return status.True(kind, p.Generation, v1alpha1.ReasonModelsAvailable, "Every listed model is there."+laggards(f))
	}
}

// nobodyToAsk is the condition where there is no server, or none that answers; nil where there is one.
func nobodyToAsk(p *v1alpha1.ModelProvider, accepted bool, states map[string]ollama.State) *metav1.Condition {
	no := func(reason, message string) *metav1.Condition {
		c := status.False(v1alpha1.ConditionModelsAvailable, p.Generation, reason, message)
		return &c
	}
	if len(states) == 0 && !accepted {
		return no(v1alpha1.ReasonPending, "No model is looked for until the spec is accepted.")
	}
	if len(states) == 0 {
		return no(v1alpha1.ReasonServerNotReady, "No server that could have the models is ready.")
	}
	urls := slices.Sorted(maps.Keys(states))
	for _, url := range urls {
		if states[url].Unreachable == "" {
			return nil
		}
	}
	return no(v1alpha1.ReasonServerNotReady, fmt.Sprintf("The Ollama at %s does not answer: %s.", urls[0], states[urls[0]].Unreachable))
}

// laggards says which servers could not pull a model that another one has, or do not answer.
func laggards(f filled) string {
	var lines []string
	for _, url := range slices.Sorted(maps.Keys(f.states)) {
		s := f.states[url]
		if s.Unreachable != "" {
			lines = append(lines, fmt.Sprintf(" %s does not answer.", f.names[url]))
		}
		for _, name := range slices.Sorted(maps.Keys(s.Models)) {
			if m := s.Models[name]; m.State == v1alpha1.ModelFailed {
				lines = append(lines, fmt.Sprintf(" %s could not pull %s: %s.", f.names[url], name, m.Reason))
			}
		}
	}
	return strings.Join(lines, "")
}
