package compile

import (
	"fmt"
	"slices"

	"k8s.io/apimachinery/pkg/api/meta"
	"k8s.io/apimachinery/pkg/types"

	"github.com/fairlead-dev/fairlead/api/v1alpha1"
)

// targets is what became of the targets of an alias.
type targets struct {
	resolved []v1alpha1.RouteTarget
	problems []*Problem
	// ready counts the resolved targets that can answer now, or once they have been woken; asleep counts the latter.
	ready, asleep int
	// notReady names the providers of those that cannot.
	notReady []string
}

// servable says whether a request could go to any of them.
func (t targets) servable() bool {
	return slices.ContainsFunc(t.resolved, func(r v1alpha1.RouteTarget) bool { return r.Weight > 0 })
}

// resolveTargets follows every target's reference.
func resolveTargets(in AliasInput) targets {
	var all targets
	for i := range in.Alias.Spec.Targets {
		t := &in.Alias.Spec.Targets[i]
		if problem := checkTarget(in, t); problem != nil {
			all.problems = append(all.problems, problem)
			continue
		}
		provider := in.Providers[providerOf(in.Alias, t)]
		all.resolved = append(all.resolved, routeTarget(in, t, provider))
		name := providerOf(in.Alias, t).String()
		switch {
		case answers(provider, t.Model):
			all.ready++
			if Asleep(provider) {
				all.asleep++
			}
		case !slices.Contains(all.notReady, name):
			all.notReady = append(all.notReady, name)
		}
	}
	return all
}

// checkTarget finds what stands against one target: the provider's existence and consent, its own state, and its models.
func checkTarget(in AliasInput, t *v1alpha1.Target) *Problem {
	k := providerOf(in.Alias, t)
	provider := in.Providers[k]
	own := k.Namespace == in.Alias.Namespace
	switch {
	case provider == nil && own:
		return targetProblem(t, v1alpha1.ReasonProviderNotFound,
			"no ModelProvider %q exists in namespace %q. Create it, or correct providerRef.", k.Name, k.Namespace)
	case !consents(in, k) && own:
		return targetProblem(t, v1alpha1.ReasonRefNotPermitted,
			"ModelProvider %s does not admit namespace %q, where the gateway is and its credential would go. Add it to the provider's spec.allowedNamespaces.",
			k, GatewayOf(in.Alias).Namespace)
	case !consents(in, k):
		return targetProblem(t, v1alpha1.ReasonRefNotPermitted,
			"ModelProvider %s does not exist, or its spec.allowedNamespaces does not admit both namespace %q and the gateway's namespace %q. Correct providerRef, or ask the owner of the provider.",
			k, in.Alias.Namespace, GatewayOf(in.Alias).Namespace)
	case !permitted(in, k):
		return targetProblem(t, v1alpha1.ReasonRefNotPermitted,
			"ModelProvider %s uses the workload identity of the gateway, which only a provider in the gateway's namespace %q may. Create it there, or give it a key of its own.",
			k, GatewayOf(in.Alias).Namespace)
	}
	if problem := providerProblem(t, provider, own); problem != nil {
		return problem
	}
	return modelListed(t, provider)
}

func targetProblem(t *v1alpha1.Target, reason, format string, args ...any) *Problem {
	return &Problem{Reason: reason, Message: fmt.Sprintf("Target %q: ", t.Name) + fmt.Sprintf(format, args...)}
}

// permitted says whether the provider may be used by the alias at its gateway: it consents, and where it asks for the gateway's
// own identity it is in the gateway's namespace. Anyone else could send that identity wherever the endpoint says.
func permitted(in AliasInput, k types.NamespacedName) bool {
	provider := in.Providers[k]
	return consents(in, k) && (provider == nil || !ambient(provider) || k.Namespace == GatewayOf(in.Alias).Namespace)
}

// consents says whether the provider's owner admits the alias and its gateway. A provider of another namespace that does not
// exist permits nothing, and neither case can be told from the other; one of the alias's own that does not exist is another
// problem than permission.
func consents(in AliasInput, k types.NamespacedName) bool {
	provider := in.Providers[k]
	if provider == nil {
		return k.Namespace == in.Alias.Namespace
	}
	policy := provider.Spec.AllowedNamespaces
	return in.Namespaces.admits(policy, k.Namespace, in.Alias.Namespace) &&
		in.Namespaces.admits(policy, k.Namespace, GatewayOf(in.Alias).Namespace)
}

// providerProblem passes on what makes the provider itself unusable. The details, which name Secrets, stay in its namespace.
// A provider that keeps its last good endpoint after a broken edit is usable: its own status tells of the edit.
func providerProblem(t *v1alpha1.Target, p *v1alpha1.ModelProvider, own bool) *Problem {
	if p.Status.Endpoint != nil {
		return nil
	}
	for _, kind := range []string{v1alpha1.ConditionAccepted, v1alpha1.ConditionResolvedRefs} {
		if !meta.IsStatusConditionFalse(p.Status.Conditions, kind) {
			continue
		}
		c := meta.FindStatusCondition(p.Status.Conditions, kind)
		if own {
			return targetProblem(t, c.Reason, "%s", c.Message)
		}
		return targetProblem(t, c.Reason, "ModelProvider %s/%s cannot be used: %s=False, %s. Ask its owner.",
			p.Namespace, p.Name, kind, c.Reason)
	}
	return nil
}

func routeTarget(in AliasInput, t *v1alpha1.Target, p *v1alpha1.ModelProvider) v1alpha1.RouteTarget {
	var defaults *v1alpha1.Timeouts
	if p.Spec.Defaults != nil {
		defaults = p.Spec.Defaults.Timeouts
	}
	r := v1alpha1.RouteTarget{
		Name:     t.Name,
		Provider: providerOf(in.Alias, t).String(),
		Model:    t.Model,
		Weight:   weightOf(t),
		Timeouts: effectiveTimeouts(in.Alias.Spec.Timeouts, defaults, gatewayDefaults(in.Gateway).Timeouts),
		Pricing:  t.Pricing.DeepCopy(),
	}
	if t.Priority != nil {
		r.Priority = *t.Priority
	}
	if t.MaxParallel > 0 {
		r.MaxParallel, r.MaxQueued = t.MaxParallel, defaultQueue
		if t.MaxQueued != nil {
			r.MaxQueued = *t.MaxQueued
		}
	}
	return r
}

// defaultQueue is how many requests may wait at a target that takes only so many at a time.
const defaultQueue = int32(100)

// weightOf is 1 where nothing is written.
func weightOf(t *v1alpha1.Target) int32 {
	if t.Weight == nil {
		return 1
	}
	return *t.Weight
}
