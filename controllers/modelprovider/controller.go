// Package modelprovider reconciles ModelProviders: it resolves where the upstream is, runs an Ollama where one is to be
// managed, and has it filled.
package modelprovider

import (
	"context"
	"fmt"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/client-go/tools/events"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/fairlead-dev/fairlead/api/v1alpha1"
	"github.com/fairlead-dev/fairlead/controllers/apply"
	"github.com/fairlead-dev/fairlead/controllers/compile"
	"github.com/fairlead-dev/fairlead/controllers/ollama"
	"github.com/fairlead-dev/fairlead/controllers/render"
	"github.com/fairlead-dev/fairlead/controllers/secrets"
	"github.com/fairlead-dev/fairlead/controllers/status"
)

// Reconciler reconciles ModelProviders.
type Reconciler struct {
	// Client reads from the cache and writes; Live reads past it.
	Client client.Client
	Live   client.Reader
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

	written status.Written
}

// soon is when to look again for what the cache does not have yet.
const soon = 5 * time.Millisecond

// Reconcile brings one ModelProvider and what belongs to it in line with its spec.
func (r *Reconciler) Reconcile(ctx context.Context, req ctrl.Request) (ctrl.Result, error) {
	provider := &v1alpha1.ModelProvider{}
	if err := r.Client.Get(ctx, req.NamespacedName, provider); err != nil {
		r.Filler.Fill(req.NamespacedName, nil)
		r.written.Forget(req.NamespacedName)
		return ctrl.Result{}, client.IgnoreNotFound(err)
	}
	if provider.DeletionTimestamp != nil {
		r.Filler.Fill(req.NamespacedName, nil)
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
	objects := render.Ollama(render.OllamaInput{Provider: provider, Installation: r.Installation})
	applyErr := r.apply(ctx, provider, objects)
	// Servers that run are filled although a change of them was refused.
	r.Filler.Fill(req.NamespacedName, r.servers(provider, compiled, found))
	if mistake := apply.Mistake(applyErr); mistake != nil {
		compiled.Accepted = &compile.Problem{Reason: v1alpha1.ReasonInvalid, Message: mistake.Error()}
		applyErr = nil
	}
	after := provider.DeepCopy()
	describe(after, compiled, found, r.Filler.States(req.NamespacedName))
	if err := status.Write(ctx, r.Client, provider, after); err != nil {
		return status.Result(0, err)
	}
	r.written.Note(after)
	r.announce(provider, after)
	return status.Result(lookAgain(provider), applyErr)
}

// lookAgain is when to read the Secrets again; never for a provider that names none.
func lookAgain(p *v1alpha1.ModelProvider) time.Duration {
	if len(compile.ProviderSecretsOf(p)) == 0 {
		return 0
	}
	return secrets.ReadAgain
}

// announce records what has changed for a person.
func (r *Reconciler) announce(before, after *v1alpha1.ModelProvider) {
	status.Announce(r.Events, after, before.Status.Conditions, after.Status.Conditions)
	was := map[v1alpha1.ModelName]v1alpha1.ModelState{}
	for _, m := range before.Status.Models {
		was[m.Name] = m.State
	}
	for _, m := range after.Status.Models {
		if m.State == v1alpha1.ModelReady && was[m.Name] == v1alpha1.ModelPulling {
			status.Tell(r.Events, after, corev1.EventTypeNormal, status.EventPulled, fmt.Sprintf("Model %s was pulled.", m.Name))
		}
	}
}
