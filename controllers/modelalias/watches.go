package modelalias

import (
	"context"
	"fmt"

	"k8s.io/apimachinery/pkg/api/equality"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/util/workqueue"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/event"
	"sigs.k8s.io/controller-runtime/pkg/handler"
	"sigs.k8s.io/controller-runtime/pkg/log"
	"sigs.k8s.io/controller-runtime/pkg/predicate"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"

	"github.com/fairlead-dev/fairlead/api/v1alpha1"
	"github.com/fairlead-dev/fairlead/controllers/index"
	"github.com/fairlead-dev/fairlead/controllers/rollout"
)

// ofGateway finds the aliases that name a gateway.
func (r *Reconciler) ofGateway(ctx context.Context, o client.Object) []reconcile.Request {
	return found(ctx, r.Client, index.AliasByGateway, client.ObjectKeyFromObject(o).String())
}

// ofProvider finds the aliases that name a provider, in their spec or in their route.
func (r *Reconciler) ofProvider(ctx context.Context, o client.Object) []reconcile.Request {
	return found(ctx, r.Client, index.AliasByProvider, client.ObjectKeyFromObject(o).String())
}

// ofNamespace finds the aliases that a change of a namespace's labels may admit or shut out: those in it, those whose gateway is
// in it, and those that claim the same model as one of these. It is called for every namespace when the operator starts, so it
// looks at no others.
func (r *Reconciler) ofNamespace(ctx context.Context, o client.Object) []reconcile.Request {
	admitted, err := r.judgedBy(ctx, o.GetName())
	if err != nil {
		log.FromContext(ctx).Error(err, "finding the aliases that a namespace concerns", "namespace", o.GetName())
		return nil
	}
	var concerned []reconcile.Request
	seen := map[string]bool{}
	for i := range admitted {
		if claim := index.Claim(&admitted[i]); !seen[claim] {
			seen[claim] = true
			concerned = append(concerned, found(ctx, r.Client, index.AliasByModel, claim)...)
		}
	}
	return concerned
}

// judgedBy lists the aliases whose admission depends on the labels of a namespace. One may be listed twice.
func (r *Reconciler) judgedBy(ctx context.Context, namespace string) ([]v1alpha1.ModelAlias, error) {
	own := &v1alpha1.ModelAliasList{}
	if err := r.Client.List(ctx, own, client.InNamespace(namespace)); err != nil {
		return nil, fmt.Errorf("listing aliases: %w", err)
	}
	gateways := &v1alpha1.GatewayList{}
	if err := r.Client.List(ctx, gateways, client.InNamespace(namespace)); err != nil {
		return nil, fmt.Errorf("listing gateways: %w", err)
	}
	aliases := own.Items
	for i := range gateways.Items {
		attached, err := index.Aliases(ctx, r.Client, index.AliasByGateway, client.ObjectKeyFromObject(&gateways.Items[i]).String())
		if err != nil {
			return nil, err
		}
		aliases = append(aliases, attached...)
	}
	return aliases, nil
}

// rivals finds the other aliases that claim the model which an alias claims, or claimed before it changed.
func rivals(c client.Reader) handler.EventHandler {
	type queue = workqueue.TypedRateLimitingInterface[reconcile.Request]
	add := func(ctx context.Context, o client.Object, q queue) {
		a, ok := o.(*v1alpha1.ModelAlias)
		if !ok {
			return
		}
		self := reconcile.Request{NamespacedName: client.ObjectKeyFromObject(a)}
		for _, req := range found(ctx, c, index.AliasByModel, index.Claim(a)) {
			if req != self {
				q.Add(req)
			}
		}
	}
	return handler.Funcs{
		CreateFunc: func(ctx context.Context, e event.CreateEvent, q queue) { add(ctx, e.Object, q) },
		DeleteFunc: func(ctx context.Context, e event.DeleteEvent, q queue) { add(ctx, e.Object, q) },
		UpdateFunc: func(ctx context.Context, e event.UpdateEvent, q queue) {
			add(ctx, e.ObjectOld, q)
			add(ctx, e.ObjectNew, q)
		},
	}
}

// providerChanged passes what a route or its readiness depends on. Progress of pulls is not among it.
func providerChanged() predicate.Predicate {
	return predicate.Funcs{UpdateFunc: func(e event.UpdateEvent) bool {
		before, ok := e.ObjectOld.(*v1alpha1.ModelProvider)
		after, ok2 := e.ObjectNew.(*v1alpha1.ModelProvider)
		return ok && ok2 && (before.Generation != after.Generation ||
			!equality.Semantic.DeepEqual(before.Status.Endpoint, after.Status.Endpoint) ||
			(before.Status.ReadyReplicas == 0) != (after.Status.ReadyReplicas == 0) ||
			!equality.Semantic.DeepEqual(before.Status.Conditions, after.Status.Conditions) ||
			!sameStates(before.Status.Models, after.Status.Models))
	}}
}

func sameStates(a, b []v1alpha1.ModelStatus) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range a {
		if a[i].Name != b[i].Name || a[i].State != b[i].State {
			return false
		}
	}
	return true
}

func found(ctx context.Context, c client.Reader, name, value string) []reconcile.Request {
	aliases, err := index.Aliases(ctx, c, name, value)
	if err != nil {
		log.FromContext(ctx).Error(err, "finding the aliases that a change concerns")
		return nil
	}
	names := make([]types.NamespacedName, len(aliases))
	for i := range aliases {
		names[i] = client.ObjectKeyFromObject(&aliases[i])
	}
	return rollout.Requests(names)
}
