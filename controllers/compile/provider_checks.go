package compile

import (
	"strings"

	"github.com/fairlead-dev/fairlead/api/v1alpha1"
)

// checkProvider finds what the schema admits and no upstream could be called with. The first thing found decides.
func checkProvider(in ProviderInput) *Problem {
	for _, find := range []func(*v1alpha1.ModelProvider) *Problem{
		placeComplete, addressComplete, addressFits, authComplete, headersDistinct, modelsDistinct, providerTimeoutsBound, providerPolicyReadable,
		healthJudges, sleepBound,
	} {
		if problem := find(in.Provider); problem != nil {
			return problem
		}
	}
	return addressAllowed(in)
}

// placeComplete repeats in code what the schema says, for manifests that no API server has seen.
func placeComplete(p *v1alpha1.ModelProvider) *Problem {
	switch v := p.Spec.VertexAI; {
	case p.Spec.Type == v1alpha1.ProviderVertexAI && (v == nil || v.Project == "" || v.Location == ""):
		return invalid("spec.vertexAI needs project and location: type VertexAI does not say where the models are.")
	case p.Spec.Type == v1alpha1.ProviderBedrock && (p.Spec.Bedrock == nil || p.Spec.Bedrock.Region == ""):
		return invalid("spec.bedrock.region is missing: type Bedrock does not say where the models are.")
	}
	return nil
}

// addressComplete does the same.
func addressComplete(p *v1alpha1.ModelProvider) *Problem {
	if p.Spec.Endpoint != nil {
		if !isWebURL(p.Spec.Endpoint.URL) {
			return invalid("spec.endpoint.url must be an absolute http or https URL.")
		}
		return nil
	}
	switch p.Spec.Type {
	case v1alpha1.ProviderOpenAI, v1alpha1.ProviderAnthropic, v1alpha1.ProviderGemini, v1alpha1.ProviderVertexAI, v1alpha1.ProviderBedrock:
		return nil
	case v1alpha1.ProviderOllama:
		if p.Spec.Ollama != nil && p.Spec.Ollama.Managed != nil {
			return nil
		}
	}
	return invalid("spec.endpoint is missing: type %s does not say where the server is.", p.Spec.Type)
}

// addressFits finds the address of another API of the same vendor, which the guides of that vendor show.
func addressFits(p *v1alpha1.ModelProvider) *Problem {
	given := givenOr(p, "")
	switch p.Spec.Type {
	case v1alpha1.ProviderGemini:
		if strings.HasSuffix(given, "/openai") {
			return invalid("spec.endpoint.url is that of Google's OpenAI-compatible API, and type Gemini speaks Gemini's own. Leave spec.endpoint out, or use type OpenAICompatible.")
		}
	case v1alpha1.ProviderAzureOpenAI:
		if strings.Contains(given, "/openai/deployments") {
			return invalid("spec.endpoint.url names a deployment. Give the root of the resource, https://<resource>.openai.azure.com, and the deployment as the model of a target.")
		}
		if apiVersion(p) != "" && strings.HasSuffix(given, azureV1) {
			return invalid("spec.endpoint.url is that of Azure's v1 API, which takes no version. Remove spec.azure.apiVersion, or %s from the URL.", azureV1)
		}
	}
	return nil
}

// modelsDistinct: a server takes `llama3` and `llama3:latest` for one model.
func modelsDistinct(p *v1alpha1.ModelProvider) *Problem {
	if p.Spec.Ollama == nil {
		return nil
	}
	seen := map[string]v1alpha1.ModelName{}
	for _, m := range p.Spec.Ollama.Models {
		tag := TagOf(string(m.Name))
		if other, dup := seen[tag]; dup {
			return invalid("spec.ollama.models lists one model twice, as %q and %q. Remove one.", other, m.Name)
		}
		seen[tag] = m.Name
	}
	return nil
}

func providerTimeoutsBound(p *v1alpha1.ModelProvider) *Problem {
	if p.Spec.Defaults == nil {
		return nil
	}
	return checkTimeouts("spec.defaults.timeouts", p.Spec.Defaults.Timeouts)
}

func providerPolicyReadable(p *v1alpha1.ModelProvider) *Problem {
	return checkPolicy(p.Spec.AllowedNamespaces)
}
