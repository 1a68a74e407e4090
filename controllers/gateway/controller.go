// Package gateway reconciles Gateways: the replicas, what they need to run and to read, the stores they were told to use, and
// the one Secret that opens providers to them.
package gateway

import (
	"cmp"
	"context"
	"time"

	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/tools/events"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/fairlead-dev/fairlead/api/v1alpha1"
	"github.com/fairlead-dev/fairlead/controllers/apply"
	"github.com/fairlead-dev/fairlead/controllers/compile"
	"github.com/fairlead-dev/fairlead/controllers/probe"
	"github.com/fairlead-dev/fairlead/controllers/render"
	"github.com/fairlead-dev/fairlead/controllers/scope"
	"github.com/fairlead-dev/fairlead/controllers/secrets"
	"github.com/fairlead-dev/fairlead/controllers/status"
)

// Kinds says which kinds the cluster has.
type Kinds interface {
	Has(ctx context.Context, kind schema.GroupVersionKind) (bool, error)
}

// Reconciler reconciles Gateways. Setup makes it ready for use.
type Reconciler struct {
	// Client reads from the cache and writes; Live reads past it.
	Client client.Client
	Live   client.Reader
	// Scope reads what may be in namespaces that are not served.
	Scope scope.Scope
	// Applier writes what a gateway needs.
	Applier *apply.Applier
	// Kinds says which kinds of other projects the cluster has.
	Kinds Kinds
	// Passwords changes those of managed stores, and asks whether they take one.
	Passwords Passwords
	// Installation is what rendered objects share.
	Installation render.Installation
	// Events records what a person would want to know.
	Events events.EventRecorder

	prober *probe.Prober
	memory *memory
}

// Reconcile brings one Gateway and what belongs to it in line with its spec.
func (r *Reconciler) Reconcile(ctx context.Context, req ctrl.Request) (ctrl.Result, error) {
	gateway, err := r.Scope.Gateway(ctx, req.NamespacedName)
	if err != nil {
		return status.Result(0, err)
	}
	if gateway == nil || gateway.DeletionTimestamp != nil {
		r.prober.Forget(req.NamespacedName)
		r.memory.forget(req.NamespacedName)
		return status.Result(0, r.withdrawReaders(ctx, req.NamespacedName, nil))
	}
	found, err := r.gather(ctx, gateway)
	if err != nil {
		return status.Result(0, err)
	}
	step := r.rotate(ctx, gateway, &found)
	compiled := compile.Gateway(compile.GatewayInput{
		Gateway: gateway, Secrets: found.secrets, ClusterDomain: r.Installation.ClusterDomain, AllowedNetworks: r.Installation.AllowedNetworks,
		Now:      time.Now(),
		Replicas: found.wantedReplicas(),
	})
	version, applyErr := r.apply(ctx, found.input(gateway, r.Installation, compiled), found)
	if mistake := apply.Mistake(applyErr); mistake != nil {
		// What was found in the spec says more than what the API server makes of it.
		compiled.Accepted = cmp.Or(compiled.Accepted, &compile.Problem{Reason: v1alpha1.ReasonInvalid, Message: mistake.Error()})
		applyErr = nil
	}
	r.memory.granted(req.NamespacedName, found.grants)
	after := gateway.DeepCopy()
	if version != "" {
		after.Status.CredentialsVersion = version
	}
	later := r.describe(after, gateway, compiled, found)
	if err := status.Write(ctx, r.Client, gateway, after); err != nil {
		return status.Result(0, err)
	}
	r.memory.published(gateway, after)
	r.announceBackup(after, gateway.Status.Conditions, found)
	status.Announce(r.Events, after, gateway.Status.Conditions, after.Status.Conditions)
	return status.Result(min(secrets.ReadAgain, later, step), applyErr)
}
