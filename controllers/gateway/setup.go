package gateway

import (
	"context"
	"fmt"

	appsv1 "k8s.io/api/apps/v1"
	autoscalingv2 "k8s.io/api/autoscaling/v2"
	batchv1 "k8s.io/api/batch/v1"
	coordinationv1 "k8s.io/api/coordination/v1"
	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	policyv1 "k8s.io/api/policy/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
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
	"github.com/fairlead-dev/fairlead/controllers/probe"
	"github.com/fairlead-dev/fairlead/controllers/secrets"
	"github.com/fairlead-dev/fairlead/controllers/status"
)

// waiting bounds how many answers of stores wait for the controller to take them.
const waiting = 64

// Setup registers the controller.
func (r *Reconciler) Setup(mgr ctrl.Manager) error {
	r.memory = newMemory()
	answers := make(chan event.TypedGenericEvent[*v1alpha1.Gateway], waiting)
	stopped := make(chan struct{})
	r.prober = probe.New(func(k types.NamespacedName) {
		g := &v1alpha1.Gateway{ObjectMeta: metav1.ObjectMeta{Namespace: k.Namespace, Name: k.Name}}
		select {
		case answers <- event.TypedGenericEvent[*v1alpha1.Gateway]{Object: g}:
		case <-stopped:
		}
	})
	if err := mgr.Add(probing{r.prober, stopped}); err != nil {
		return fmt.Errorf("adding the prober: %w", err)
	}
	b := ctrl.NewControllerManagedBy(mgr).
		Named("gateway").
		For(&v1alpha1.Gateway{}, builder.WithPredicates(predicate.GenerationChangedPredicate{})).
		Owns(&appsv1.Deployment{}).
		Owns(&appsv1.StatefulSet{}).
		Owns(&corev1.Service{}).
		Owns(&corev1.ServiceAccount{}).
		Owns(&rbacv1.Role{}).
		Owns(&rbacv1.RoleBinding{}).
		Owns(&networkingv1.NetworkPolicy{}).
		Owns(&policyv1.PodDisruptionBudget{}, builder.WithPredicates(predicate.GenerationChangedPredicate{})).
		Owns(&networkingv1.Ingress{}).
		Owns(&batchv1.CronJob{}).
		Owns(&autoscalingv2.HorizontalPodAutoscaler{}, builder.WithPredicates(autoscalerChanged())).
		Watches(&v1alpha1.ModelAlias{}, r.ofAlias()).
		Watches(&v1alpha1.ModelProvider{}, handler.EnqueueRequestsFromMapFunc(r.ofProvider), builder.WithPredicates(endpointChanged())).
		Watches(&coordinationv1.Lease{}, handler.Funcs{
			CreateFunc: func(_ context.Context, e event.CreateEvent, q queue) { afterwards(q, ofReplica(e.Object)) },
			UpdateFunc: func(_ context.Context, e event.UpdateEvent, q queue) { afterwards(q, ofReplica(e.ObjectNew)) },
			DeleteFunc: func(_ context.Context, e event.DeleteEvent, q queue) { afterwards(q, ofReplica(e.Object)) },
		}).
		WatchesRawSource(source.Channel(answers, &handler.TypedEnqueueRequestForObject[*v1alpha1.Gateway]{}))
	b = r.watchReaders(b).WithOptions(controller.Options{RateLimiter: status.Retries(secrets.ReadAgain)})
	if err := b.Complete(r); err != nil {
		return fmt.Errorf("registering the gateway controller: %w", err)
	}
	return nil
}

// watchReaders watches the bindings that no owner reference ties to a gateway: one that is left over when its gateway is gone
// brings the gateway's name here, and is deleted.
func (r *Reconciler) watchReaders(b *builder.Builder) *builder.Builder {
	toGateway := handler.EnqueueRequestsFromMapFunc(func(_ context.Context, o client.Object) []reconcile.Request {
		l := o.GetLabels()
		if l[v1alpha1.LabelGatewayNamespace] == "" {
			return nil
		}
		return []reconcile.Request{{NamespacedName: types.NamespacedName{
			Namespace: l[v1alpha1.LabelGatewayNamespace], Name: l[v1alpha1.LabelGateway],
		}}}
	})
	b = b.Watches(&rbacv1.RoleBinding{}, toGateway)
	if len(r.Installation.Namespaces) > 0 {
		return b
	}
	return b.Watches(&rbacv1.ClusterRoleBinding{}, toGateway)
}

// probing runs the Prober while the manager leads: nobody else needs the answers.
type probing struct {
	prober  *probe.Prober
	stopped chan struct{}
}

// Start runs until ctx ends.
func (p probing) Start(ctx context.Context) error {
	context.AfterFunc(ctx, func() { close(p.stopped) })
	p.prober.Run(ctx)
	return nil
}
