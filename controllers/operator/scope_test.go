package operator_test

import (
	"errors"
	"fmt"
	"testing"

	rbacv1 "k8s.io/api/rbac/v1"
	"k8s.io/client-go/rest"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/metrics"

	"github.com/fairlead-dev/fairlead/api/v1alpha1"
	"github.com/fairlead-dev/fairlead/controllers/internal/testkit"
	"github.com/fairlead-dev/fairlead/controllers/rbac"
	"github.com/fairlead-dev/fairlead/controllers/render"
)

// scoped is an operator that may do in some namespaces what the chart grants in a list of namespaces, and nothing anywhere else.
func scoped(t *testing.T, c *testkit.Cluster, namespaces ...string) *rest.Config {
	t.Helper()
	user := "test:operator-of-" + namespaces[0]
	for _, ns := range namespaces {
		c.Create(t,
			&rbacv1.Role{ObjectMeta: named(ns, "operator"), Rules: rbac.NamespaceRules()},
			&rbacv1.RoleBinding{
				ObjectMeta: named(ns, "operator"),
				RoleRef:    rbacv1.RoleRef{APIGroup: rbacv1.GroupName, Kind: "Role", Name: "operator"},
				Subjects:   []rbacv1.Subject{{APIGroup: rbacv1.GroupName, Kind: rbacv1.UserKind, Name: user}},
			})
	}
	config := rest.CopyConfig(c.Admin)
	config.Impersonate = rest.ImpersonationConfig{UserName: user, Groups: []string{"system:authenticated"}}
	return config
}

// reconciles counts what a controller has done in this process, and how much of it failed.
func reconciles(t *testing.T, controller string) (all, failed float64) {
	t.Helper()
	families, err := metrics.Registry.Gather()
	if err != nil {
		t.Fatal(err)
	}
	for _, family := range families {
		if family.GetName() != "controller_runtime_reconcile_total" {
			continue
		}
		for _, m := range family.GetMetric() {
			labels := map[string]string{}
			for _, l := range m.GetLabel() {
				labels[l.GetName()] = l.GetValue()
			}
			if labels["controller"] != controller {
				continue
			}
			all += m.GetCounter().GetValue()
			if labels["result"] == "error" {
				failed += m.GetCounter().GetValue()
			}
		}
	}
	return all, failed
}

// TestNamespaceScope: with nothing but its Roles in two namespaces, an operator makes everything there is to make, across them.
func TestNamespaceScope(t *testing.T) {
	c := needCluster(t)
	edge, models := c.Namespace(t, nil), c.Namespace(t, nil)
	startAs(t, scoped(t, c, edge, models), options(edge, models))
	gateway := testkit.Gateway(edge, "main", func(g *v1alpha1.Gateway) {
		g.Spec.Redis = &v1alpha1.Store{Mode: v1alpha1.StoreManaged}
		g.Spec.AllowedNamespaces = admitting(models)
	})
	provider := testkit.Compatible(models, "llm", func(p *v1alpha1.ModelProvider) { p.Spec.AllowedNamespaces = admitting(edge) })
	alias := testkit.Alias(models, "chat", []string{"llm"}, func(a *v1alpha1.ModelAlias) {
		a.Spec.GatewayRef.Namespace = v1alpha1.Namespace(edge)
	})
	key := testkit.Key(models, "ci", func(k *v1alpha1.GatewayKey) { k.Spec.GatewayRef.Namespace = v1alpha1.Namespace(edge) })
	ollama := testkit.Ollama(models, "local", []string{"a"})
	c.Create(t, gateway, provider, alias, key, ollama)
	testkit.StartDataPlane(t, c.Client, edge, "main", 1)
	testkit.ExpectCondition(t, c.Client, alias, v1alpha1.ConditionReady, yes, v1alpha1.ReasonReady)
	testkit.ExpectCondition(t, c.Client, key, v1alpha1.ConditionReady, yes, v1alpha1.ReasonReady)
	testkit.ExpectCondition(t, c.Client, ollama, v1alpha1.ConditionAccepted, yes, v1alpha1.ReasonAccepted)
	for _, ns := range []string{edge, models} {
		testkit.ExpectThere(t, c.Client, reader(ns, edge))
	}
}

// reader is the binding in a namespace by which the Gateway main of another one reads there.
func reader(namespace, gateway string) *rbacv1.RoleBinding {
	return &rbacv1.RoleBinding{ObjectMeta: named(namespace, render.ReaderRole+":"+gateway+":main")}
}

// TestOutOfScope: what a namespace that is not served is said to have is not looked for again and again.
func TestOutOfScope(t *testing.T) {
	c := needCluster(t)
	in, out := c.Namespace(t, nil), c.Namespace(t, nil)
	startAs(t, scoped(t, c, in), options(in))
	before, failures := reconciles(t, "gateway")
	alias := testkit.Alias(in, "chat", []string{"llm"}, func(a *v1alpha1.ModelAlias) {
		a.Spec.GatewayRef.Namespace = v1alpha1.Namespace(out)
		a.Spec.Targets[0].ProviderRef.Namespace = v1alpha1.Namespace(out)
	})
	c.Create(t, alias)
	testkit.ExpectCondition(t, c.Client, alias, v1alpha1.ConditionAccepted, no, v1alpha1.ReasonNotAllowed)
	testkit.Eventually(t, func() error {
		if all, _ := reconciles(t, "gateway"); all == before {
			return errors.New("the gateway controller has not looked yet")
		}
		return nil
	})
	if _, failed := reconciles(t, "gateway"); failed > failures {
		t.Errorf("%v reconciles of a gateway that is out of scope failed", failed-failures)
	}
}

// TestScopeChanges: an operator that is told of other namespaces takes back by what gateways read where they have nothing to read any
// more, as far as it may: what is in a namespace that is not served stays.
func TestScopeChanges(t *testing.T) {
	c := needCluster(t)
	for name, tc := range map[string]struct{ fewer bool }{"Fewer": {true}, "All": {false}} {
		t.Run(name, func(t *testing.T) {
			stays, leaves := c.Namespace(t, nil), c.Namespace(t, nil)
			all := []*rbacv1.RoleBinding{reader(stays, leaves), reader(leaves, stays), reader(stays, stays), reader(leaves, leaves)}
			after, gone := options(), all
			if tc.fewer {
				after, gone = options(stays), all[:1]
			}
			stop := startAs(t, scoped(t, c, stays, leaves), options(stays, leaves))
			gateways := []client.Object{testkit.Gateway(stays, "main"), testkit.Gateway(leaves, "main")}
			c.Create(t, gateways...)
			testkit.Remove(t, c.Client, gateways...)
			for _, binding := range all {
				testkit.ExpectThere(t, c.Client, binding)
			}
			stop()
			start(t, after)
			for _, binding := range gone {
				testkit.ExpectGone(t, c.Client, binding)
			}
		})
	}
}

// TestWhatIsLeftGivesNothing: the binding that an operator may not delete any more, because the chart took its rights in a namespace, lets
// its gateway read nothing there: the role went with them.
func TestWhatIsLeftGivesNothing(t *testing.T) {
	c := needCluster(t)
	stays, leaves := c.Namespace(t, nil), c.Namespace(t, nil)
	in := render.GatewayInput{Gateway: testkit.Gateway(stays, "main"), Installation: options(stays, leaves).Installation}
	for _, binding := range render.ReaderBindings(in) {
		c.Create(t, binding)
	}
	reads := func(namespace string, want bool) {
		testkit.Eventually(t, func() error {
			user := "system:serviceaccount:" + stays + ":main"
			if got := allowed(t, c, user, right{"list", "modelaliases.fairlead.dev", "", ""}, namespace); got != want {
				return fmt.Errorf("the gateway may read in %s: %v, want %v", namespace, got, want)
			}
			return nil
		})
	}
	reads(leaves, true)
	if err := c.Client.Delete(t.Context(), &rbacv1.Role{ObjectMeta: named(leaves, render.ReaderRole)}); err != nil {
		t.Fatal(err)
	}
	reads(leaves, false)
	reads(stays, true)
}
