package modelalias

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/fairlead-dev/fairlead/api/v1alpha1"
	"github.com/fairlead-dev/fairlead/controllers/internal/testkit"
)

// TestOfNamespace: the labels of a namespace concern the aliases in it and at its gateways, and those that lost a model name to
// one of them, which is theirs when that one is shut out.
func TestOfNamespace(t *testing.T) {
	at := func(gateway, model string) func(*v1alpha1.ModelAlias) {
		return func(a *v1alpha1.ModelAlias) {
			a.Spec.GatewayRef.Namespace, a.Spec.Model = v1alpha1.Namespace(gateway), v1alpha1.ModelPattern(model)
		}
	}
	r := &Reconciler{Client: testkit.Indexed(t,
		testkit.Gateway("labelled", "main"), testkit.Gateway("ai", "main"),
		testkit.Alias("labelled", "inside", nil, at("ai", "chat")),
		testkit.Alias("team", "rival", nil, at("ai", "chat")),
		testkit.Alias("team", "attached", nil, at("labelled", "code")),
		testkit.Alias("team", "elsewhere", nil, at("ai", "code")),
		testkit.Alias("team", "other-gateway", nil, at("other", "chat")),
	)}
	got := r.ofNamespace(t.Context(), &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: "labelled"}})
	names := make([]string, len(got))
	for i := range got {
		names[i] = got[i].Name
	}
	slices.Sort(names)
	if diff := cmp.Diff([]string{"attached", "inside", "rival"}, names); diff != "" {
		t.Errorf("looked at (-want +got):\n%s", diff)
	}
}
