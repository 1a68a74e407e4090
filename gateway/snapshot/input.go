package snapshot

import (
	"time"

	"github.com/fairlead-dev/fairlead/api/v1alpha1"
	"github.com/fairlead-dev/fairlead/gateway/provider"
)

// Protocols are the upstream protocols that this binary speaks.
type Protocols map[v1alpha1.Protocol]provider.Provider

// Input is all that a Snapshot is built from. It is handed over for good: nothing that it points to changes afterwards, so that
// an equal pointer in the next Input means equal content.
type Input struct {
	// Gateway that is served, as namespace/name.
	Gateway string `json:"gateway"`
	// Config is the compiled configuration of the gateway.
	Config *v1alpha1.GatewayConfig `json:"config,omitempty"`
	// Aliases may hold those of other gateways; they are passed over.
	Aliases   []Alias    `json:"aliases,omitempty"`
	Providers []Provider `json:"providers,omitempty"`
	// Keys may hold those of other gateways; they are passed over.
	Keys []GatewayKey `json:"keys,omitempty"`
	// Credentials are the entries of the gateway's credentials Secret. They are never written to a file.
	Credentials map[string][]byte `json:"-"`
	// Versions are what the Confirmation will say.
	Versions Versions `json:"versions"`
}

// Versions are, for each kind, the highest resourceVersion that an Input contains. They are empty outside a cluster.
type Versions struct {
	Gateways       string `json:"gateways,omitempty"`
	ModelProviders string `json:"modelProviders,omitempty"`
	ModelAliases   string `json:"modelAliases,omitempty"`
	GatewayKeys    string `json:"gatewayKeys,omitempty"`
}

// Alias is what the data plane reads of a ModelAlias.
type Alias struct {
	Namespace string    `json:"namespace"`
	Name      string    `json:"name"`
	Created   time.Time `json:"created"`
	// Route is nil for an alias that is not served.
	Route *v1alpha1.Route `json:"route,omitempty"`
}

// Provider is what the data plane reads of a ModelProvider.
type Provider struct {
	Namespace string `json:"namespace"`
	Name      string `json:"name"`
	// Endpoint is nil for a provider that is not usable.
	Endpoint *v1alpha1.ResolvedEndpoint `json:"endpoint,omitempty"`
	// Models that the provider lists; one that is not in it is taken to be there.
	Models []v1alpha1.ModelStatus `json:"models,omitempty"`
	// Servers of a managed provider that are ready; its endpoint is called where there are none.
	Servers []v1alpha1.OllamaServer `json:"servers,omitempty"`
	// Activation is nil for a provider that does not scale to zero.
	Activation *v1alpha1.Activation `json:"activation,omitempty"`
}

// GatewayKey is what the data plane reads of a GatewayKey.
type GatewayKey struct {
	Namespace string    `json:"namespace"`
	Name      string    `json:"name"`
	Created   time.Time `json:"created"`
	// Policy is nil for a key that does not work.
	Policy *v1alpha1.KeyPolicy `json:"policy,omitempty"`
}

// Key is how routes name the provider: namespace/name.
func (p *Provider) Key() string { return p.Namespace + "/" + p.Name }
