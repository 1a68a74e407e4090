package modelalias

import (
	"fmt"

	coordinationv1 "k8s.io/api/coordination/v1"
	corev1 "k8s.io/api/core/v1"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/builder"
	"sigs.k8s.io/controller-runtime/pkg/controller"
	"sigs.k8s.io/controller-runtime/pkg/handler"
	"sigs.k8s.io/controller-runtime/pkg/predicate"

	"github.com/fairlead-dev/fairlead/api/v1alpha1"
	"github.com/fairlead-dev/fairlead/controllers/rollout"
)

// workers is how many aliases are reconciled at a time: each waits for its own writes.
const workers = 8

// Setup registers the controller.
func (r *Reconciler) Setup(mgr ctrl.Manager) error {
	r.rollout = rollout.New(r.Client, routes())
	generation := builder.WithPredicates(predicate.GenerationChangedPredicate{})
	b := ctrl.NewControllerManagedBy(mgr).
		Named("modelalias").
		For(&v1alpha1.ModelAlias{}, generation).
		Watches(&v1alpha1.ModelAlias{}, rivals(r.Client), generation).
		Watches(&v1alpha1.Gateway{}, handler.EnqueueRequestsFromMapFunc(r.ofGateway), generation).
		Watches(&v1alpha1.ModelProvider{}, handler.EnqueueRequestsFromMapFunc(r.ofProvider), builder.WithPredicates(providerChanged())).
		Watches(&coordinationv1.Lease{}, handler.EnqueueRequestsFromMapFunc(r.rollout.OfLease)).
		Watches(&corev1.Pod{}, handler.EnqueueRequestsFromMapFunc(r.rollout.OfPod), builder.WithPredicates(rollout.ReadinessChanged()))
	if len(r.Scope.Namespaces) == 0 {
		b = b.WatchesMetadata(&corev1.Namespace{}, handler.EnqueueRequestsFromMapFunc(r.ofNamespace),
			builder.WithPredicates(predicate.LabelChangedPredicate{}))
	}
	if err := b.WithOptions(controller.Options{MaxConcurrentReconciles: workers}).Complete(r); err != nil {
		return fmt.Errorf("registering the modelalias controller: %w", err)
	}
	return nil
}
