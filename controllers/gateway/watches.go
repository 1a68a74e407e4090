package gateway

import (
	"context"
	"maps"
	"slices"
	"time"

	autoscalingv2 "k8s.io/api/autoscaling/v2"
	"k8s.io/apimachinery/pkg/api/equality"
	"k8s.io/apimachinery/pkg/api/meta"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/util/workqueue"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/event"
	"sigs.k8s.io/controller-runtime/pkg/handler"
	"sigs.k8s.io/controller-runtime/pkg/log"
	"sigs.k8s.io/controller-runtime/pkg/predicate"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"

	"github.com/fairlead-dev/fairlead/api/v1alpha1"
	"github.com/fairlead-dev/fairlead/controllers/compile"
	"github.com/fairlead-dev/fairlead/controllers/index"
)

// gatherFor collects what many aliases or replicas say into one reconcile of their gateway.
const gatherFor = 250 * time.Millisecond

type queue = workqueue.TypedRateLimitingInterface[reconcile.Request]

// ofAlias brings a gateway to look at its aliases: at once where a provider is new to it, because the replicas wait for what
// opens that one, and collected with others where only their number changes.
func (r *Reconciler) ofAlias() handler.EventHandler {
	look := func(o client.Object, q queue) {
		a, ok := o.(*v1alpha1.ModelAlias)
		if !ok {
			return
		}
		gateway := compile.GatewayOf(a)
		if !r.memory.grants(gateway, routed(a, gateway)) {
			q.Add(reconcile.Request{NamespacedName: gateway})
			return
		}
		afterwards(q, gateway)
	}
	return handler.Funcs{
		CreateFunc: func(_ context.Context, e event.CreateEvent, q queue) { look(e.Object, q) },
		DeleteFunc: func(_ context.Context, e event.DeleteEvent, q queue) { look(e.Object, q) },
		UpdateFunc: func(_ context.Context, e event.UpdateEvent, q queue) {
			before, ok := e.ObjectOld.(*v1alpha1.ModelAlias)
			after, ok2 := e.ObjectNew.(*v1alpha1.ModelAlias)
			if ok && ok2 && concerns(before, after) {
				look(before, q)
				look(after, q)
			}
		},
	}
}

// concerns says whether a change of an alias is one for its gateway.
func concerns(before, after *v1alpha1.ModelAlias) bool {
	const kind = v1alpha1.ConditionAccepted
	was, is := compile.GatewayOf(before), compile.GatewayOf(after)
	return was != is ||
		meta.IsStatusConditionTrue(before.Status.Conditions, kind) != meta.IsStatusConditionTrue(after.Status.Conditions, kind) ||
		!slices.Equal(routed(before, was), routed(after, is))
}

// ofProvider finds the gateways that have a route to a provider: what opens it may be needed at once.
func (r *Reconciler) ofProvider(ctx context.Context, o client.Object) []reconcile.Request {
	provider := client.ObjectKeyFromObject(o)
	aliases, err := index.Aliases(ctx, r.Client, index.AliasByProvider, provider.String())
	if err != nil {
		log.FromContext(ctx).Error(err, "finding the gateways that a provider concerns")
		return nil
	}
	var requests []reconcile.Request
	seen := map[types.NamespacedName]bool{}
	for i := range aliases {
		gateway := compile.GatewayOf(&aliases[i])
		if !seen[gateway] && slices.Contains(routed(&aliases[i], gateway), provider) {
			seen[gateway] = true
			requests = append(requests, reconcile.Request{NamespacedName: gateway})
		}
	}
	return requests
}

// endpointChanged passes what may change which credentials a provider needs. Pulls and Pods are not among it.
func endpointChanged() predicate.Predicate {
	return predicate.Funcs{UpdateFunc: func(e event.UpdateEvent) bool {
		before, ok := e.ObjectOld.(*v1alpha1.ModelProvider)
		after, ok2 := e.ObjectNew.(*v1alpha1.ModelProvider)
		return ok && ok2 && (before.Generation != after.Generation ||
			!equality.Semantic.DeepEqual(before.Status.Endpoint, after.Status.Endpoint))
	}}
}

// autoscalerChanged passes what somebody changed about an autoscaler. What it has measured comes several times a minute, and is nothing
// to act on.
func autoscalerChanged() predicate.Predicate {
	return predicate.Funcs{UpdateFunc: func(e event.UpdateEvent) bool {
		before, ok := e.ObjectOld.(*autoscalingv2.HorizontalPodAutoscaler)
		after, ok2 := e.ObjectNew.(*autoscalingv2.HorizontalPodAutoscaler)
		return ok && ok2 && (!equality.Semantic.DeepEqual(before.Spec, after.Spec) || !maps.Equal(before.Labels, after.Labels) ||
			!equality.Semantic.DeepEqual(before.OwnerReferences, after.OwnerReferences))
	}}
}

// ofReplica is the gateway that a Lease belongs to.
func ofReplica(o client.Object) types.NamespacedName {
	return types.NamespacedName{Namespace: o.GetNamespace(), Name: o.GetLabels()[v1alpha1.LabelGateway]}
}

// afterwards adds a gateway to the queue a little later, once for everything that happens until then.
func afterwards(q queue, gateway types.NamespacedName) {
	if gateway.Name != "" {
		q.AddAfter(reconcile.Request{NamespacedName: gateway}, gatherFor)
	}
}
