package compile

import (
	"fmt"
	"net/netip"
	"slices"
	"time"

	"github.com/fairlead-dev/fairlead/api/v1alpha1"
)

// GatewayInput is everything that the compiled form of one gateway depends on.
type GatewayInput struct {
	// Gateway to compile.
	Gateway *v1alpha1.Gateway
	// Secrets among GatewaySecretsOf(Gateway) that exist, of the gateway's own namespace.
	Secrets Secrets
	// ClusterDomain is the DNS domain of the cluster, most often cluster.local.
	ClusterDomain string
	// OwnLedger says that the gateway keeps the ledger in a file of its own, as one without a cluster does. Nothing needs a PostgreSQL
	// then.
	OwnLedger bool
	// Replicas is how many Pods an autoscaler wants; 0 where that is not known.
	Replicas int32
	// AllowedNetworks are the private networks that upstreams may be in.
	AllowedNetworks []netip.Prefix
	// Now is when the certificate of spec.tls is judged.
	Now time.Time
}

// GatewayResult is the compiled form of one gateway.
type GatewayResult struct {
	// Accepted says what the spec says that cannot be served; nil where it can.
	Accepted *Problem
	// ResolvedRefs names the first Secret that cannot be used; nil where all can.
	ResolvedRefs *Problem
	// Notice is what will not hold for long although ResolvedRefs does; empty where nothing is to be done.
	Notice string `json:",omitempty"`
	// Config is what the data plane applies to every request. Where the spec is not accepted it is the one that is served
	// already, if any.
	Config *v1alpha1.GatewayConfig
	// Address is the base URL for clients inside the cluster.
	Address string
}

// Gateway compiles one gateway.
func Gateway(in GatewayInput) GatewayResult {
	g := in.Gateway
	result := GatewayResult{Accepted: checkGateway(in), Config: g.Status.Config.DeepCopy()}
	result.Notice, result.ResolvedRefs = checkGatewaySecrets(in)
	if result.Accepted == nil {
		result.Config = config(in)
	}
	scheme := "http"
	if result.Config != nil && result.Config.TLS {
		scheme = "https"
	}
	result.Address = fmt.Sprintf("%s://%s.%s.svc.%s:%d/v1", scheme, g.Name, g.Namespace, in.ClusterDomain, servicePort(g))
	return result
}

func servicePort(g *v1alpha1.Gateway) int32 {
	if g.Spec.Service.Port == 0 {
		return 4000
	}
	return g.Spec.Service.Port
}

// GatewaySecretsOf lists the names of the Secrets that g names, each once: what GatewayInput.Secrets has to be gathered from.
func GatewaySecretsOf(g *v1alpha1.Gateway) []string {
	var names []string
	add := func(name v1alpha1.ObjectName) {
		if !slices.Contains(names, string(name)) {
			names = append(names, string(name))
		}
	}
	for _, ref := range []*v1alpha1.SecretKeyReference{g.Spec.Keys.MasterKeySecretRef, g.Spec.Keys.UserTokenSecretRef} {
		if ref != nil {
			add(ref.Name)
		}
	}
	if g.Spec.TLS != nil {
		add(g.Spec.TLS.SecretRef.Name)
	}
	for _, store := range []*v1alpha1.Store{g.Spec.Redis, g.Spec.Postgres.AsStore()} {
		e := externalOf(store)
		if e == nil {
			continue
		}
		add(e.SecretRef.Name)
		if e.CABundleSecretRef != nil {
			add(e.CABundleSecretRef.Name)
		}
		if e.Sentinel != nil && e.Sentinel.PasswordSecretRef != nil {
			add(e.Sentinel.PasswordSecretRef.Name)
		}
	}
	return names
}
