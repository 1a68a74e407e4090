// Package modelalias reconciles ModelAliases: it compiles each into its route, and says when every replica serves it.
//
//	spec ──compile──▶ status.route, Programmed=False ──gateway watches──▶ Lease of each replica ──▶ Programmed=True
//
// A change costs two writes of one object, however many aliases there are.
package modelalias

import (
	"context"
	"time"

	"k8s.io/client-go/tools/events"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/fairlead-dev/fairlead/api/v1alpha1"
	"github.com/fairlead-dev/fairlead/controllers/compile"
	"github.com/fairlead-dev/fairlead/controllers/status"
)

// Reconciler reconciles ModelAliases. Setup makes it ready for use.
type Reconciler struct {
	// Client reads from the cache and writes.
	Client client.Client
	// Namespaces that are served, empty for all. In any other nothing can be read, so what is there counts as not there; nor can
	// the labels of namespaces be, so a selector matches nothing but a namespace's name.
	Namespaces []string
	// Events records what a person would want to know.
	Events events.EventRecorder

	waiting *waiting
	written status.Written
}

// Reconcile compiles one ModelAlias and publishes its route.
func (r *Reconciler) Reconcile(ctx context.Context, req ctrl.Request) (ctrl.Result, error) {
	alias := &v1alpha1.ModelAlias{}
	if err := r.Client.Get(ctx, req.NamespacedName, alias); err != nil {
		r.waiting.withdrawn(req.NamespacedName)
		r.written.Forget(req.NamespacedName)
		return ctrl.Result{}, client.IgnoreNotFound(err)
	}
	if alias.DeletionTimestamp != nil {
		return ctrl.Result{}, nil
	}
	if r.written.Behind(alias) {
		return ctrl.Result{RequeueAfter: soon}, nil
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
	return status.Result(r.watch(after), nil)
}

// watch notes what the alias waits for now, after its status has been written, and returns when to look again in any case: a
// confirmation that came between reading the Leases and this note would otherwise go unseen.
func (r *Reconciler) watch(alias *v1alpha1.ModelAlias) time.Duration {
	name := client.ObjectKeyFromObject(alias)
	if alias.Status.Route == nil {
		r.waiting.withdrawn(name)
		return 0
	}
	if !expected(alias) {
		r.waiting.rest(name)
		return 0
	}
	version := r.waiting.since(name, alias.Status.Route.Revision, alias.ResourceVersion)
	if r.waiting.wait(name, compile.GatewayOf(alias), version) {
		return soon
	}
	return 0
}
