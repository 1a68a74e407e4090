package snapshot

import (
	"crypto/sha256"
	"crypto/tls"
	"net/http"
	"net/url"
	"slices"
	"time"

	"k8s.io/apimachinery/pkg/labels"

	"github.com/fairlead-dev/fairlead/api/v1alpha1"

	"github.com/fairlead-dev/fairlead/gateway/credential"
	"github.com/fairlead-dev/fairlead/gateway/load"
	"github.com/fairlead-dev/fairlead/gateway/provider"
)

// Snapshot is everything that a request is decided by. Nothing in it changes after Build.
type Snapshot struct {
	// Digest is equal for two snapshots made of the same routes, endpoints, model states and credentials. resourceVersions are
	// not in it, so that a change of nothing but conditions leaves it as it was.
	Digest string
	// Models by the name that clients use, or by the pattern.
	Models map[string]*Model
	// Wild are the models whose name is a pattern, the longest first, which is the order in which they are asked.
	Wild []*Model
	// Listed are the public models, sorted by name. Patterns are not among them: nobody can ask for one.
	Listed []*Model
	// KeysMode says whether a request needs a key.
	KeysMode v1alpha1.KeysMode
	// Keys are the digests of the keys that may call.
	Keys Keys
	// Budgets are the gateway's budgets that bound everybody: those without a selector, which calls without a GatewayKey are bound
	// by as well. The others are in the keys that they select.
	Budgets []*Budget
	// UserToken is the secret that tokens about end users are signed with; nil where none are trusted.
	UserToken []byte
	// Config is what the operator compiled of the Gateway; never nil.
	Config *v1alpha1.GatewayConfig
	// Certificate is what clients see of the gateway; nil where Config.TLS is false, and while there is none that can be used.
	Certificate *tls.Certificate
	// Stores say where the stores are.
	Stores Stores
	// Awaiting says that a route needs an endpoint or a credential that is not here. The operator writes them at the time of the
	// first route that needs them, and they come by other watches.
	Awaiting bool
	// Confirmation is what this replica tells the operator once it serves the snapshot.
	Confirmation v1alpha1.Confirmation

	// upstreams by provider, for the next Build and for Swap.
	upstreams map[string]*upstreamState
	// certificate is the digest of what Certificate was read from.
	certificate [sha256.Size]byte
	// budgets of the gateway, for the next Build.
	budgets *gatewayBudgets
}

// HasModel says whether a model has a name, or a pattern for one.
func (s *Snapshot) HasModel(model string) bool { return s.Models[model] != nil }

// HasTarget says whether a model has a target of that name at that provider.
func (s *Snapshot) HasTarget(model, target, provider string) bool {
	m := s.Models[model]
	return m != nil && slices.ContainsFunc(m.Tiers, func(tier []*Target) bool {
		return slices.ContainsFunc(tier, func(t *Target) bool { return t.Name == target && t.Upstream.Provider == provider })
	})
}

// Model is one name that clients may use.
type Model struct {
	// Name that clients use.
	Name string
	// Namespace and Alias are the ModelAlias that it comes from.
	Namespace, Alias string
	// Created is when the alias was created.
	Created time.Time
	// Revision of the route that it was built from: any edit that changes how it is served changes it.
	Revision string
	// Tiers are the targets by priority, the first to be tried first. No tier is empty.
	Tiers [][]*Target
	// Attempts is the number of further targets that one request may try after the first.
	Attempts int
	// RetryOn holds the failures that move on to the next target.
	RetryOn map[v1alpha1.RetryCondition]bool
	// Strategy picks among the targets of a tier.
	Strategy v1alpha1.Strategy
	// Retries bounds how many of the requests under way may be retries.
	Retries *load.Retries
	// Turn counts the requests, for StrategyRoundRobin.
	Turn *load.Turn
	// Cache is nil where nothing is cached.
	Cache *Cache
	// Limits of the alias.
	Limits []*Limit
	// AllowedKeys selects the keys that may use the model; nil where all may.
	AllowedKeys labels.Selector

	// route that this was built from; the next Build compares the pointer.
	route *v1alpha1.Route
	// digest of this model.
	digest [sha256.Size]byte
}

// Target is one model at one upstream.
type Target struct {
	// Name of the target in its alias.
	Name string
	// Model is the upstream's own name of the model. A `*` in it stands for what that of the alias stands for: see ModelFor.
	Model string
	// Weight inside the tier; 0 takes the target out.
	Weight int
	// Price of the target.
	Price Price
	// Load is what is known of the model at its upstream: how busy, how quick, how well it is. All aliases share it, and it outlives
	// snapshots.
	Load *load.Endpoint
	// Gate bounds how many requests are under way at the target; nil where nothing does.
	Gate *load.Gate
	// Unavailable says why the target cannot answer now, for a person; empty where it can.
	Unavailable string
	Timeouts    Timeouts
	// Upstream is never nil. It may have nothing but its Provider where Unavailable is set.
	Upstream *Upstream
	// Servers of the upstream, of which each request chooses one; where there are none its URL is called.
	Servers []*Server
	// Activation is nil where the upstream's servers always run.
	Activation *Activation
}

// Timeouts that apply to one target.
type Timeouts struct {
	Request, FirstByte, StreamIdle time.Duration
}

// Upstream is one provider's endpoint, shared by every target that names it and kept from one snapshot to the next while it
// stays the same, so that its connections are.
type Upstream struct {
	// Provider is the ModelProvider as namespace/name.
	Provider string
	// URL is the base URL, without a slash at its end.
	URL *url.URL
	// Header is sent with every request, the credential included. It is never logged and never changed.
	Header http.Header
	// Key is the credential in Header; empty where there is none. It is never logged.
	Key string
	// Query is appended to the URL of every request; empty where there is none.
	Query string
	// Authorizer proves the gateway's identity where a fixed header does not; nil where one does, or nothing is needed.
	Authorizer credential.Authorizer
	// ParameterPolicy says what happens to parameters that the upstream cannot take.
	ParameterPolicy v1alpha1.ParameterPolicy
	// Health says when failures take one of its models out.
	Health load.Health
	// CheckEvery is the time between two active checks; 0 where there are none.
	CheckEvery time.Duration
	// Protocol translates.
	Protocol provider.Provider
	// Transport sends.
	Transport http.RoundTripper
	// Revision identifies what this was built from, the credential's digest included.
	Revision string
}
