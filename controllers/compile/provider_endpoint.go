package compile

import (
	"fmt"
	"net/url"
	"strings"

	"github.com/fairlead-dev/fairlead/api/v1alpha1"
)

// Where the hosted APIs are, unless an endpoint says otherwise.
// Sources: https://platform.openai.com/docs/api-reference, https://platform.claude.com/docs/en/api/overview,
// https://ai.google.dev/api.
const (
	openAI    = "https://api.openai.com/v1"
	anthropic = "https://api.anthropic.com"
	gemini    = "https://generativelanguage.googleapis.com"
)

// OllamaPort is the port of a managed Ollama's Service.
const OllamaPort = 11434

// azureV1 is the path of Azure's v1 API, which is OpenAI's under another address.
// Source: https://learn.microsoft.com/azure/ai-foundry/openai/api-version-lifecycle
const azureV1 = "/openai/v1"

// endpoint assembles the address of a provider that has no problems.
func endpoint(in ProviderInput) *v1alpha1.ResolvedEndpoint {
	p := in.Provider
	e := v1alpha1.ResolvedEndpoint{
		Protocol: protocol(p), URL: baseURL(in), Query: query(p), ParameterPolicy: v1alpha1.ParameterPolicyDrop,
		Health: effectiveHealth(p.Spec.Health), Private: p.Spec.Endpoint == nil && p.Spec.Type == v1alpha1.ProviderOllama,
	}
	if p.Spec.Bedrock != nil {
		e.Region = p.Spec.Bedrock.Region
	}
	if p.Spec.Parameters != nil && p.Spec.Parameters.Policy != "" {
		e.ParameterPolicy = p.Spec.Parameters.Policy
	}
	if p.Spec.Endpoint != nil {
		e.Headers = append(e.Headers, p.Spec.Endpoint.Headers...)
		if p.Spec.Endpoint.CABundleSecretRef != nil {
			e.CABundleKey = v1alpha1.ProviderCABundleKey(p.Namespace, p.Name)
		}
	}
	if e.CredentialType = credentialType(in); e.CredentialType != "" && !ambient(p) {
		e.CredentialKey = v1alpha1.ProviderCredentialKey(p.Namespace, p.Name)
		e.CredentialHeader = credentialHeader(p)
	}
	return sealEndpoint(e)
}

// protocol is called as the type is, except that Azure's v1 API is OpenAI's.
func protocol(p *v1alpha1.ModelProvider) v1alpha1.Protocol {
	if p.Spec.Type == v1alpha1.ProviderAzureOpenAI && apiVersion(p) == "" {
		return v1alpha1.ProtocolOpenAI
	}
	return v1alpha1.Protocol(p.Spec.Type)
}

// apiVersion of Azure's dated API; empty where it is not wanted.
func apiVersion(p *v1alpha1.ModelProvider) string {
	if p.Spec.Azure == nil {
		return ""
	}
	return p.Spec.Azure.APIVersion
}

func query(p *v1alpha1.ModelProvider) string {
	if v := apiVersion(p); v != "" {
		return url.Values{"api-version": {v}}.Encode()
	}
	return ""
}

func baseURL(in ProviderInput) string {
	p := in.Provider
	switch p.Spec.Type {
	case v1alpha1.ProviderOpenAI:
		return givenOr(p, openAI)
	case v1alpha1.ProviderAzureOpenAI:
		return azureURL(p)
	case v1alpha1.ProviderAnthropic:
		return strings.TrimSuffix(givenOr(p, anthropic), "/v1")
	case v1alpha1.ProviderGemini:
		return strings.TrimSuffix(givenOr(p, gemini), "/v1beta")
	case v1alpha1.ProviderVertexAI:
		return vertexURL(p)
	case v1alpha1.ProviderBedrock:
		return givenOr(p, "https://bedrock-runtime."+p.Spec.Bedrock.Region+".amazonaws.com")
	case v1alpha1.ProviderOllama:
		return givenOr(p, fmt.Sprintf("http://%s.%s.svc.%s:%d", OllamaService(p.Name), p.Namespace, in.ClusterDomain, OllamaPort))
	default:
		return givenOr(p, "")
	}
}

// givenOr returns the URL of the spec without slashes at its end, or public where there is none.
func givenOr(p *v1alpha1.ModelProvider, public string) string {
	if p.Spec.Endpoint == nil {
		return public
	}
	return strings.TrimRight(p.Spec.Endpoint.URL, "/")
}

// azureURL is the root of the resource for the dated API, whose paths begin with /openai, and the base of the v1 API otherwise.
func azureURL(p *v1alpha1.ModelProvider) string {
	root := givenOr(p, "")
	root = strings.TrimSuffix(strings.TrimSuffix(root, azureV1), "/openai")
	if apiVersion(p) != "" {
		return root
	}
	return root + azureV1
}

// vertexURL: a region has a host of its own, as have the multi-regions `us` and `eu`; a global location is answered for by the
// service's own host. Source: https://docs.cloud.google.com/vertex-ai/docs/generative-ai/learn/locations
func vertexURL(p *v1alpha1.ModelProvider) string {
	v := p.Spec.VertexAI
	var host string
	switch v.Location {
	case "global":
		host = "https://aiplatform.googleapis.com"
	case "us", "eu":
		host = "https://aiplatform." + v.Location + ".rep.googleapis.com"
	default:
		host = "https://" + v.Location + "-aiplatform.googleapis.com"
	}
	return strings.TrimSuffix(givenOr(p, host), "/v1") + "/v1/projects/" + v.Project + "/locations/" + v.Location
}

// OllamaService is the name of the Service in front of a managed Ollama.
func OllamaService(provider string) string { return provider + "-ollama" }
