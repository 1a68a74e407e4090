package cluster

import (
	"context"
	"encoding/json"
	"sync/atomic"
	"testing"
	"time"

	"github.com/go-logr/logr"
	"github.com/google/go-cmp/cmp"
	coordinationv1 "k8s.io/api/coordination/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/watch"
	coordinationv1client "k8s.io/client-go/kubernetes/typed/coordination/v1"
	"k8s.io/client-go/rest"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/fairlead-dev/fairlead/api/v1alpha1"
	"github.com/fairlead-dev/fairlead/gateway/watch/cluster/testcluster"
)

// nextLease waits for the next event of the Lease.
func nextLease(t *testing.T, events <-chan watch.Event, kind watch.EventType) *coordinationv1.Lease {
	t.Helper()
	select {
	case e := <-events:
		lease, ok := e.Object.(*coordinationv1.Lease)
		if !ok || e.Type != kind {
			t.Fatalf("got %s of a %T, want %s of a Lease", e.Type, e.Object, kind)
		}
		return lease
	case <-time.After(patience):
		t.Fatalf("no %s within %v", kind, patience)
	}
	return nil
}

func confirmationOf(t *testing.T, lease *coordinationv1.Lease) v1alpha1.Confirmation {
	t.Helper()
	var c v1alpha1.Confirmation
	if err := json.Unmarshal([]byte(lease.Annotations[v1alpha1.AnnotationConfirmation]), &c); err != nil {
		t.Fatal(err)
	}
	return c
}

// testConfirmer looks at every write of a Lease.
func testConfirmer(t *testing.T, config *rest.Config, c client.Client) {
	o := testcluster.NewOperator(t, c)
	leases := coordinationv1client.NewForConfigOrDie(config).Leases(o.Namespace)
	events, err := leases.Watch(t.Context(), metav1.ListOptions{})
	if err != nil {
		t.Fatal(err)
	}
	defer events.Stop()
	var current atomic.Pointer[v1alpha1.Confirmation]
	var awaiting atomic.Bool
	d := demander{asked: make(chan struct{}, 1)}
	confirmer, err := NewConfirmer(ConfirmerOptions{
		Config: config, Gateway: "main", Version: "1.2.3", Log: logr.Discard(),
		Current: func() (*v1alpha1.Confirmation, bool) { return current.Load(), awaiting.Load() },
		Pod:     Pod{Namespace: o.Namespace, Name: "main-abc", UID: "11111111-2222-3333-4444-555555555555"},
		Asked:   d.asked,
		Demands: d.demands,
	})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan struct{})
	go func() { defer close(ended); confirmer.Run(ctx) }()
	serve := func(s v1alpha1.Confirmation) {
		current.Store(&s)
		confirmer.Changed()
	}

	first := v1alpha1.Confirmation{Gateways: "1", ModelProviders: "2", ModelAliases: "3", Digest: "sha256:a"}
	serve(first)
	lease := nextLease(t, events.ResultChan(), watch.Added)
	checkLease(t, lease, first)

	// Nobody waits for a change of versions alone, so the next write is that of the change after it.
	onlyVersions := first
	onlyVersions.ModelAliases = "4"
	serve(onlyVersions)
	changed := v1alpha1.Confirmation{
		Gateways: "1", ModelProviders: "2", ModelAliases: "5", Digest: "sha256:b",
		Rejected: []v1alpha1.Rejection{{Kind: v1alpha1.KindModelAlias, Namespace: "a", Name: "b", Message: "bad"}},
	}
	time.AfterFunc(4*minPause, func() { serve(changed) })
	if diff := cmp.Diff(changed, confirmationOf(t, nextLease(t, events.ResultChan(), watch.Modified))); diff != "" {
		t.Errorf("confirmation (-want +got):\n%s", diff)
	}

	// While a route lacks its credential, aliases are not confirmed; when it arrives they are, at once.
	lacking := changed
	lacking.ModelAliases, lacking.Digest = "6", "sha256:c"
	awaiting.Store(true)
	serve(lacking)
	held := confirmationOf(t, nextLease(t, events.ResultChan(), watch.Modified))
	if held.ModelAliases != changed.ModelAliases || held.Digest != lacking.Digest {
		t.Errorf("confirmed %+v while a credential is missing, want aliases up to %s only", held, changed.ModelAliases)
	}
	complete := lacking
	complete.Digest = "sha256:d"
	awaiting.Store(false)
	serve(complete)
	if diff := cmp.Diff(complete, confirmationOf(t, nextLease(t, events.ResultChan(), watch.Modified))); diff != "" {
		t.Errorf("confirmation (-want +got):\n%s", diff)
	}

	// What never arrives holds the others up for a moment only.
	never := complete
	never.ModelAliases, never.Digest = "7", "sha256:e"
	awaiting.Store(true)
	serve(never)
	nextLease(t, events.ResultChan(), watch.Modified)
	if diff := cmp.Diff(never, confirmationOf(t, nextLease(t, events.ResultChan(), watch.Modified))); diff != "" {
		t.Errorf("confirmation (-want +got):\n%s", diff)
	}

	d.check(t, events.ResultChan(), never, serve)

	cancel()
	<-ended
	nextLease(t, events.ResultChan(), watch.Deleted)
	if _, err := leases.Get(t.Context(), "main-abc", metav1.GetOptions{}); !apierrors.IsNotFound(err) {
		t.Errorf("got %v, want the Lease gone", err)
	}
}

// checkLease looks at the first Lease.
func checkLease(t *testing.T, lease *coordinationv1.Lease, want v1alpha1.Confirmation) {
	t.Helper()
	if diff := cmp.Diff(want, confirmationOf(t, lease)); diff != "" {
		t.Errorf("confirmation (-want +got):\n%s", diff)
	}
	wantOwner := []metav1.OwnerReference{{APIVersion: "v1", Kind: "Pod", Name: "main-abc", UID: "11111111-2222-3333-4444-555555555555"}}
	if diff := cmp.Diff(wantOwner, lease.OwnerReferences); diff != "" {
		t.Errorf("owner (-want +got):\n%s", diff)
	}
	if got, found := lease.Annotations[v1alpha1.AnnotationDemand]; found {
		t.Errorf("demand %q where nobody asked", got)
	}
	if lease.Name != "main-abc" || lease.Labels[v1alpha1.LabelGateway] != "main" || lease.Annotations[v1alpha1.AnnotationServer] != "1.2.3" {
		t.Errorf("name %s, labels %v, annotations %v", lease.Name, lease.Labels, lease.Annotations)
	}
	if *lease.Spec.HolderIdentity != "main-abc" || *lease.Spec.LeaseDurationSeconds != 30 || time.Since(lease.Spec.RenewTime.Time) > patience {
		t.Errorf("spec %+v", lease.Spec)
	}
}

// demander is asked for a provider that sleeps.
type demander struct {
	asked chan struct{}
	at    atomic.Int64
}

func (d *demander) demands() []v1alpha1.Demand {
	if at := d.at.Load(); at > 0 {
		return []v1alpha1.Demand{{Provider: "ai/local", LastRequest: at}}
	}
	return nil
}

// check asks while served is confirmed, and looks at the Leases that come of it.
func (d *demander) check(t *testing.T, events <-chan watch.Event, served v1alpha1.Confirmation, serve func(v1alpha1.Confirmation)) {
	t.Helper()
	// Who asks for a provider that sleeps is told of at once, and once.
	d.at.Store(1_700_000_000)
	d.asked <- struct{}{}
	lease := nextLease(t, events, watch.Modified)
	if got, want := lease.Annotations[v1alpha1.AnnotationDemand], `[{"provider":"ai/local","lastRequest":1700000000}]`; got != want {
		t.Errorf("demand %q, want %q", got, want)
	}
	if diff := cmp.Diff(served, confirmationOf(t, lease)); diff != "" {
		t.Errorf("confirmation (-want +got):\n%s", diff)
	}
	d.asked <- struct{}{}
	last := served
	last.Digest = "sha256:f"
	time.AfterFunc(4*minPause, func() { serve(last) })
	lease = nextLease(t, events, watch.Modified)
	if diff := cmp.Diff(last, confirmationOf(t, lease)); diff != "" {
		t.Errorf("the same demand was written again: confirmation (-want +got):\n%s", diff)
	}
	d.at.Store(0)
	last.Digest = "sha256:g"
	serve(last)
	if got := nextLease(t, events, watch.Modified).Annotations; got[v1alpha1.AnnotationDemand] != "" {
		t.Errorf("annotations %v: a demand of which nothing is known any more stayed", got)
	}
}
