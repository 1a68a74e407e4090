package cluster

import (
	"context"
	"testing"
	"time"

	apiextensionsv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/wait"
	"k8s.io/client-go/rest"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/fairlead-dev/fairlead/api/v1alpha1"
	"github.com/fairlead-dev/fairlead/gateway/snapshot"
	"github.com/fairlead-dev/fairlead/gateway/watch/cluster/testcluster"
)

// policyOf is the policy of the one key at the gateway of the test, nil where there is none.
func policyOf(in snapshot.Input) *v1alpha1.KeyPolicy {
	for _, k := range in.Keys {
		if k.Policy != nil && k.Policy.Gateway == in.Gateway {
			return k.Policy
		}
	}
	return nil
}

// works says whether the snapshot of an input takes the key whose digest begins with ab and goes on with zeros.
func works(in snapshot.Input) bool {
	digest := [32]byte{0xab}
	keys := snapshot.Build(in, nil, nil).Keys
	return keys.Key(digest[:]) != nil
}

// testDropsADeletedKey follows a key through two replicas, one of which watches each namespace for itself.
func testDropsADeletedKey(t *testing.T, config *rest.Config, c client.Client) {
	o := testcluster.NewOperator(t, c)
	replicas := []<-chan snapshot.Input{
		watchInputs(t, Options{Config: config, Gateway: o.Gateway()}),
		watchInputs(t, Options{Config: config, Gateway: o.Gateway(), Namespaces: []string{"default", o.Namespace}}),
	}
	o.PublishGateway(testcluster.Pepper())
	key := o.CreateKey("ci")
	o.PublishKey(key, "ab")
	for _, inputs := range replicas {
		in := until(t, inputs, "the key", works)
		if !covers(t, in.Versions.GatewayKeys, key.ResourceVersion) {
			t.Errorf("version %s does not cover the key's %s", in.Versions.GatewayKeys, key.ResourceVersion)
		}
	}
	o.Must(c.Delete(t.Context(), key))
	deleted := time.Now()
	for _, inputs := range replicas {
		until(t, inputs, "the end of the key", func(in snapshot.Input) bool { return !works(in) })
	}
	if took := time.Since(deleted); took > time.Second {
		t.Errorf("the key worked for %v after its deletion, want 1 s at most", took)
	}
}

// testDropsAKeyThatIsBeingDeleted: a finalizer may keep the object for as long as it likes.
func testDropsAKeyThatIsBeingDeleted(t *testing.T, config *rest.Config, c client.Client) {
	o := testcluster.NewOperator(t, c)
	inputs := watchInputs(t, Options{Config: config, Gateway: o.Gateway()})
	o.PublishGateway(testcluster.Pepper())
	key := o.CreateKey("ci")
	key.Finalizers = []string{"example.com/wait"}
	o.Must(c.Update(t.Context(), key))
	o.PublishKey(key, "ab")
	until(t, inputs, "the key", works)
	o.Must(c.Delete(t.Context(), key))
	in := until(t, inputs, "the end of the key", func(in snapshot.Input) bool { return !works(in) })
	o.Must(c.Get(t.Context(), client.ObjectKeyFromObject(key), key))
	if key.DeletionTimestamp == nil || policyOf(in) != nil {
		t.Errorf("deleted at %v, policy %v: want the object there and its policy gone", key.DeletionTimestamp, policyOf(in))
	}
	key.Finalizers = nil
	o.Must(c.Update(t.Context(), key))
}

func testKeepsThePolicy(t *testing.T, config *rest.Config, c client.Client) {
	o := testcluster.NewOperator(t, c)
	inputs := watchInputs(t, Options{Config: config, Gateway: o.Gateway()})
	o.PublishGateway(testcluster.Pepper())
	key := o.CreateKey("ci")
	o.PublishKey(key, "ab")
	first := until(t, inputs, "the key", func(in snapshot.Input) bool { return policyOf(in) != nil })
	key.Status.Conditions = []metav1.Condition{{
		Type: v1alpha1.ConditionReady, Status: metav1.ConditionTrue, Reason: v1alpha1.ReasonReady, LastTransitionTime: metav1.Now(),
	}}
	o.Must(c.Status().Update(t.Context(), key))
	second := until(t, inputs, "the conditions", func(in snapshot.Input) bool { return in.Versions.GatewayKeys == key.ResourceVersion })
	if policyOf(first) != policyOf(second) {
		t.Error("the policy is another pointer: the key is built anew for nothing")
	}
}

// testWaitsForTheKindOfKeys: an installation that is brought up to date may get the kind after the gateway.
func testWaitsForTheKindOfKeys(t *testing.T, config *rest.Config, c client.Client) {
	o := testcluster.NewOperator(t, c)
	kind := &apiextensionsv1.CustomResourceDefinition{ObjectMeta: metav1.ObjectMeta{Name: "gatewaykeys.fairlead.dev"}}
	o.Must(c.Get(t.Context(), client.ObjectKeyFromObject(kind), kind))
	again := &apiextensionsv1.CustomResourceDefinition{
		ObjectMeta: metav1.ObjectMeta{Name: kind.Name, Annotations: kind.Annotations}, Spec: kind.Spec,
	}
	o.Must(c.Delete(t.Context(), kind))
	err := wait.PollUntilContextTimeout(t.Context(), 50*time.Millisecond, patience, true, func(ctx context.Context) (bool, error) {
		return apierrors.IsNotFound(c.Get(ctx, client.ObjectKeyFromObject(kind), kind)), nil
	})
	o.Must(err)
	o.PublishGateway(testcluster.Pepper())
	inputs := watchInputs(t, Options{Config: config, Gateway: o.Gateway()})
	select {
	case in := <-inputs:
		t.Errorf("delivered %d keys without having seen any", len(in.Keys))
	case <-time.After(2 * minRetry):
	}
	o.Must(c.Create(t.Context(), again))
	until(t, inputs, "the kind", func(in snapshot.Input) bool { return in.Versions.GatewayKeys != "" })
}
