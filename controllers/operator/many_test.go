package operator_test

import (
	"flag"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"k8s.io/apimachinery/pkg/api/meta"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/fairlead-dev/fairlead/api/v1alpha1"
	"github.com/fairlead-dev/fairlead/controllers/internal/testkit"
)

var many = flag.Int("aliases", 200, "how many aliases TestManyAliases applies")

// TestManyAliases: every alias costs two writes of its own and next to none of its gateway, and an edit of one costs two writes
// whatever the number of the others.
func TestManyAliases(t *testing.T) {
	c := needCluster(t)
	ns := c.Namespace(t, nil)
	w := &writes{}
	startAs(t, w.through(shared.Operator), options(ns))
	gateway := testkit.Gateway(ns, "main")
	c.Create(t, gateway, testkit.Compatible(ns, "llm"))
	testkit.StartDataPlane(t, c.Client, ns, "main", 2)
	testkit.ReadyDeployment(t, c.Client, ns, "main")
	testkit.ExpectCondition(t, c.Client, gateway, v1alpha1.ConditionReady, yes, v1alpha1.ReasonReady)
	before := len(w.list())

	for i := range *many {
		c.Create(t, testkit.Alias(ns, fmt.Sprintf("alias-%d", i), []string{"llm"}))
	}
	testkit.Eventually(t, func() error { return allReady(t, c, ns) })
	testkit.Eventually(t, func() error {
		testkit.ExpectThere(t, c.Client, gateway)
		if got := int(gateway.Status.AttachedAliases); got != *many {
			return fmt.Errorf("attachedAliases = %d", got)
		}
		return nil
	})
	aliases, gateways := 0, 0
	for _, write := range w.list()[before:] {
		switch {
		case strings.Contains(write, "/modelaliases/"):
			aliases++
		case strings.Contains(write, "/gateways/"):
			gateways++
		}
	}
	t.Logf("%d aliases: %d writes of aliases, %d of the gateway", *many, aliases, gateways)
	if aliases > *many*2+*many/20 {
		t.Errorf("%d writes of %d aliases, want two of each and a few conflicts", aliases, *many)
	}
	if gateways > 30 {
		t.Errorf("%d writes of the gateway, want about one a second", gateways)
	}
	edits(t, c, ns, w)
}

func allReady(t *testing.T, c *testkit.Cluster, ns string) error {
	t.Helper()
	list := &v1alpha1.ModelAliasList{}
	if err := c.Client.List(t.Context(), list, client.InNamespace(ns)); err != nil {
		return err
	}
	for i := range list.Items {
		if !meta.IsStatusConditionTrue(list.Items[i].Status.Conditions, v1alpha1.ConditionReady) {
			return fmt.Errorf("alias %s is not ready", list.Items[i].Name)
		}
	}
	return nil
}

// edits changes one alias after the other and logs how long each took to be programmed again.
func edits(t *testing.T, c *testkit.Cluster, ns string, w *writes) {
	t.Helper()
	const n = 50
	before, took := len(w.list()), make([]time.Duration, n)
	for i := range n {
		alias := testkit.Alias(ns, fmt.Sprintf("alias-%d", i), nil)
		testkit.Edit(t, c.Client, alias, func(a *v1alpha1.ModelAlias) { a.Spec.Targets[0].Weight = new(int32(2)) })
		began := time.Now()
		testkit.ExpectCondition(t, c.Client, alias, v1alpha1.ConditionProgrammed, yes, v1alpha1.ReasonProgrammed)
		took[i] = time.Since(began)
	}
	slices.Sort(took)
	t.Logf("edit to programmed: p50 %s, max %s", took[n/2], took[n-1])
	if got := len(w.list()) - before; got > 2*n+n/10 {
		t.Errorf("%d writes for %d edits, want two for each and a few conflicts", got, n)
	}
}
