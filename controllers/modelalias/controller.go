// Package modelalias reconciles ModelAliases: it compiles each into its route, and says when every replica serves it.
//
//	spec ──compile──▶ status.route, Programmed=False ──gateway watches──▶ Lease of each replica ──▶ Programmed=True
//
// A change costs two writes of one object, however many aliases there are.
package modelalias

import (
	"context"

	"k8s.io/client-go/tools/events"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/fairlead-dev/fairlead/api/v1alpha1"
	"github.com/fairlead-dev/fairlead/controllers/compile"
	"github.com/fairlead-dev/fairlead/controllers/rollout"
	"github.com/fairlead-dev/fairlead/controllers/scope"
	"github.com/fairlead-dev/fairlead/controllers/status"
)

// Reconciler reconciles ModelAliases. Setup makes it ready for use.
type Reconciler struct {
	// Client reads from the cache and writes.
	Client client.Client
	// Scope reads what aliases name.
	Scope scope.Scope
	// Events records what a person would want to know.
	Events events.EventRecorder

	rollout *rollout.Rollout
	written status.Written
}

// Reconcile compiles one ModelAlias and publishes its route.
func (r *Reconciler) Reconcile(ctx context.Context, req ctrl.Request) (ctrl.Result, error) {
	alias := &v1alpha1.ModelAlias{}
	if err := r.Client.Get(ctx, req.NamespacedName, alias); err != nil {
		r.rollout.Forget(req.NamespacedName)
		r.written.Forget(req.NamespacedName)
		return ctrl.Result{}, client.IgnoreNotFound(err)
	}
	if alias.DeletionTimestamp != nil {
		return ctrl.Result{}, nil
	}
	if r.written.Behind(alias) {
		return ctrl.Result{RequeueAfter: rollout.Soon}, nil
	}
	in, err := r.gather(ctx, alias)
	if err != nil {
		return status.Result(0, err)
	}
	compiled := compile.Alias(in)
	programmed, err := r.programmed(ctx, alias, compiled)
	if err != nil {
		return status.Result(0, err)
	}
	after := alias.DeepCopy()
	describe(after, compiled, programmed)
	if err := status.Write(ctx, r.Client, alias, after); err != nil {
		return status.Result(0, err)
	}
	r.written.Note(after)
	status.Announce(r.Events, after, alias.Status.Conditions, after.Status.Conditions)
	return status.Result(r.rollout.Wait(rolled(after)), nil)
}
