package keyapi

import (
	"maps"
	"slices"

	"github.com/fairlead-dev/fairlead/gateway/fault"
	"github.com/fairlead-dev/fairlead/gateway/fields"
)

// bounds are LiteLLM's fields that take something away from a key and that cannot be kept here, with what does the same.
func bounds() map[string]string {
	const routes = "keys cannot be bound to paths here"
	return map[string]string{
		"aliases":                      "models are named by ModelAliases, for all keys alike",
		"allowed_cache_controls":       "the cache is set in the ModelAlias",
		"allowed_passthrough_routes":   routes,
		"allowed_routes":               routes,
		"allowed_vector_store_indexes": "there are no vector stores here",
		"auto_rotate":                  "keys are not replaced by themselves; give the key a 'duration'",
		"blocked":                      "a key works until it is deleted",
		"budget_id":                    "budgets of several keys are set in the Gateway, which selects keys by label",
		"budget_limits":                "a key has one budget, 'max_budget' with 'budget_duration'",
		"enforced_params":              "parameters cannot be required here",
		"guardrails":                   "there are no guardrails here",
		"model_max_budget":             "a budget counts all models of a key",
		"model_rpm_limit":              "limits of a model are set in its ModelAlias",
		"model_tpm_limit":              "limits of a model are set in its ModelAlias",
		"object_permission":            "there is nothing but models to permit here; name them in 'models'",
		"policies":                     "there are no policies here",
	}
}

// refuseBounds notes a mistake for each bound that is asked for.
func refuseBounds(o *fields.Object) {
	all := bounds()
	for _, name := range slices.Sorted(maps.Keys(all)) {
		if says(o.Raw(name)) {
			refuse(o, name, all[name])
		}
	}
	if !o.Is("key_type", `"default"`, `"llm_api"`) {
		refuse(o, "key_type", "every key calls models and nothing else")
	}
}

func refuse(o *fields.Object, name, why string) {
	o.Fail(fault.Invalid(fault.CodeUnsupported, name, "'%s' is not supported: %s.", name, why))
}
