package compile

import (
	"k8s.io/apimachinery/pkg/types"

	"github.com/fairlead-dev/fairlead/api/v1alpha1"
)

// AliasInput is everything that the compiled form of one alias depends on.
type AliasInput struct {
	// Alias to compile. Its status holds the route that is served now, which a broken edit keeps.
	Alias *v1alpha1.ModelAlias
	// Gateway that it names; nil where none exists.
	Gateway *v1alpha1.Gateway
	// Providers among ProvidersOf(Alias) that exist.
	Providers map[types.NamespacedName]*v1alpha1.ModelProvider
	// Rivals are the aliases that may claim the same model of the same gateway. Others, and the alias itself, do no harm here.
	Rivals []*v1alpha1.ModelAlias
	// Namespaces that label selectors are matched with.
	Namespaces Namespaces
}

// AliasResult is the compiled form of one alias.
type AliasResult struct {
	// Model is the name that clients use.
	Model string
	// Accepted says why the alias may not attach; nil where it may.
	Accepted *Problem
	// ResolvedRefs names the targets that cannot be used; nil where all can.
	ResolvedRefs *Problem
	// Route is what the data plane shall serve: this generation's, or the last good one where Kept is true. Nil: not served.
	Route *v1alpha1.Route
	// Kept is true where nothing of this generation can be served and Route is the last good one.
	Kept bool
	// TargetsReady counts the targets of the spec that can answer now, as far as the status of their providers says. Those of providers
	// that are scaled to zero are among them.
	TargetsReady int
	// TargetsAsleep counts those of them whose providers are scaled to zero.
	TargetsAsleep int `json:",omitempty"`
	// NotReady names the providers, as namespace/name, of the resolved targets that cannot answer now, each once.
	NotReady []string `json:",omitempty"`
}

// Alias compiles one alias.
func Alias(in AliasInput) AliasResult {
	result := AliasResult{Model: ModelOf(in.Alias)}
	targets := resolveTargets(in)
	result.ResolvedRefs = join(targets.problems)
	result.TargetsReady, result.TargetsAsleep, result.NotReady = targets.ready, targets.asleep, targets.notReady
	for _, c := range aliasChecks() {
		problem := c.find(in)
		if problem == nil {
			continue
		}
		result.Accepted = problem
		if c.withdraws {
			return result
		}
		break
	}
	if result.Accepted == nil && targets.servable() {
		result.Route = route(in, targets.resolved)
		return result
	}
	return result.keep(in)
}

// keep falls back to the last good route, where that is still the alias's to serve, and says so in the problems.
func (r AliasResult) keep(in AliasInput) AliasResult {
	if !keepable(in) {
		return r
	}
	r.Kept = true
	r.Route = in.Alias.Status.Route.DeepCopy()
	const sentence = "Serving the route of generation %d meanwhile."
	r.Accepted = r.Accepted.with(sentence, r.Route.Generation)
	r.ResolvedRefs = r.ResolvedRefs.with(sentence, r.Route.Generation)
	return r
}

// keepable says whether the published route may go on being served although the spec cannot be.
func keepable(in AliasInput) bool {
	last := in.Alias.Status.Route
	if last == nil || last.Gateway != GatewayOf(in.Alias).String() || string(last.Model) != ModelOf(in.Alias) {
		return false
	}
	for i := range last.Targets {
		if !permitted(in, parseKey(last.Targets[i].Provider)) {
			return false
		}
	}
	return true
}

// route assembles the compiled form of the spec from the targets that were resolved.
func route(in AliasInput, targets []v1alpha1.RouteTarget) *v1alpha1.Route {
	spec := &in.Alias.Spec
	r := v1alpha1.Route{
		Generation: in.Alias.Generation,
		Gateway:    GatewayOf(in.Alias).String(),
		Model:      v1alpha1.ModelPattern(ModelOf(in.Alias)),
		Visibility: spec.Visibility,
		Strategy:   spec.Strategy,
		Targets:    targets,
		Retry:      effectiveRetry(spec.Retry, gatewayDefaults(in.Gateway).Retry),
		Cache:      effectiveCache(spec.Cache, gatewayDefaults(in.Gateway).Cache),
		RateLimits: effectiveLimits(spec.RateLimits),
		// An empty selector selects all, as an absent one does.
		AllowedKeys: spec.AllowedKeys.DeepCopy(),
	}
	if r.Visibility == "" {
		r.Visibility = v1alpha1.VisibilityPublic
	}
	if r.Strategy == "" {
		r.Strategy = v1alpha1.StrategyWeighted
	}
	return sealRoute(r)
}

func gatewayDefaults(g *v1alpha1.Gateway) v1alpha1.GatewayDefaults {
	if g == nil || g.Spec.Defaults == nil {
		return v1alpha1.GatewayDefaults{}
	}
	return *g.Spec.Defaults
}
