package server

import (
	"context"
	"net/http"
	"testing"
	"time"

	"github.com/go-logr/logr"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/wait"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/fairlead-dev/fairlead/api/v1alpha1"
	keycluster "github.com/fairlead-dev/fairlead/gateway/keystore/cluster"
	"github.com/fairlead-dev/fairlead/gateway/snapshot"
	"github.com/fairlead-dev/fairlead/gateway/watch/cluster"
	"github.com/fairlead-dev/fairlead/gateway/watch/cluster/testcluster"
)

func TestKeysOfACluster(t *testing.T) {
	config, c := testcluster.Start(t)
	o := testcluster.NewOperator(t, c)
	in := keyInput()
	o.PublishGateway(in.Credentials)
	store, err := keycluster.New(config, o.Gateway())
	if err != nil {
		t.Fatal(err)
	}
	tb, other := &table{}, &table{}
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error, 3)
	for _, replica := range []*table{tb, other} {
		source, err := cluster.New(cluster.Options{Config: config, Gateway: o.Gateway(), Log: logr.Discard()})
		if err != nil {
			t.Fatal(err)
		}
		go func() { ended <- source.Run(ctx, func(in snapshot.Input) { serveKeys(replica, in) }) }()
	}
	go func() { ended <- publishKeys(ctx, c, o) }()
	t.Cleanup(func() {
		stop()
		for range cap(ended) {
			if err := <-ended; err != nil {
				t.Error(err)
			}
		}
	})
	eventually(t, 2*testDeadline, "the first tables", func() bool { return tb.Load() != nil && other.Load() != nil })
	g := startWith(t, Options{Snapshots: tb, Keys: store, Usage: func() Usage { return &usageLog{} }})
	liveKeys(t, g)

	made := g.generate(`{}`)
	eventually(t, time.Second, "the key at the other replica", func() bool { return other.Load().Keys.Find(made.Token) != nil })
	if r := g.post("/key/delete", `{"keys":["`+made.Token+`"]}`); r.StatusCode != http.StatusOK {
		t.Fatalf("deleting: %d %s", r.StatusCode, r.body)
	}
	eventually(t, time.Second, "the end of the key at the other replica", func() bool { return other.Load().Keys.Find(made.Token) == nil })
}

// publishKeys does the operator's part until ctx ends: it gives each key a policy and says that everybody serves it.
func publishKeys(ctx context.Context, c client.Client, o *testcluster.Operator) error {
	const pause = 20 * time.Millisecond
	err := wait.PollUntilContextCancel(ctx, pause, true, func(ctx context.Context) (bool, error) {
		var list v1alpha1.GatewayKeyList
		if err := c.List(ctx, &list, client.InNamespace(o.Namespace)); err != nil {
			return false, client.IgnoreNotFound(err)
		}
		for i := range list.Items {
			if err := publishKey(ctx, c, &list.Items[i], o.Gateway().String()); client.IgnoreNotFound(err) != nil {
				return false, err
			}
		}
		return false, nil
	})
	if wait.Interrupted(err) {
		err = nil
	}
	return err
}

func publishKey(ctx context.Context, c client.Client, k *v1alpha1.GatewayKey, gateway string) error {
	if k.Status.Policy != nil {
		return nil
	}
	k.Status.Policy = &v1alpha1.KeyPolicy{
		Revision: "sha256:k", Generation: k.Generation, Gateway: gateway, Digest: k.Spec.Digest, Labels: k.Labels,
		AllowedModels: k.Spec.AllowedModels, RateLimits: k.Spec.RateLimits, Budget: k.Spec.Budget,
		ExpiresAt: k.Spec.ExpiresAt, Owner: k.Spec.Owner,
	}
	meta.SetStatusCondition(&k.Status.Conditions, metav1.Condition{
		Type: v1alpha1.ConditionProgrammed, Status: metav1.ConditionTrue, Reason: "Programmed",
	})
	return c.Status().Update(ctx, k)
}
