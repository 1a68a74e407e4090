package operator_test

import (
	"testing"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/fairlead-dev/fairlead/api/v1alpha1"
	"github.com/fairlead-dev/fairlead/controllers/internal/testkit"
)

// admitting is a policy that admits namespaces by their names.
func admitting(namespaces ...string) *v1alpha1.NamespacePolicy {
	return &v1alpha1.NamespacePolicy{From: v1alpha1.NamespacesSelector, Selector: &metav1.LabelSelector{
		MatchExpressions: []metav1.LabelSelectorRequirement{
			{Key: corev1.LabelMetadataName, Operator: metav1.LabelSelectorOpIn, Values: namespaces},
		},
	}}
}

// TestConsentIsCheckedOnEveryReference: an alias of one namespace, at a gateway of a second, with a provider of a third, is served while
// all three consents are given, and not from the moment on at which any of them is withdrawn.
func TestConsentIsCheckedOnEveryReference(t *testing.T) {
	c := needCluster(t)
	team, edge, models := c.Namespace(t, nil), c.Namespace(t, nil), c.Namespace(t, nil)
	start(t, options())
	gateway := testkit.Gateway(edge, "main", func(g *v1alpha1.Gateway) { g.Spec.AllowedNamespaces = admitting(team) })
	provider := testkit.Compatible(models, "llm", func(p *v1alpha1.ModelProvider) { p.Spec.AllowedNamespaces = admitting(team, edge) })
	alias := testkit.Alias(team, "chat", []string{"llm"}, func(a *v1alpha1.ModelAlias) {
		a.Spec.GatewayRef = v1alpha1.GatewayReference{Name: "main", Namespace: v1alpha1.Namespace(edge)}
		a.Spec.Targets[0].ProviderRef.Namespace = v1alpha1.Namespace(models)
	})
	c.Create(t, gateway, provider, alias)
	testkit.Remove(t, c.Client, gateway, provider, alias)
	testkit.StartDataPlane(t, c.Client, edge, "main", 1)
	for name, tc := range map[string]struct {
		gateway, provider *v1alpha1.NamespacePolicy
		condition, reason string
	}{
		"GatewayToAlias":    {nil, admitting(team, edge), v1alpha1.ConditionAccepted, v1alpha1.ReasonNotAllowed},
		"ProviderToAlias":   {admitting(team), admitting(edge), v1alpha1.ConditionResolvedRefs, v1alpha1.ReasonRefNotPermitted},
		"ProviderToGateway": {admitting(team), admitting(team), v1alpha1.ConditionResolvedRefs, v1alpha1.ReasonRefNotPermitted},
		"ProviderToNobody":  {admitting(team), nil, v1alpha1.ConditionResolvedRefs, v1alpha1.ReasonRefNotPermitted},
	} {
		t.Run(name, func(t *testing.T) {
			consent := func(toAlias, ofProvider *v1alpha1.NamespacePolicy) {
				testkit.Edit(t, c.Client, gateway, func(g *v1alpha1.Gateway) { g.Spec.AllowedNamespaces = toAlias })
				testkit.Edit(t, c.Client, provider, func(p *v1alpha1.ModelProvider) { p.Spec.AllowedNamespaces = ofProvider })
			}
			consent(admitting(team), admitting(team, edge))
			testkit.ExpectCondition(t, c.Client, alias, v1alpha1.ConditionReady, yes, v1alpha1.ReasonReady)
			consent(tc.gateway, tc.provider)
			testkit.ExpectCondition(t, c.Client, alias, tc.condition, no, tc.reason)
			if alias.Status.Route != nil {
				t.Errorf("the route outlived the consent: %+v", alias.Status.Route)
			}
		})
	}
}
