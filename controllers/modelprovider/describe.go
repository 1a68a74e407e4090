package modelprovider

import (
	"fmt"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"

	"github.com/fairlead-dev/fairlead/api/v1alpha1"
	"github.com/fairlead-dev/fairlead/controllers/compile"
	"github.com/fairlead-dev/fairlead/controllers/render"
	"github.com/fairlead-dev/fairlead/controllers/status"
)

// describe writes into p's status what is known of it.
func describe(p *v1alpha1.ModelProvider, compiled compile.ProviderResult, s surroundings, n plan, f filled) {
	st := &p.Status
	// What a model failed for in an earlier spec is tried again.
	holds := n.drowsing() && !edited(p)
	st.ObservedGeneration = p.Generation
	st.Endpoint = compiled.Endpoint
	st.Replicas, st.ReadyReplicas, st.Selector = 0, 0, ""
	if managed(p) {
		st.Selector = labels.SelectorFromSet(render.OllamaPods(p)).String()
		if s.workload != nil {
			st.Replicas, st.ReadyReplicas = s.workload.Status.Replicas, s.workload.Status.ReadyReplicas
		}
	}
	st.Activation = nil
	if n.state != "" {
		st.Activation = &v1alpha1.Activation{State: n.state, Timeout: n.timeout}
	}
	st.Servers = describeServers(p, f)
	describeModels(p, f, holds)
	models := modelsAvailable(p, compiled.Accepted == nil, n.drowsing(), f)
	accepted := compiled.Accepted.Condition(v1alpha1.ConditionAccepted, p.Generation,
		v1alpha1.ReasonAccepted, "The spec can be served.")
	resolved := compiled.ResolvedRefs.Condition(v1alpha1.ConditionResolvedRefs, p.Generation,
		v1alpha1.ReasonResolvedRefs, "Every reference was found.")
	status.Set(&st.Conditions, accepted, resolved, models, ready(p, s, n, accepted, resolved, models))
}

func managed(p *v1alpha1.ModelProvider) bool {
	return p.Spec.Ollama != nil && p.Spec.Ollama.Managed != nil
}

// ready sums up: the first that does not hold says why.
func ready(p *v1alpha1.ModelProvider, s surroundings, n plan, accepted, resolved, models metav1.Condition) metav1.Condition {
	const kind = v1alpha1.ConditionReady
	for _, c := range []metav1.Condition{accepted, resolved} {
		if c.Status != metav1.ConditionTrue {
			return status.Because(kind, c)
		}
	}
	if managed(p) && p.Status.ReadyReplicas == 0 && !n.drowsing() {
		message := fmt.Sprintf("No Pod of StatefulSet %s is ready.%s", render.OllamaName(p.Name), status.PodTrouble(s.pods))
		if r := p.Spec.Ollama.Managed.Replicas; r != nil && *r == 0 {
			message = "No server is wanted: spec.ollama.managed.replicas is 0."
		}
		return status.False(kind, p.Generation, v1alpha1.ReasonWorkloadNotReady, message)
	}
	switch {
	case models.Status != metav1.ConditionTrue:
		return status.Because(kind, models)
	case n.waking:
		return status.True(kind, p.Generation, v1alpha1.ReasonScaledToZero, "A server is being started, because somebody asked.")
	case n.drowsing():
		return status.True(kind, p.Generation, v1alpha1.ReasonScaledToZero,
			"No server runs, because nobody has asked for a while. The next request starts it.")
	}
	return status.True(kind, p.Generation, v1alpha1.ReasonReady, "The provider can be used.")
}
