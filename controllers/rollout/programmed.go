package rollout

import (
	"context"
	"fmt"
	"time"

	coordinationv1 "k8s.io/api/coordination/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/fairlead-dev/fairlead/api/v1alpha1"
	"github.com/fairlead-dev/fairlead/controllers/confirm"
	"github.com/fairlead-dev/fairlead/controllers/render"
	"github.com/fairlead-dev/fairlead/controllers/status"
)

// Programmed says whether every ready replica serves what was compiled for an object, which has the revision given.
//
// Once it is so for a revision it stays so, unless a replica rejects it: a replica becomes ready only with a snapshot of everything,
// and a gateway without replicas says so itself.
func (r *Rollout) Programmed(ctx context.Context, o Object, revision string) (metav1.Condition, error) {
	const kind = v1alpha1.ConditionProgrammed
	pending := status.False(kind, o.Generation, v1alpha1.ReasonPending,
		fmt.Sprintf("Waiting for the replicas of Gateway %s to confirm the %s of generation %d.", o.Gateway, r.kind.Part, o.Generation))
	if o.Published != revision {
		return pending, nil
	}
	replicas, err := r.replicas(ctx, o.Gateway)
	if err != nil {
		return pending, err
	}
	confirmed, rejection := r.count(replicas, o.Name, r.waiting.since(o.Name, revision, o.Version))
	was := meta.IsStatusConditionTrue(o.Conditions, kind)
	switch {
	case rejection != "":
		return status.False(kind, o.Generation, v1alpha1.ReasonRejected,
			fmt.Sprintf("A replica of Gateway %s cannot serve the %s: %s", o.Gateway, r.kind.Part, rejection)), nil
	case was || (confirmed > 0 && confirmed == len(replicas)):
		return status.True(kind, o.Generation, v1alpha1.ReasonProgrammed, "Every ready replica serves the "+r.kind.Part+"."), nil
	case len(replicas) == 0:
		return status.False(kind, o.Generation, v1alpha1.ReasonNoReadyReplicas,
			fmt.Sprintf("Gateway %s has no ready replica that could serve the %s.", o.Gateway, r.kind.Part)), nil
	default:
		return pending, nil
	}
}

// count returns how many replicas serve that version of the object, and what the first that cannot says. A replica that has not
// seen that version says nothing about it: what it rejects is an older one. One that names as many rejected objects as it may
// could have left this one out of the list, so it confirms nothing that it does not name.
func (r *Rollout) count(replicas []confirm.Replica, name types.NamespacedName, version string) (confirmed int, rejection string) {
	for _, replica := range replicas {
		if replica.Confirmation == nil || !confirm.Includes(r.kind.Seen(replica.Confirmation), version) {
			continue
		}
		rejected := replica.Rejection(r.kind.Name, name.Namespace, name.Name)
		switch {
		case rejected != nil && rejection == "":
			rejection = rejected.Message
		case rejected == nil && len(replica.Confirmation.Rejected) < v1alpha1.MaxRejections:
			confirmed++
		}
	}
	return confirmed, rejection
}

// replicas returns the ready replicas of a gateway.
func (r *Rollout) replicas(ctx context.Context, gateway types.NamespacedName) ([]confirm.Replica, error) {
	in, of := client.InNamespace(gateway.Namespace), client.MatchingLabels{v1alpha1.LabelGateway: gateway.Name}
	pods := &corev1.PodList{}
	if err := r.client.List(ctx, pods, in, client.MatchingLabels(gatewayPods(gateway.Name))); err != nil {
		return nil, fmt.Errorf("listing the replicas of Gateway %s: %w", gateway, err)
	}
	leases := &coordinationv1.LeaseList{}
	if err := r.client.List(ctx, leases, in, of); err != nil {
		return nil, fmt.Errorf("listing the Leases of Gateway %s: %w", gateway, err)
	}
	return confirm.Replicas(pods.Items, leases.Items, time.Now()), nil
}

// gatewayPods selects the replicas of a gateway.
func gatewayPods(name string) map[string]string {
	return render.GatewayPods(&v1alpha1.Gateway{ObjectMeta: metav1.ObjectMeta{Name: name}})
}
