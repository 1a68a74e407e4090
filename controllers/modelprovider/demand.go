package modelprovider

import (
	"context"
	"fmt"
	"time"

	coordinationv1 "k8s.io/api/coordination/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/util/workqueue"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/event"
	"sigs.k8s.io/controller-runtime/pkg/handler"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"

	"github.com/fairlead-dev/fairlead/api/v1alpha1"
	"github.com/fairlead-dev/fairlead/controllers/compile"
	"github.com/fairlead-dev/fairlead/controllers/confirm"
)

// demand reads from the Leases when each gateway replica that may use the provider was last asked for it.
func (r *Reconciler) demand(ctx context.Context, p *v1alpha1.ModelProvider) (demands, error) {
	leases := &coordinationv1.LeaseList{}
	if err := r.Client.List(ctx, leases, client.HasLabels{v1alpha1.LabelGateway}); err != nil {
		return nil, fmt.Errorf("listing the Leases of gateways: %w", err)
	}
	name, all := client.ObjectKeyFromObject(p), demands{}
	for i := range leases.Items {
		asked := confirm.Demand(&leases.Items[i])[name]
		if asked <= 0 {
			continue
		}
		namespace := leases.Items[i].Namespace
		labels, err := r.Scope.Labels(ctx, namespace)
		if err != nil {
			return nil, err
		}
		if labels.Admits(p, namespace) {
			all[client.ObjectKeyFromObject(&leases.Items[i])] = asked
		}
	}
	return all, nil
}

// plan decides what shall become of the servers. Those of a spec that is refused for something else stop and start as ever: its models
// go on being asked for.
func (r *Reconciler) plan(ctx context.Context, p *v1alpha1.ModelProvider, compiled compile.ProviderResult, s surroundings) (plan, error) {
	name := client.ObjectKeyFromObject(p)
	sleep := compile.SleepOf(p)
	switch {
	case compiled.Accepted != nil && (sleep == nil || !sleep.Kept()):
		return keep(p), nil
	case sleep == nil:
		r.interests.forget(name)
		return plan{}, nil
	}
	// A demand that is told while this decides is reported again.
	r.interests.attend(name, true)
	told, err := r.demand(ctx, p)
	if err != nil {
		return plan{}, err
	}
	now, seen := time.Now(), sight{told: told, ready: s.ready(), filling: incomplete(r.Filler.States(name))}
	n := decide(p, seen.ready, r.interests.note(p, seen, now), now)
	r.interests.attend(name, n.asleep())
	if n.asleep() {
		r.interests.rest(name)
	}
	return n, nil
}

// idleAsked finds the idle providers that a gateway was asked for, once for each demand. When the others were asked for is noted: it
// counts when their servers are to stop.
func (r *Reconciler) idleAsked() handler.EventHandler {
	add := func(q queue, before, after client.Object) {
		told, now := demandOf(before), time.Now()
		for name, at := range demandOf(after) {
			if at != told[name] && r.interests.hear(name, client.ObjectKeyFromObject(after), hearing{at, now}) {
				q.Add(reconcile.Request{NamespacedName: name})
			}
		}
	}
	return handler.Funcs{
		CreateFunc: func(_ context.Context, e event.CreateEvent, q queue) { add(q, nil, e.Object) },
		UpdateFunc: func(_ context.Context, e event.UpdateEvent, q queue) { add(q, e.ObjectOld, e.ObjectNew) },
	}
}

type queue = workqueue.TypedRateLimitingInterface[reconcile.Request]

func demandOf(o client.Object) map[types.NamespacedName]int64 {
	lease, ok := o.(*coordinationv1.Lease)
	if !ok {
		return nil
	}
	return confirm.Demand(lease)
}
