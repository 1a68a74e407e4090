package compile

import (
	"fmt"
	"net/netip"

	"github.com/fairlead-dev/fairlead/api/v1alpha1"
)

// ProviderInput is everything that the compiled form of one provider depends on.
type ProviderInput struct {
	// Provider to compile.
	Provider *v1alpha1.ModelProvider
	// Secrets among ProviderSecretsOf(Provider) that exist, of the provider's own namespace.
	Secrets Secrets
	// ClusterDomain is the DNS domain of the cluster, most often cluster.local.
	ClusterDomain string
	// AllowedNetworks are the private networks that upstreams may be in. The operator's own servers may be in any.
	AllowedNetworks []netip.Prefix
}

// ProviderResult is the compiled form of one provider.
type ProviderResult struct {
	// Accepted says what the spec says that cannot be served; nil where it can.
	Accepted *Problem
	// ResolvedRefs names the first Secret that cannot be used; nil where all can.
	ResolvedRefs *Problem
	// Endpoint that the gateway calls. Where the spec is not accepted it is the one that is called already, if any and if it may still
	// be called. Where a Secret is missing it is nil: a provider whose key was taken away must not be called with another one, or with
	// none.
	Endpoint *v1alpha1.ResolvedEndpoint
}

// Provider compiles one provider.
func Provider(in ProviderInput) ProviderResult {
	result := ProviderResult{Accepted: checkProvider(in), ResolvedRefs: checkProviderSecrets(in)}
	switch {
	case result.ResolvedRefs != nil:
	case result.Accepted != nil:
		if last := in.Provider.Status.Endpoint; last != nil && (last.Private || refusal(in, last.URL) == nil) {
			result.Endpoint = last.DeepCopy()
		}
	default:
		result.Endpoint = endpoint(in)
	}
	return result
}

// ProviderSecretsOf lists the names of the Secrets that p names, each once: what ProviderInput.Secrets has to be gathered from.
func ProviderSecretsOf(p *v1alpha1.ModelProvider) []string {
	var names []string
	if auth := p.Spec.Auth; auth != nil && auth.SecretRef != nil {
		names = append(names, string(auth.SecretRef.Name))
	}
	if e := p.Spec.Endpoint; e != nil && e.CABundleSecretRef != nil {
		if ca := string(e.CABundleSecretRef.Name); len(names) == 0 || names[0] != ca {
			names = append(names, ca)
		}
	}
	return names
}

// checkProviderSecrets finds the first Secret that the provider cannot use.
func checkProviderSecrets(in ProviderInput) *Problem {
	p := in.Provider
	subject := fmt.Sprintf("ModelProvider %s/%s", p.Namespace, p.Name)
	if auth := p.Spec.Auth; auth != nil && auth.SecretRef != nil {
		if problem := in.Secrets.checkCredential(subject, p.Spec.Type, *auth.SecretRef); problem != nil {
			return problem
		}
	}
	if e := p.Spec.Endpoint; e != nil && e.CABundleSecretRef != nil {
		return in.Secrets.certificates(subject, *e.CABundleSecretRef)
	}
	return nil
}
