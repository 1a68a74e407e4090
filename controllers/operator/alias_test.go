package operator_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/fairlead-dev/fairlead/api/v1alpha1"
	"github.com/fairlead-dev/fairlead/controllers/internal/testkit"
)

const (
	yes = metav1.ConditionTrue
	no  = metav1.ConditionFalse
)

// TestApplyToProgrammed follows the whole path: objects are applied, replicas confirm, and the alias says so.
func TestApplyToProgrammed(t *testing.T) {
	c := needCluster(t)
	ns := c.Namespace(t, nil)
	start(t, options(ns))
	gateway, provider := testkit.Gateway(ns, "main"), testkit.Compatible(ns, "llm")
	alias := testkit.Alias(ns, "chat", []string{"llm"})
	c.Create(t, alias, provider, gateway)

	testkit.ExpectCondition(t, c.Client, alias, v1alpha1.ConditionProgrammed, no, v1alpha1.ReasonNoReadyReplicas)
	testkit.ExpectCondition(t, c.Client, provider, v1alpha1.ConditionReady, yes, v1alpha1.ReasonReady)
	testkit.ReadyDeployment(t, c.Client, ns, "main")
	testkit.StartDataPlane(t, c.Client, ns, "main", 1)

	testkit.ExpectCondition(t, c.Client, alias, v1alpha1.ConditionProgrammed, yes, v1alpha1.ReasonProgrammed)
	testkit.ExpectCondition(t, c.Client, alias, v1alpha1.ConditionReady, yes, v1alpha1.ReasonReady)
	testkit.ExpectCondition(t, c.Client, gateway, v1alpha1.ConditionReady, yes, v1alpha1.ReasonReady)
	if alias.Status.Route == nil || alias.Status.Route.Gateway != ns+"/main" || alias.Status.TargetsReady != "1/1" {
		t.Errorf("status.route = %+v, targetsReady %q", alias.Status.Route, alias.Status.TargetsReady)
	}
	want := fmt.Sprintf("http://main.%s.svc.cluster.local:4000/v1", ns)
	testkit.Eventually(t, func() error {
		testkit.ExpectThere(t, c.Client, gateway)
		if g := gateway.Status; g.Address != want || g.AttachedAliases != 1 || g.Programmed != "1/1" {
			return fmt.Errorf("status = %+v", g)
		}
		return nil
	})
}

// TestProgrammedWaitsForEveryReplica: neither one replica of two nor an old confirmation is enough, and a replica that goes
// away is not waited for.
func TestProgrammedWaitsForEveryReplica(t *testing.T) {
	c := needCluster(t)
	ns := c.Namespace(t, nil)
	start(t, options(ns))
	alias := testkit.Alias(ns, "chat", []string{"llm"})
	c.Create(t, testkit.Gateway(ns, "main"), testkit.Compatible(ns, "llm"), alias)
	d := testkit.StartDataPlane(t, c.Client, ns, "main", 2)
	testkit.ExpectCondition(t, c.Client, alias, v1alpha1.ConditionProgrammed, yes, v1alpha1.ReasonProgrammed)

	d.Silence(true)
	testkit.Edit(t, c.Client, alias, func(a *v1alpha1.ModelAlias) { a.Spec.Visibility = v1alpha1.VisibilityHidden })
	testkit.ExpectCondition(t, c.Client, alias, v1alpha1.ConditionProgrammed, no, v1alpha1.ReasonPending)
	d.Silence(false)
	testkit.ExpectCondition(t, c.Client, alias, v1alpha1.ConditionProgrammed, yes, v1alpha1.ReasonProgrammed)

	labels := map[string]string{
		"app.kubernetes.io/component": "gateway", "app.kubernetes.io/instance": "main",
		"app.kubernetes.io/managed-by": "fairlead", v1alpha1.LabelGateway: "main",
	}
	testkit.ReadyPod(t, c.Client, ns, "mute", labels)
	testkit.Edit(t, c.Client, alias, func(a *v1alpha1.ModelAlias) { a.Spec.Visibility = v1alpha1.VisibilityPublic })
	testkit.ExpectCondition(t, c.Client, alias, v1alpha1.ConditionProgrammed, no, v1alpha1.ReasonPending)
	d.RemoveReplica("mute")
	testkit.ExpectCondition(t, c.Client, alias, v1alpha1.ConditionProgrammed, yes, v1alpha1.ReasonProgrammed)
}

// TestRejectedRoute: what a replica cannot serve is said with the replica's own words, and is over when it is over.
func TestRejectedRoute(t *testing.T) {
	c := needCluster(t)
	ns := c.Namespace(t, nil)
	start(t, options(ns))
	alias := testkit.Alias(ns, "chat", []string{"llm"})
	c.Create(t, testkit.Gateway(ns, "main"), testkit.Compatible(ns, "llm"), alias)
	d := testkit.StartDataPlane(t, c.Client, ns, "main", 1)
	testkit.ExpectCondition(t, c.Client, alias, v1alpha1.ConditionProgrammed, yes, v1alpha1.ReasonProgrammed)
	d.Reject(v1alpha1.Rejection{Kind: v1alpha1.KindModelAlias, Namespace: ns, Name: "chat", Message: "expected a URL, found none."})
	message := testkit.ExpectCondition(t, c.Client, alias, v1alpha1.ConditionProgrammed, no, v1alpha1.ReasonRejected)
	if !strings.Contains(message, "expected a URL, found none.") {
		t.Errorf("message = %q", message)
	}
	d.Reject()
	testkit.ExpectCondition(t, c.Client, alias, v1alpha1.ConditionProgrammed, yes, v1alpha1.ReasonProgrammed)
}

// TestBrokenEditKeepsRoute: the last good route stays, the conditions say so, and no other alias takes part.
func TestBrokenEditKeepsRoute(t *testing.T) {
	c := needCluster(t)
	ns := c.Namespace(t, nil)
	start(t, options(ns))
	alias, other := testkit.Alias(ns, "chat", []string{"llm"}), testkit.Alias(ns, "other", []string{"llm"})
	c.Create(t, testkit.Gateway(ns, "main"), testkit.Compatible(ns, "llm"), alias, other)
	testkit.StartDataPlane(t, c.Client, ns, "main", 1)
	testkit.ExpectCondition(t, c.Client, alias, v1alpha1.ConditionReady, yes, v1alpha1.ReasonReady)
	testkit.ExpectCondition(t, c.Client, other, v1alpha1.ConditionReady, yes, v1alpha1.ReasonReady)
	good, untouched := alias.Status.Route.DeepCopy(), other.ResourceVersion

	testkit.Edit(t, c.Client, alias, func(a *v1alpha1.ModelAlias) { a.Spec.Targets[0].ProviderRef.Name = "typo" })
	message := testkit.ExpectCondition(t, c.Client, alias, v1alpha1.ConditionResolvedRefs, no, v1alpha1.ReasonProviderNotFound)
	if !strings.HasSuffix(message, "Serving the route of generation 1 meanwhile.") {
		t.Errorf("message = %q", message)
	}
	if diff := cmp.Diff(good, alias.Status.Route); diff != "" {
		t.Errorf("the route changed (-want +got):\n%s", diff)
	}
	testkit.ExpectCondition(t, c.Client, alias, v1alpha1.ConditionProgrammed, no, v1alpha1.ReasonNoRoute)
	testkit.ExpectThere(t, c.Client, other)
	if other.ResourceVersion != untouched {
		t.Error("another alias was written")
	}

	testkit.Edit(t, c.Client, alias, func(a *v1alpha1.ModelAlias) { a.Spec.Targets[0].ProviderRef.Name = "llm" })
	testkit.ExpectCondition(t, c.Client, alias, v1alpha1.ConditionReady, yes, v1alpha1.ReasonReady)
}

// TestConflict: the older alias has the name until it goes, and the younger one then takes it over by itself.
func TestConflict(t *testing.T) {
	c := needCluster(t)
	ns := c.Namespace(t, nil)
	start(t, options(ns))
	model := func(a *v1alpha1.ModelAlias) { a.Spec.Model = "chat" }
	first, second := testkit.Alias(ns, "a", []string{"llm"}, model), testkit.Alias(ns, "b", []string{"llm"}, model)
	c.Create(t, testkit.Gateway(ns, "main"), testkit.Compatible(ns, "llm"), first)
	testkit.StartDataPlane(t, c.Client, ns, "main", 1)
	testkit.ExpectCondition(t, c.Client, first, v1alpha1.ConditionReady, yes, v1alpha1.ReasonReady)
	c.Create(t, second)
	testkit.ExpectCondition(t, c.Client, second, v1alpha1.ConditionAccepted, no, v1alpha1.ReasonConflicted)
	if second.Status.Route != nil {
		t.Error("the younger alias has a route")
	}
	if err := c.Client.Delete(t.Context(), first); err != nil {
		t.Fatal(err)
	}
	testkit.ExpectCondition(t, c.Client, second, v1alpha1.ConditionReady, yes, v1alpha1.ReasonReady)
}

// TestConsent: what another namespace does not consent to is refused in the same words as what does not exist, and a label on
// a namespace is enough to change that.
func TestConsent(t *testing.T) {
	c := needCluster(t)
	ai, team := c.Namespace(t, nil), c.Namespace(t, nil)
	start(t, options())
	selector := &v1alpha1.NamespacePolicy{
		From: v1alpha1.NamespacesSelector, Selector: &metav1.LabelSelector{MatchLabels: map[string]string{"ai": "yes"}},
	}
	gateway := testkit.Gateway(ai, "main", func(g *v1alpha1.Gateway) { g.Spec.AllowedNamespaces = selector })
	provider := testkit.Compatible(ai, "llm", func(p *v1alpha1.ModelProvider) { p.Spec.AllowedNamespaces = selector })
	foreign := func(name string) func(*v1alpha1.ModelAlias) {
		return func(a *v1alpha1.ModelAlias) {
			a.Spec.GatewayRef = v1alpha1.GatewayReference{Name: v1alpha1.ObjectName(name), Namespace: v1alpha1.Namespace(ai)}
			a.Spec.Targets[0].ProviderRef.Namespace = v1alpha1.Namespace(ai)
		}
	}
	alias := testkit.Alias(team, "chat", []string{"llm"}, foreign("main"))
	nowhere := testkit.Alias(team, "nowhere", []string{"llm"}, foreign("none"))
	c.Create(t, gateway, provider, alias, nowhere)
	testkit.Remove(t, c.Client, gateway, provider, alias, nowhere)
	testkit.StartDataPlane(t, c.Client, ai, "main", 1)

	refused := testkit.ExpectCondition(t, c.Client, alias, v1alpha1.ConditionAccepted, no, v1alpha1.ReasonNotAllowed)
	missing := testkit.ExpectCondition(t, c.Client, nowhere, v1alpha1.ConditionAccepted, no, v1alpha1.ReasonNotAllowed)
	if strings.ReplaceAll(missing, ai+"/none", ai+"/main") != refused {
		t.Errorf("one can tell a gateway that does not consent from one that does not exist:\n%s\n%s", refused, missing)
	}
	testkit.ExpectCondition(t, c.Client, alias, v1alpha1.ConditionResolvedRefs, no, v1alpha1.ReasonRefNotPermitted)

	label(t, c, team, "yes")
	testkit.ExpectCondition(t, c.Client, alias, v1alpha1.ConditionReady, yes, v1alpha1.ReasonReady)
	label(t, c, team, "no")
	testkit.ExpectCondition(t, c.Client, alias, v1alpha1.ConditionAccepted, no, v1alpha1.ReasonNotAllowed)
	if alias.Status.Route != nil {
		t.Error("the route outlived the consent")
	}
}

// TestOtherNamespaces: what is in a namespace that the operator does not serve counts as not there, and takes no other target
// with it.
func TestOtherNamespaces(t *testing.T) {
	c := needCluster(t)
	ns, other := c.Namespace(t, nil), c.Namespace(t, nil)
	start(t, options(ns))
	everyone := func(p *v1alpha1.ModelProvider) { p.Spec.AllowedNamespaces = testkit.Everyone() }
	provider := testkit.Compatible(other, "llm", everyone)
	gateway := testkit.Gateway(other, "main", func(g *v1alpha1.Gateway) { g.Spec.AllowedNamespaces = testkit.Everyone() })
	target := testkit.Alias(ns, "chat", []string{"llm", "far"}, func(a *v1alpha1.ModelAlias) {
		a.Spec.Targets[1].ProviderRef = v1alpha1.ProviderReference{Name: "llm", Namespace: v1alpha1.Namespace(other)}
	})
	attached := testkit.Alias(ns, "code", []string{"llm"}, func(a *v1alpha1.ModelAlias) {
		a.Spec.GatewayRef.Namespace = v1alpha1.Namespace(other)
	})
	c.Create(t, provider, gateway, testkit.Gateway(ns, "main"), testkit.Compatible(ns, "llm"), target, attached)
	testkit.ExpectCondition(t, c.Client, target, v1alpha1.ConditionResolvedRefs, no, v1alpha1.ReasonRefNotPermitted)
	testkit.ExpectCondition(t, c.Client, target, v1alpha1.ConditionAccepted, yes, v1alpha1.ReasonAccepted)
	if target.Status.Route == nil || len(target.Status.Route.Targets) != 1 {
		t.Errorf("route = %+v, want one target", target.Status.Route)
	}
	testkit.ExpectCondition(t, c.Client, attached, v1alpha1.ConditionAccepted, no, v1alpha1.ReasonNotAllowed)
}
