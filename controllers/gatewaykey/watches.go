package gatewaykey

import (
	"context"
	"fmt"

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

// ofGateway finds the keys that name a gateway.
func (r *Reconciler) ofGateway(ctx context.Context, o client.Object) []reconcile.Request {
	return found(ctx, r.Client, index.KeyByGateway, client.ObjectKeyFromObject(o).String())
}

// ofPepper finds the keys of a gateway whose pepper is another one now: each has another digest.
func (r *Reconciler) ofPepper(ctx context.Context, o client.Object) []reconcile.Request {
	g, ok := o.(*v1alpha1.Gateway)
	if !ok || !r.peppers.changed(ctx, g) {
		return nil
	}
	return r.ofGateway(ctx, o)
}

// ofNamespace finds the keys that a change of a namespace's labels may admit or shut out: those in it, and those whose gateway is
// in it. Their rivals hear of it when what these publish changes.
func (r *Reconciler) ofNamespace(ctx context.Context, o client.Object) []reconcile.Request {
	names, err := r.judgedBy(ctx, o.GetName())
	if err != nil {
		log.FromContext(ctx).Error(err, "finding the keys that a namespace concerns", "namespace", o.GetName())
		return nil
	}
	return rollout.Requests(names)
}

// judgedBy lists the keys whose admission depends on the labels of a namespace. One may be listed twice.
func (r *Reconciler) judgedBy(ctx context.Context, namespace string) ([]types.NamespacedName, error) {
	own := &v1alpha1.GatewayKeyList{}
	if err := r.Client.List(ctx, own, client.InNamespace(namespace)); err != nil {
		return nil, fmt.Errorf("listing keys: %w", err)
	}
	gateways := &v1alpha1.GatewayList{}
	if err := r.Client.List(ctx, gateways, client.InNamespace(namespace)); err != nil {
		return nil, fmt.Errorf("listing gateways: %w", err)
	}
	keys := own.Items
	for i := range gateways.Items {
		attached, err := index.Keys(ctx, r.Client, index.KeyByGateway, client.ObjectKeyFromObject(&gateways.Items[i]).String())
		if err != nil {
			return nil, err
		}
		keys = append(keys, attached...)
	}
	return namesOf(keys), nil
}

// rivals finds the other keys that have, or had, the digest which a key publishes, or published before it changed.
func rivals(c client.Reader) handler.EventHandler {
	type queue = workqueue.TypedRateLimitingInterface[reconcile.Request]
	add := func(ctx context.Context, o client.Object, q queue) {
		k, ok := o.(*v1alpha1.GatewayKey)
		if !ok {
			return
		}
		self := reconcile.Request{NamespacedName: client.ObjectKeyFromObject(k)}
		for _, claim := range index.DigestClaims(k) {
			for _, req := range found(ctx, c, index.KeyByDigest, claim) {
				if req != self {
					q.Add(req)
				}
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

// claimChanged passes keys that publish another digest than before, or none any more.
func claimChanged() predicate.Predicate {
	return predicate.Funcs{UpdateFunc: func(e event.UpdateEvent) bool {
		before, ok := e.ObjectOld.(*v1alpha1.GatewayKey)
		after, ok2 := e.ObjectNew.(*v1alpha1.GatewayKey)
		return ok && ok2 && claimOf(before) != claimOf(after)
	}}
}

// claim is what a key publishes that no other may have.
type claim struct {
	gateway string
	digest  v1alpha1.KeyDigest
}

func claimOf(k *v1alpha1.GatewayKey) claim {
	if k.Status.Policy == nil {
		return claim{}
	}
	return claim{k.Status.Policy.Gateway, k.Status.Policy.Digest}
}

// credentialsChanged passes gateways that have another credentials Secret than before.
func credentialsChanged() predicate.Predicate {
	return predicate.Funcs{UpdateFunc: func(e event.UpdateEvent) bool {
		before, ok := e.ObjectOld.(*v1alpha1.Gateway)
		after, ok2 := e.ObjectNew.(*v1alpha1.Gateway)
		return ok && ok2 && before.Status.CredentialsVersion != after.Status.CredentialsVersion
	}}
}

func found(ctx context.Context, c client.Reader, name, value string) []reconcile.Request {
	keys, err := index.Keys(ctx, c, name, value)
	if err != nil {
		log.FromContext(ctx).Error(err, "finding the keys that a change concerns")
		return nil
	}
	return rollout.Requests(namesOf(keys))
}

func namesOf(keys []v1alpha1.GatewayKey) []types.NamespacedName {
	names := make([]types.NamespacedName, len(keys))
	for i := range keys {
		names[i] = client.ObjectKeyFromObject(&keys[i])
	}
	return names
}
