package files

import (
	"context"
	"fmt"
	"slices"
	"sync"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"

	"github.com/fairlead-dev/fairlead/api/egress"
	"github.com/fairlead-dev/fairlead/api/v1alpha1"
	"github.com/fairlead-dev/fairlead/controllers/compile"
)

// providers compiles every provider of a stack, and asks each Ollama for its models, all at once.
func (c *compiler) providers(ctx context.Context, st *stack, secrets secrets, prev *world) map[types.NamespacedName]*providerState {
	all := map[types.NamespacedName]*providerState{}
	var asking sync.WaitGroup
	for k, obj := range st.objects {
		if obj.provider == nil {
			continue
		}
		p := &providerState{object: obj.provider.DeepCopy()}
		if last := prev.providers[k.NamespacedName]; last != nil {
			p.object.Status = *last.object.Status.DeepCopy()
		}
		localize(p.object, localOllama(c.options.Getenv))
		p.compile(secrets)
		all[k.NamespacedName] = p
		asking.Go(func() { c.ask(ctx, p) })
	}
	asking.Wait()
	return all
}

// compile fills in the status that does not depend on the server.
func (p *providerState) compile(secrets secrets) {
	own := secrets.of(p.object.Namespace, compile.ProviderSecretsOf(p.object)...)
	result := compile.Provider(compile.ProviderInput{Provider: p.object, Secrets: own, AllowedNetworks: egress.Private()})
	p.object.Status.Endpoint = result.Endpoint
	p.object.Status.Conditions = []metav1.Condition{
		result.Accepted.Condition(v1alpha1.ConditionAccepted, 0, v1alpha1.ReasonAccepted, ""),
		result.ResolvedRefs.Condition(v1alpha1.ConditionResolvedRefs, 0, v1alpha1.ReasonResolvedRefs, ""),
	}
	p.apiKey = own.Credential(p.object)
	if e := p.object.Spec.Endpoint; e != nil && e.CABundleSecretRef != nil {
		p.caBundle = own.Key(*e.CABundleSecretRef)
	}
	switch {
	case result.ResolvedRefs != nil && p.unset(secrets) != "":
		p.note = fmt.Sprintf("no key in $%s; skipped", p.unset(secrets))
	case result.ResolvedRefs != nil:
		p.note = result.ResolvedRefs.Message
	case result.Accepted != nil:
		p.note = result.Accepted.Message
	}
}

// unset names the environment variable that keeps the provider from having its key; empty where it is something else.
func (p *providerState) unset(secrets secrets) string {
	auth := p.object.Spec.Auth
	if auth == nil || auth.SecretRef == nil {
		return ""
	}
	return secrets.unset(p.object.Namespace, auth.SecretRef.Name, auth.SecretRef.Key)
}

// ask fills in which of the models that an Ollama provider lists are there.
func (c *compiler) ask(ctx context.Context, p *providerState) {
	p.object.Status.Models = nil
	endpoint := p.object.Status.Endpoint
	if endpoint == nil || p.object.Spec.Ollama == nil || len(p.object.Spec.Ollama.Models) == 0 {
		return
	}
	known, err := askTags(ctx, c.client, endpoint, p.apiKey)
	if err != nil {
		p.unasked, p.note = true, "no answer from "+endpoint.URL
		return
	}
	p.object.Status.Models = states(p.object, known)
}

// against says what keeps the provider from answering for model; empty where nothing does.
func (p *providerState) against(model string) string {
	for _, m := range p.object.Status.Models {
		if m.State != v1alpha1.ModelReady && compile.TagOf(string(m.Name)) == compile.TagOf(model) {
			return fmt.Sprintf("run `ollama pull %s`", m.Name)
		}
	}
	return p.note
}

// answers says whether the provider can answer for model, as far as is known.
func (p *providerState) answers(model string) bool {
	if p.object.Status.Endpoint == nil || p.unasked {
		return false
	}
	return !slices.ContainsFunc(p.object.Status.Models, func(m v1alpha1.ModelStatus) bool {
		return m.State != v1alpha1.ModelReady && compile.TagOf(string(m.Name)) == compile.TagOf(model)
	})
}

// incomplete says whether asking again may bring something new.
func (p *providerState) incomplete() bool {
	for _, m := range p.object.Status.Models {
		if m.State != v1alpha1.ModelReady {
			return true
		}
	}
	return p.unasked
}
