// Package modelprovider reconciles ModelProviders: it resolves where the upstream is, runs an Ollama where one is to be
// managed, and has it filled.
package modelprovider

import (
	"context"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/tools/events"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/fairlead-dev/fairlead/api/v1alpha1"
	"github.com/fairlead-dev/fairlead/controllers/apply"
	"github.com/fairlead-dev/fairlead/controllers/compile"
	"github.com/fairlead-dev/fairlead/controllers/ollama"
	"github.com/fairlead-dev/fairlead/controllers/render"
	"github.com/fairlead-dev/fairlead/controllers/scope"
	"github.com/fairlead-dev/fairlead/controllers/secrets"
	"github.com/fairlead-dev/fairlead/controllers/status"
)

// Reconciler reconciles ModelProviders.
type Reconciler struct {
	// Client reads from the cache and writes; Live reads past it.
	Client client.Client
	Live   client.Reader
	// Scope reads the labels of namespaces.
	Scope scope.Scope
	// Applier writes what a managed server needs.
	Applier *apply.Applier
	// Filler fills the servers.
	Filler *ollama.Filler
	// Installation is what rendered objects share.
	Installation render.Installation
	// PodURL is where the server in a Pod of a managed Ollama answers.
	PodURL func(*corev1.Pod) string
	// Events records what a person would want to know.
	Events events.EventRecorder

	written   status.Written
	interests interests
}

// soon is when to look again for what the cache does not have yet.
const soon = 5 * time.Millisecond

// Reconcile brings one ModelProvider and what belongs to it in line with its spec.
func (r *Reconciler) Reconcile(ctx context.Context, req ctrl.Request) (ctrl.Result, error) {
	provider := &v1alpha1.ModelProvider{}
	if err := r.Client.Get(ctx, req.NamespacedName, provider); err != nil {
		r.forget(req.NamespacedName)
		return ctrl.Result{}, client.IgnoreNotFound(err)
	}
	if provider.DeletionTimestamp != nil {
		r.forget(req.NamespacedName)
		return ctrl.Result{}, nil
	}
	if r.written.Behind(provider) {
		return ctrl.Result{RequeueAfter: soon}, nil
	}
	found, err := r.gather(ctx, provider)
	if err != nil {
		return status.Result(0, err)
	}
	compiled := compile.Provider(compile.ProviderInput{
		Provider: provider, Secrets: found.secrets, ClusterDomain: r.Installation.ClusterDomain, AllowedNetworks: r.Installation.AllowedNetworks,
	})
	plan, err := r.plan(ctx, provider, compiled, found)
	if err != nil {
		return status.Result(0, err)
	}
	objects := render.Ollama(render.OllamaInput{Provider: provider, Installation: r.Installation, Stopped: plan.stopped()})
	applyErr := r.apply(ctx, provider, objects)
	// Servers that run are filled although a change of them was refused.
	r.fill(provider, compiled, found, plan)
	again := lookAgain(provider)
	if mistake := apply.Mistake(applyErr); mistake != nil {
		compiled.Accepted = &compile.Problem{Reason: v1alpha1.ReasonInvalid, Message: mistake.Error()}
		// What is in the way may go without a word: an object of somebody else, a quota.
		applyErr, again = nil, secrets.ReadAgain
	}
	after := provider.DeepCopy()
	describe(after, compiled, found, plan, r.filled(provider, found))
	if err := status.Write(ctx, r.Client, provider, after); err != nil {
		return status.Result(0, err)
	}
	r.written.Note(after)
	r.announce(provider, after)
	return status.Result(soonest(again, plan.next(provider, after)), applyErr)
}

// forget drops everything that is kept of a provider that is gone.
func (r *Reconciler) forget(name types.NamespacedName) {
	r.Filler.Fill(name, nil)
	r.Filler.Patrol(name, ollama.Route{})
	r.interests.forget(name)
	r.written.Forget(name)
}

// lookAgain is when to read the Secrets again; never for a provider that names none.
func lookAgain(p *v1alpha1.ModelProvider) time.Duration {
	if len(compile.ProviderSecretsOf(p)) == 0 {
		return 0
	}
	return secrets.ReadAgain
}

// soonest is the shorter of two waits, of which 0 is for ever.
func soonest(a, b time.Duration) time.Duration {
	if a == 0 || b == 0 {
		return a + b
	}
	return min(a, b)
}
