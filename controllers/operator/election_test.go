package operator_test

import (
	"testing"

	"github.com/fairlead-dev/fairlead/api/v1alpha1"
	"github.com/fairlead-dev/fairlead/controllers/internal/testkit"
)

// TestOneLeads: of two operators one works; when it stops, the other takes over at once, because the Lease is handed back.
func TestOneLeads(t *testing.T) {
	c := needCluster(t)
	ns := c.Namespace(t, nil)
	o := options(ns)
	o.LeaderElect = true
	first, second := &writes{}, &writes{}
	stop := startAs(t, first.through(shared.Operator), o)
	alias := testkit.Alias(ns, "chat", []string{"llm"})
	c.Create(t, testkit.Compatible(ns, "llm"), alias)
	testkit.ExpectCondition(t, c.Client, alias, v1alpha1.ConditionAccepted, no, v1alpha1.ReasonGatewayNotFound)

	startAs(t, second.through(shared.Operator), o)
	c.Create(t, testkit.Gateway(ns, "main"))
	testkit.ExpectCondition(t, c.Client, alias, v1alpha1.ConditionAccepted, yes, v1alpha1.ReasonAccepted)
	if n := second.count(t); n > 0 {
		t.Errorf("the operator that does not lead wrote %q", second.list())
	}
	stop()
	worked := first.count(t)
	testkit.Edit(t, c.Client, alias, func(a *v1alpha1.ModelAlias) { a.Spec.Targets[0].ProviderRef.Name = "typo" })
	testkit.ExpectCondition(t, c.Client, alias, v1alpha1.ConditionResolvedRefs, no, v1alpha1.ReasonProviderNotFound)
	if first.count(t) != worked {
		t.Error("the operator that was stopped wrote something")
	}
}
