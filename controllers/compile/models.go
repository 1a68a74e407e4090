package compile

import (
	"slices"
	"strings"

	"github.com/fairlead-dev/fairlead/api/v1alpha1"
)

// modelListed: an Ollama that the operator fills has the models that its provider lists, and no others.
func modelListed(t *v1alpha1.Target, p *v1alpha1.ModelProvider) *Problem {
	ollama := p.Spec.Ollama
	if ollama == nil || (ollama.Managed == nil && len(ollama.Models) == 0) {
		return nil
	}
	names := make([]string, len(ollama.Models))
	for i, m := range ollama.Models {
		if isModel(t.Model, string(m.Name)) {
			return nil
		}
		names[i] = string(m.Name)
	}
	listed := "it lists none"
	if len(names) > 0 {
		listed = "it lists " + strings.Join(names, ", ")
	}
	return targetProblem(t, v1alpha1.ReasonModelNotAvailable,
		"ModelProvider %s/%s does not list model %q; %s. Correct the target's model, or add it to the provider's spec.ollama.models.",
		p.Namespace, p.Name, t.Model, listed)
}

// TagOf returns an Ollama model name with its tag, which is "latest" where none is written: the form in which the server
// itself lists it.
func TagOf(model string) string {
	if strings.Contains(model[strings.LastIndexByte(model, '/')+1:], ":") {
		return model
	}
	return model + ":latest"
}

// isModel says whether the model that a provider lists is the one, or one of those, that a target names.
func isModel(target v1alpha1.ModelPattern, listed string) bool {
	if wild(target) {
		return takes(target, listed) || takes(target, TagOf(listed))
	}
	return TagOf(listed) == TagOf(string(target))
}

// answers says whether the provider can answer for the model now or once it has been woken, as far as its status says; for a pattern,
// whether it can for any of its models.
func answers(p *v1alpha1.ModelProvider, model v1alpha1.ModelPattern) bool {
	if p.Status.Endpoint == nil {
		return false
	}
	if p.Spec.Ollama == nil {
		return true
	}
	if p.Spec.Ollama.Managed != nil && p.Status.ReadyReplicas == 0 && !Asleep(p) {
		return false
	}
	if len(p.Spec.Ollama.Models) == 0 {
		return true
	}
	return slices.ContainsFunc(p.Status.Models, func(m v1alpha1.ModelStatus) bool {
		return m.State == v1alpha1.ModelReady && isModel(model, string(m.Name))
	})
}
