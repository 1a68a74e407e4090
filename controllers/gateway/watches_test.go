package gateway

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"

	"github.com/fairlead-dev/fairlead/api/v1alpha1"
	"github.com/fairlead-dev/fairlead/controllers/internal/testkit"
)

// routing gives an alias a route at a gateway to a provider of its own namespace.
func routing(gateway, provider string) func(*v1alpha1.ModelAlias) {
	return func(a *v1alpha1.ModelAlias) {
		a.Status.Route = &v1alpha1.Route{Gateway: gateway, Targets: []v1alpha1.RouteTarget{{Provider: a.Namespace + "/" + provider}}}
	}
}

// TestRouted: a route takes a provider's key to the gateway that it was compiled for, and to no other.
func TestRouted(t *testing.T) {
	llm := []types.NamespacedName{{Namespace: "ai", Name: "llm"}}
	for name, tc := range map[string]struct {
		alias *v1alpha1.ModelAlias
		want  []types.NamespacedName
	}{
		"Route":          {testkit.Alias("ai", "chat", []string{"llm"}, routing("ai/main", "llm")), llm},
		"NoRoute":        {testkit.Alias("ai", "chat", []string{"llm"}), nil},
		"RouteElsewhere": {testkit.Alias("ai", "chat", []string{"llm"}, routing("ai/left", "llm")), nil},
	} {
		t.Run(name, func(t *testing.T) {
			got := routed(tc.alias, types.NamespacedName{Namespace: "ai", Name: "main"})
			if diff := cmp.Diff(tc.want, got); diff != "" {
				t.Errorf("providers (-want +got):\n%s", diff)
			}
		})
	}
}

// TestOfProvider: a provider brings exactly the gateways to look again that have a route to it, each once.
func TestOfProvider(t *testing.T) {
	r := &Reconciler{Client: testkit.Indexed(t,
		testkit.Alias("ai", "one", []string{"llm"}, routing("ai/main", "llm")),
		testkit.Alias("ai", "two", []string{"llm"}, routing("ai/main", "llm")),
		testkit.Alias("ai", "unrouted", []string{"llm"}, func(a *v1alpha1.ModelAlias) { a.Spec.GatewayRef.Name = "idle" }),
		testkit.Alias("ai", "other", []string{"other"}, routing("ai/main", "other")),
	)}
	want := []reconcile.Request{{NamespacedName: types.NamespacedName{Namespace: "ai", Name: "main"}}}
	if diff := cmp.Diff(want, r.ofProvider(t.Context(), testkit.OpenAI("ai", "llm"))); diff != "" {
		t.Errorf("gateways (-want +got):\n%s", diff)
	}
}
