package gatewaykey

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
	"github.com/fairlead-dev/fairlead/controllers/status"
)

// workers is how many keys are reconciled at a time: each waits for its Secret and its own writes.
const workers = 8

// Setup registers the controller.
func (r *Reconciler) Setup(mgr ctrl.Manager) error {
	r.rollout, r.peppers = rollout.New(r.Client, policies()), newPeppers(r.Live)
	ofGateway := handler.EnqueueRequestsFromMapFunc(r.ofGateway)
	b := ctrl.NewControllerManagedBy(mgr).
		Named("gatewaykey").
		// Labels are part of the policy: budgets and aliases select by them.
		For(&v1alpha1.GatewayKey{}, builder.WithPredicates(predicate.Or(predicate.GenerationChangedPredicate{}, predicate.LabelChangedPredicate{}))).
		Watches(&v1alpha1.GatewayKey{}, rivals(r.Client), builder.WithPredicates(claimChanged())).
		Watches(&v1alpha1.Gateway{}, ofGateway, builder.WithPredicates(predicate.GenerationChangedPredicate{})).
		Watches(&v1alpha1.Gateway{}, handler.EnqueueRequestsFromMapFunc(r.ofPepper), builder.WithPredicates(credentialsChanged())).
		Watches(&coordinationv1.Lease{}, handler.EnqueueRequestsFromMapFunc(r.rollout.OfLease)).
		Watches(&corev1.Pod{}, handler.EnqueueRequestsFromMapFunc(r.rollout.OfPod), builder.WithPredicates(rollout.ReadinessChanged()))
	if len(r.Scope.Namespaces) == 0 {
		b = b.WatchesMetadata(&corev1.Namespace{}, handler.EnqueueRequestsFromMapFunc(r.ofNamespace),
			builder.WithPredicates(predicate.LabelChangedPredicate{}))
	}
	if err := b.WithOptions(controller.Options{MaxConcurrentReconciles: workers, RateLimiter: status.Retries(status.LongestRetry)}).Complete(r); err != nil {
		return fmt.Errorf("registering the gatewaykey controller: %w", err)
	}
	return nil
}
