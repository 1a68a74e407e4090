package ollama

import (
	"strings"

	"github.com/fairlead-dev/fairlead/api/v1alpha1"
)

// source is the name under which a model is pulled. With a registry it is the registry's, which then has to be copied to the
// plain name; a name that says its own registry is left alone.
func source(model string, registry *v1alpha1.OllamaRegistry) string {
	if registry == nil || strings.Count(model, "/") > 1 {
		return model
	}
	if !strings.Contains(model, "/") {
		model = "library/" + model
	}
	return registry.Host + "/" + model
}
