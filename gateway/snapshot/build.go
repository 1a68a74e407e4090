package snapshot

import (
	"cmp"
	"maps"
	"slices"
	"strings"

	"github.com/fairlead-dev/fairlead/api/v1alpha1"
	"github.com/fairlead-dev/fairlead/gateway/load"
)

// Build makes the snapshot of in. Each object is judged alone: one that is malformed is left out and named in the
// Confirmation, and never keeps another from being served. What did not change since prev (nil at first) is taken over from
// it, upstreams with their connections included, so that the cost of a change hardly depends on how many aliases exist.
//
// A target that cannot answer now stays in its model with the reason, so that a client is told why instead of "no such model".
func Build(in Input, prev *Snapshot, protocols Protocols) *Snapshot {
	if prev == nil {
		prev = &Snapshot{}
	}
	b := builder{prev: prev, protocols: protocols, credentials: in.Credentials}
	b.buildBudgets(in.Gateway, in.Config)
	b.namespace, _, _ = strings.Cut(in.Gateway, "/")
	b.buildGuards(in.Gateway, in.Config)
	b.buildUpstreams(in.Providers)
	models := b.buildModels(in.Gateway, in.Aliases)
	certificate, shown := b.certificate(in.Gateway, in.Config)
	keys := newKeys(in.Credentials)
	b.issue(&keys, in.Gateway, in.Keys)

	slices.SortFunc(b.refused, refusal.compare)
	names := slices.AppendSeq(make([]string, 0, len(models)), maps.Keys(models))
	slices.Sort(names)
	s := &Snapshot{
		Models:    models,
		Wild:      wild(models),
		Listed:    listed(models, names),
		KeysMode:  keysMode(in.Config),
		Keys:      keys,
		Budgets:   b.budgets.all,
		UserToken: userToken(in.Credentials),
		Config:    cmp.Or(in.Config, &v1alpha1.GatewayConfig{KeysMode: v1alpha1.KeysRequired}),
		Stores:    newStores(in.Credentials),
		Awaiting:  b.awaiting(models),
		upstreams: b.upstreams,
		budgets:   b.budgets,
	}
	s.Certificate, s.certificate = certificate, shown
	s.Digest = digestSnapshot(s, names, b.refused)
	s.Confirmation = v1alpha1.Confirmation{
		Gateways:       in.Versions.Gateways,
		ModelProviders: in.Versions.ModelProviders,
		ModelAliases:   in.Versions.ModelAliases,
		GatewayKeys:    in.Versions.GatewayKeys,
		Digest:         s.Digest,
		Rejected:       rejections(b.refused),
	}
	return s
}

// builder is the state of one Build.
type builder struct {
	prev        *Snapshot
	protocols   Protocols
	credentials map[string][]byte
	// namespace of the gateway.
	namespace string
	guards    guards

	upstreams map[string]*upstreamState
	// loads are the endpoints that there are; nil until one is needed.
	loads   map[loadKey]*load.Endpoint
	budgets *gatewayBudgets
	// retries are the sets of conditions that were made, by what they hold.
	retries map[string]map[v1alpha1.RetryCondition]bool
	refused []refusal
}

// refusal is an object that was left out. The revision tells one broken edit from the next.
type refusal struct {
	v1alpha1.Rejection
	revision string
}

func (b *builder) refuse(kind, namespace, name, revision string, problem error) {
	b.refused = append(b.refused, refusal{
		Rejection: v1alpha1.Rejection{Kind: kind, Namespace: namespace, Name: name, Message: problem.Error()},
		revision:  revision,
	})
}

func (r refusal) compare(other refusal) int {
	return cmp.Or(cmp.Compare(r.Kind, other.Kind), cmp.Compare(r.Namespace, other.Namespace), cmp.Compare(r.Name, other.Name))
}

// rejections returns the first of all, as many as a Confirmation may name.
func rejections(all []refusal) []v1alpha1.Rejection {
	if len(all) == 0 {
		return nil
	}
	first := make([]v1alpha1.Rejection, min(len(all), v1alpha1.MaxRejections))
	for i := range first {
		first[i] = all[i].Rejection
	}
	return first
}

// buildBudgets refuses those that cannot be reckoned with under the gateway's own name.
func (b *builder) buildBudgets(gateway string, config *v1alpha1.GatewayConfig) {
	if config == nil {
		config = &v1alpha1.GatewayConfig{}
	}
	b.budgets = newGatewayBudgets(config.Budgets, b.prev.budgets)
	namespace, name, _ := strings.Cut(gateway, "/")
	for _, problem := range b.budgets.problems {
		b.refuse(v1alpha1.KindGateway, namespace, name, config.Revision, problem)
	}
}

// buildGuards refuses networks that cannot be read under the gateway's own name.
func (b *builder) buildGuards(gateway string, config *v1alpha1.GatewayConfig) {
	var problem error
	if b.guards, problem = newGuards(config); problem != nil {
		namespace, name, _ := strings.Cut(gateway, "/")
		b.refuse(v1alpha1.KindGateway, namespace, name, config.Revision, problem)
	}
}

// listed returns the public ones of models, without patterns, in the order of names.
func listed(models map[string]*Model, names []string) []*Model {
	public := make([]*Model, 0, len(names))
	for _, name := range names {
		if m := models[name]; m.route.Visibility != v1alpha1.VisibilityHidden && !Pattern(name).Wild() {
			public = append(public, m)
		}
	}
	return public
}

// keysMode is Required wherever nothing else is known.
func keysMode(config *v1alpha1.GatewayConfig) v1alpha1.KeysMode {
	if config != nil && config.KeysMode == v1alpha1.KeysOptional {
		return v1alpha1.KeysOptional
	}
	return v1alpha1.KeysRequired
}
