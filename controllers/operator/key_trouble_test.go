package operator_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/fairlead-dev/fairlead/api/v1alpha1"
	"github.com/fairlead-dev/fairlead/controllers/internal/testkit"
)

// TestKeyOfAnother: two objects with one key: the older has it, until it is deleted.
func TestKeyOfAnother(t *testing.T) {
	c := needCluster(t)
	ns := c.Namespace(t, nil)
	start(t, options(ns))
	// Creation times have seconds, and among equals the name decides.
	first, second := testkit.Key(ns, "a"), testkit.Key(ns, "b")
	digest := v1alpha1.KeyDigest(strings.Repeat("ab", 32))
	first.Spec.Digest, second.Spec.Digest = digest, digest
	c.Create(t, testkit.Gateway(ns, "main"), second)
	expectDigest(t, c, second, digest)
	c.Create(t, first)
	older, younger := first, second
	if second.CreationTimestamp.Before(&first.CreationTimestamp) {
		older, younger = second, first
	}
	message := testkit.ExpectCondition(t, c.Client, younger, v1alpha1.ConditionAccepted, no, v1alpha1.ReasonConflicted)
	if !strings.Contains(message, fmt.Sprintf("%q", older.Name)) {
		t.Errorf("message = %q", message)
	}
	expectDigest(t, c, older, digest)
	expectDigest(t, c, younger, "")
	if err := c.Client.Delete(t.Context(), older); err != nil {
		t.Fatal(err)
	}
	expectDigest(t, c, younger, digest)
}

// TestKeyBrokenEdit: what applied goes on to apply, and the conditions say so; a budget that the gateway cannot add up ends it.
func TestKeyBrokenEdit(t *testing.T) {
	c := needCluster(t)
	ns := c.Namespace(t, nil)
	start(t, options(ns))
	key := testkit.Key(ns, "ci")
	c.Create(t, testkit.Gateway(ns, "main"), key)
	testkit.ExpectCondition(t, c.Client, key, v1alpha1.ConditionAccepted, yes, v1alpha1.ReasonAccepted)
	expectDigest(t, c, key, digestOf(t, c, ns, read(t, c.Client, ns, "ci", anything).Data["api-key"]))
	good := key.Status.Policy.DeepCopy()
	labels := map[string]string{}
	for i := range 65 {
		labels[fmt.Sprintf("label-%d", i)] = "x"
	}
	testkit.Edit(t, c.Client, key, func(k *v1alpha1.GatewayKey) { k.Labels = labels })
	message := testkit.ExpectCondition(t, c.Client, key, v1alpha1.ConditionAccepted, no, v1alpha1.ReasonInvalid)
	if !strings.HasSuffix(message, "What generation 1 said applies meanwhile.") {
		t.Errorf("message = %q", message)
	}
	if diff := cmp.Diff(good, key.Status.Policy); diff != "" {
		t.Errorf("the policy changed (-want +got):\n%s", diff)
	}
	testkit.Edit(t, c.Client, key, func(k *v1alpha1.GatewayKey) { k.Labels, k.Spec.Budget = nil, &v1alpha1.Budget{LimitUSD: "1"} })
	testkit.ExpectCondition(t, c.Client, key, v1alpha1.ConditionAccepted, no, v1alpha1.ReasonInvalid)
	expectDigest(t, c, key, "")
}

// TestKeyCrash: wherever the operator dies while it makes a key, the next one ends with that key, and no other.
func TestKeyCrash(t *testing.T) {
	c := needCluster(t)
	for dieAt := 1; dieAt <= 3; dieAt++ {
		for _, after := range []bool{false, true} {
			t.Run(fmt.Sprintf("Write%dAfter%v", dieAt, after), func(t *testing.T) {
				ns := c.Namespace(t, nil)
				stop := start(t, options(ns))
				gateway, key := testkit.Gateway(ns, "main"), testkit.Key(ns, "ci")
				c.Create(t, gateway)
				testkit.ExpectCondition(t, c.Client, gateway, v1alpha1.ConditionAccepted, yes, v1alpha1.ReasonAccepted)
				stop()
				c.Create(t, key)
				w := &writes{dieAt: dieAt, after: after}
				stop = startAs(t, w.through(shared.Operator), options(ns))
				settle(t, w)
				stop()
				made := &corev1.Secret{}
				err := c.Client.Get(t.Context(), client.ObjectKey{Namespace: ns, Name: "ci"}, made)
				if client.IgnoreNotFound(err) != nil {
					t.Fatal(err)
				}
				start(t, options(ns))
				secret := read(t, c.Client, ns, "ci", anything)
				if err == nil && string(secret.Data["api-key"]) != string(made.Data["api-key"]) {
					t.Error("the key is another one after a crash")
				}
				expectDigest(t, c, key, digestOf(t, c, ns, secret.Data["api-key"]))
			})
		}
	}
}

// TestRejectedKey: what a replica cannot serve is said with its own words.
func TestRejectedKey(t *testing.T) {
	c := needCluster(t)
	ns := c.Namespace(t, nil)
	start(t, options(ns))
	key := testkit.Key(ns, "ci")
	c.Create(t, testkit.Gateway(ns, "main"), key)
	d := testkit.StartDataPlane(t, c.Client, ns, "main", 1)
	testkit.ExpectCondition(t, c.Client, key, v1alpha1.ConditionProgrammed, yes, v1alpha1.ReasonProgrammed)
	d.Reject(v1alpha1.Rejection{Kind: v1alpha1.KindGatewayKey, Namespace: ns, Name: "ci", Message: "expected a window, found none."})
	message := testkit.ExpectCondition(t, c.Client, key, v1alpha1.ConditionProgrammed, no, v1alpha1.ReasonRejected)
	if !strings.Contains(message, "cannot serve the policy: expected a window, found none.") {
		t.Errorf("message = %q", message)
	}
}

// TestManyKeys: every key costs two writes of its own, whatever the number of the others.
func TestManyKeys(t *testing.T) {
	const n = 100
	c := needCluster(t)
	ns := c.Namespace(t, nil)
	w := &writes{}
	startAs(t, w.through(shared.Operator), options(ns))
	gateway := testkit.Gateway(ns, "main")
	c.Create(t, gateway)
	testkit.StartDataPlane(t, c.Client, ns, "main", 2)
	testkit.ReadyDeployment(t, c.Client, ns, "main")
	testkit.ExpectCondition(t, c.Client, gateway, v1alpha1.ConditionReady, yes, v1alpha1.ReasonReady)
	before := len(w.list())
	for i := range n {
		c.Create(t, testkit.Key(ns, fmt.Sprintf("key-%d", i), func(k *v1alpha1.GatewayKey) {
			k.Spec.Digest = v1alpha1.KeyDigest(fmt.Sprintf("%016x%048x", i, 0))
		}))
	}
	for i := range n {
		testkit.ExpectCondition(t, c.Client, testkit.Key(ns, fmt.Sprintf("key-%d", i)), v1alpha1.ConditionReady, yes, v1alpha1.ReasonReady)
	}
	if got := len(w.list()) - before; got > 2*n+n/10 {
		t.Errorf("%d writes for %d keys, want two for each and a few conflicts", got, n)
	}
}
