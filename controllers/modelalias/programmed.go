package modelalias

import (
	"context"
	"fmt"
	"time"

	coordinationv1 "k8s.io/api/coordination/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/fairlead-dev/fairlead/api/v1alpha1"
	"github.com/fairlead-dev/fairlead/controllers/compile"
	"github.com/fairlead-dev/fairlead/controllers/confirm"
	"github.com/fairlead-dev/fairlead/controllers/status"
)

// soon is when an alias that has begun to wait looks at the Leases once more.
const soon = 5 * time.Millisecond

// programmed says whether every ready replica serves what was compiled.
//
// Once it is so for a route it stays so, unless a replica rejects the route: a replica becomes ready only with a snapshot of
// everything, and a gateway without replicas says so itself.
func (r *Reconciler) programmed(ctx context.Context, a *v1alpha1.ModelAlias, compiled compile.AliasResult) (metav1.Condition, error) {
	const kind = v1alpha1.ConditionProgrammed
	switch {
	case compiled.Accepted != nil:
		return status.False(kind, a.Generation, v1alpha1.ReasonNotAccepted, "The alias is not accepted."), nil
	case compiled.Route == nil || compiled.Kept:
		return status.False(kind, a.Generation, v1alpha1.ReasonNoRoute, "No target of this generation can be served."), nil
	}
	gateway := compile.GatewayOf(a)
	pending := status.False(kind, a.Generation, v1alpha1.ReasonPending,
		fmt.Sprintf("Waiting for the replicas of Gateway %s to confirm generation %d.", gateway, compiled.Route.Generation))
	if a.Status.Route == nil || a.Status.Route.Revision != compiled.Route.Revision {
		return pending, nil
	}
	replicas, err := r.replicas(ctx, a)
	if err != nil {
		return pending, err
	}
	version := r.waiting.since(client.ObjectKeyFromObject(a), compiled.Route.Revision, a.ResourceVersion)
	confirmed, rejection := count(replicas, a, version)
	was := meta.IsStatusConditionTrue(a.Status.Conditions, kind)
	switch {
	case rejection != "":
		return status.False(kind, a.Generation, v1alpha1.ReasonRejected,
			fmt.Sprintf("A replica of Gateway %s cannot serve the route: %s", gateway, rejection)), nil
	case was || (confirmed > 0 && confirmed == len(replicas)):
		return status.True(kind, a.Generation, v1alpha1.ReasonProgrammed, "Every ready replica serves the route."), nil
	case len(replicas) == 0:
		return status.False(kind, a.Generation, v1alpha1.ReasonNoReadyReplicas,
			fmt.Sprintf("Gateway %s has no ready replica that could serve the route.", gateway)), nil
	default:
		return pending, nil
	}
}

// count returns how many replicas serve that version of the alias, and what the first that cannot says. A replica that has not
// seen that version says nothing about it: what it rejects is an older route. One that names as many rejected objects as it may
// could have left this one out of the list, so it confirms nothing that it does not name.
func count(replicas []confirm.Replica, a *v1alpha1.ModelAlias, version string) (confirmed int, rejection string) {
	for _, replica := range replicas {
		if replica.Confirmation == nil || !confirm.Includes(replica.Confirmation.ModelAliases, version) {
			continue
		}
		rejected := replica.Rejection(v1alpha1.KindModelAlias, a.Namespace, a.Name)
		switch {
		case rejected != nil && rejection == "":
			rejection = rejected.Message
		case rejected == nil && len(replica.Confirmation.Rejected) < v1alpha1.MaxRejections:
			confirmed++
		}
	}
	return confirmed, rejection
}

// replicas returns the ready replicas of the alias's gateway.
func (r *Reconciler) replicas(ctx context.Context, a *v1alpha1.ModelAlias) ([]confirm.Replica, error) {
	gateway := compile.GatewayOf(a)
	in, of := client.InNamespace(gateway.Namespace), client.MatchingLabels{v1alpha1.LabelGateway: gateway.Name}
	pods := &corev1.PodList{}
	if err := r.Client.List(ctx, pods, in, client.MatchingLabels(gatewayPods(gateway.Name))); err != nil {
		return nil, fmt.Errorf("listing the replicas of Gateway %s: %w", gateway, err)
	}
	leases := &coordinationv1.LeaseList{}
	if err := r.Client.List(ctx, leases, in, of); err != nil {
		return nil, fmt.Errorf("listing the Leases of Gateway %s: %w", gateway, err)
	}
	return confirm.Replicas(pods.Items, leases.Items, time.Now()), nil
}

// expected says whether a confirmation could change the alias's state for the better.
func expected(a *v1alpha1.ModelAlias) bool {
	c := meta.FindStatusCondition(a.Status.Conditions, v1alpha1.ConditionProgrammed)
	switch c.Reason {
	case v1alpha1.ReasonPending, v1alpha1.ReasonNoReadyReplicas, v1alpha1.ReasonRejected:
		return true
	}
	return false
}
