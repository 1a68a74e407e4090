package modelalias

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"k8s.io/apimachinery/pkg/types"

	"github.com/fairlead-dev/fairlead/api/v1alpha1"
	"github.com/fairlead-dev/fairlead/controllers/internal/testkit"
)

// TestConcernedByNamespace: an alias that lost its model name to one of another namespace gets it when that one is shut out.
func TestConcernedByNamespace(t *testing.T) {
	at := func(gateway, model string) func(*v1alpha1.ModelAlias) {
		return func(a *v1alpha1.ModelAlias) {
			a.Spec.GatewayRef.Namespace, a.Spec.Model = v1alpha1.Namespace(gateway), v1alpha1.ModelName(model)
		}
	}
	aliases := []v1alpha1.ModelAlias{
		*testkit.Alias("labelled", "inside", nil, at("ai", "chat")),
		*testkit.Alias("team", "rival", nil, at("ai", "chat")),
		*testkit.Alias("team", "attached", nil, at("labelled", "code")),
		*testkit.Alias("team", "elsewhere", nil, at("ai", "code")),
		*testkit.Alias("team", "other-gateway", nil, at("other", "chat")),
	}
	want := []types.NamespacedName{
		{Namespace: "labelled", Name: "inside"}, {Namespace: "team", Name: "rival"}, {Namespace: "team", Name: "attached"},
	}
	if diff := cmp.Diff(want, concernedByNamespace(aliases, "labelled")); diff != "" {
		t.Errorf("looked at (-want +got):\n%s", diff)
	}
}
