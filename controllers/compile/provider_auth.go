package compile

import (
	"net/http"
	"strings"

	"github.com/fairlead-dev/fairlead/api/v1alpha1"
)

// ambient says whether p is authenticated by what its gateway finds in its environment.
func ambient(p *v1alpha1.ModelProvider) bool {
	return p.Spec.Auth != nil && p.Spec.Auth.Type == v1alpha1.AuthWorkloadIdentity
}

// credentialType says what authenticates the requests to a provider that has no problems; empty where nothing does.
func credentialType(in ProviderInput) v1alpha1.CredentialType {
	p := in.Provider
	switch {
	case p.Spec.Auth == nil:
		return ""
	case p.Spec.Type == v1alpha1.ProviderVertexAI && ambient(p):
		return v1alpha1.CredentialGoogleAmbient
	case p.Spec.Type == v1alpha1.ProviderVertexAI:
		return v1alpha1.CredentialGoogleCredentials
	case p.Spec.Type == v1alpha1.ProviderBedrock && ambient(p):
		return v1alpha1.CredentialAWSAmbient
	case p.Spec.Type == v1alpha1.ProviderBedrock && isAWSFile(in.Secrets.Credential(p)):
		return v1alpha1.CredentialAWSCredentials
	default:
		return v1alpha1.CredentialAPIKey
	}
}

// credentialHeader carries the API key of a provider with auth as it is; empty where a Bearer token is sent.
func credentialHeader(p *v1alpha1.ModelProvider) string {
	if p.Spec.Auth.Header != "" {
		return p.Spec.Auth.Header
	}
	switch p.Spec.Type {
	case v1alpha1.ProviderAnthropic:
		return "x-api-key"
	case v1alpha1.ProviderGemini:
		return "x-goog-api-key"
	case v1alpha1.ProviderAzureOpenAI:
		return "api-key"
	default:
		return ""
	}
}

// authComplete repeats in code what the schema says, for manifests that no API server has seen.
func authComplete(p *v1alpha1.ModelProvider) *Problem {
	auth := p.Spec.Auth
	cloud := p.Spec.Type == v1alpha1.ProviderVertexAI || p.Spec.Type == v1alpha1.ProviderBedrock
	switch {
	case auth == nil:
		return nil
	case ambient(p) && !cloud:
		return invalid("spec.auth.type WorkloadIdentity is for types VertexAI and Bedrock only. Name the Secret that holds the key in spec.auth.secretRef.")
	case ambient(p) && auth.SecretRef != nil:
		return invalid("spec.auth.secretRef must not be set when spec.auth.type is WorkloadIdentity: the credential comes from the gateway's ServiceAccount.")
	case !ambient(p) && auth.SecretRef == nil:
		return invalid("spec.auth.secretRef is missing: it names the Secret that holds the credential.")
	case cloud && auth.Header != "":
		return invalid("spec.auth.header must not be set when type is %s: its credentials go into Authorization.", p.Spec.Type)
	}
	return nil
}

// headersDistinct: HTTP does not tell header names apart by case, and a list keyed by name does.
func headersDistinct(p *v1alpha1.ModelProvider) *Problem {
	seen := map[string]string{}
	if p.Spec.Auth != nil && credentialHeader(p) != "" {
		name := credentialHeader(p)
		if reserved(name) {
			return invalid("spec.auth.header %q is a header that the gateway sets itself. Leave it out to send the key where the provider expects it, or name another.", name)
		}
		seen[strings.ToLower(name)] = name
	}
	if p.Spec.Endpoint == nil {
		return nil
	}
	for _, h := range p.Spec.Endpoint.Headers {
		lower := strings.ToLower(h.Name)
		if other, dup := seen[lower]; dup {
			return invalid("Header %q is set twice, also as %q. Remove one.", h.Name, other)
		}
		seen[lower] = h.Name
	}
	return nil
}

// reserved headers belong to the exchange between gateway and upstream, not to a person.
func reserved(name string) bool {
	switch http.CanonicalHeaderKey(name) {
	case "Host", "Content-Length", "Content-Type", "Transfer-Encoding", "Connection", "Accept-Encoding":
		return true
	}
	return false
}
