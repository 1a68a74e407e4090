package modelprovider

import (
	"context"
	"fmt"

	appsv1 "k8s.io/api/apps/v1"
	coordinationv1 "k8s.io/api/coordination/v1"
	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	"k8s.io/apimachinery/pkg/types"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/builder"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/controller"
	"sigs.k8s.io/controller-runtime/pkg/event"
	"sigs.k8s.io/controller-runtime/pkg/handler"
	"sigs.k8s.io/controller-runtime/pkg/predicate"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"
	"sigs.k8s.io/controller-runtime/pkg/source"

	"github.com/fairlead-dev/fairlead/api/v1alpha1"
	"github.com/fairlead-dev/fairlead/controllers/ollama"
	"github.com/fairlead-dev/fairlead/controllers/render"
	"github.com/fairlead-dev/fairlead/controllers/status"
)

// waiting bounds how many reports of workers wait for the controller to take them; a worker whose report finds no room waits.
const waiting = 256

// workers is how many providers are reconciled at a time.
const workers = 4

// Setup makes a Filler, whose workers run while the manager leads, and registers the controller.
func (r *Reconciler) Setup(mgr ctrl.Manager, pace ollama.Pace) error {
	reports := make(chan event.TypedGenericEvent[*v1alpha1.ModelProvider], waiting)
	stopped := make(chan struct{})
	r.Filler = ollama.New(pace, func(k types.NamespacedName) {
		p := &v1alpha1.ModelProvider{}
		p.Namespace, p.Name = k.Namespace, k.Name
		select {
		case reports <- event.TypedGenericEvent[*v1alpha1.ModelProvider]{Object: p}:
		case <-stopped:
		}
	})
	if err := mgr.Add(filling{r.Filler, stopped}); err != nil {
		return fmt.Errorf("adding the filler: %w", err)
	}
	err := ctrl.NewControllerManagedBy(mgr).
		Named("modelprovider").
		For(&v1alpha1.ModelProvider{}, builder.WithPredicates(predicate.GenerationChangedPredicate{})).
		Owns(&appsv1.StatefulSet{}).
		Owns(&corev1.Service{}).
		Owns(&corev1.ServiceAccount{}).
		Owns(&networkingv1.NetworkPolicy{}).
		Watches(&corev1.Pod{}, handler.EnqueueRequestsFromMapFunc(providerOfPod)).
		Watches(&coordinationv1.Lease{}, r.idleAsked()).
		WatchesRawSource(source.Channel(reports, &handler.TypedEnqueueRequestForObject[*v1alpha1.ModelProvider]{})).
		WithOptions(controller.Options{MaxConcurrentReconciles: workers, RateLimiter: status.Retries(status.LongestRetry)}).
		Complete(r)
	if err != nil {
		return fmt.Errorf("registering the modelprovider controller: %w", err)
	}
	return nil
}

// providerOfPod finds the provider that a Pod of a managed Ollama belongs to.
func providerOfPod(_ context.Context, o client.Object) []reconcile.Request {
	provider := render.ProviderOfPod(o.GetLabels())
	if provider == "" {
		return nil
	}
	return []reconcile.Request{{NamespacedName: types.NamespacedName{Namespace: o.GetNamespace(), Name: provider}}}
}

// filling runs the Filler while the manager leads.
type filling struct {
	filler  *ollama.Filler
	stopped chan struct{}
}

// Start runs until ctx ends.
func (f filling) Start(ctx context.Context) error {
	context.AfterFunc(ctx, func() { close(f.stopped) })
	f.filler.Run(ctx)
	return nil
}

// NeedLeaderElection is true: two operators that fill one server would tread on each other.
func (f filling) NeedLeaderElection() bool { return true }
