package compile

import (
	"fmt"
	"net/url"
	"strings"

	"github.com/fairlead-dev/fairlead/api/v1alpha1"
)

// checkProvider finds what the schema admits and no upstream could be called with. The first thing found decides.
func checkProvider(p *v1alpha1.ModelProvider) *Problem {
	for _, find := range []func(*v1alpha1.ModelProvider) *Problem{
		addressComplete, headersDistinct, modelsDistinct, providerTimeoutsBound, providerPolicyReadable,
	} {
		if problem := find(p); problem != nil {
			return problem
		}
	}
	return nil
}

func invalid(format string, args ...any) *Problem {
	return &Problem{Reason: v1alpha1.ReasonInvalid, Message: fmt.Sprintf(format, args...)}
}

// addressComplete repeats in code what the schema says, for manifests that no API server has seen.
func addressComplete(p *v1alpha1.ModelProvider) *Problem {
	if p.Spec.Endpoint != nil {
		u, err := url.Parse(p.Spec.Endpoint.URL)
		if err != nil || u.Host == "" || (u.Scheme != "http" && u.Scheme != "https") {
			return invalid("spec.endpoint.url must be an absolute http or https URL.")
		}
		return nil
	}
	managed := p.Spec.Ollama != nil && p.Spec.Ollama.Managed != nil
	if p.Spec.Type == v1alpha1.ProviderOpenAI || (p.Spec.Type == v1alpha1.ProviderOllama && managed) {
		return nil
	}
	return invalid("spec.endpoint is missing: type %s does not say where the server is.", p.Spec.Type)
}

// headersDistinct: HTTP does not tell header names apart by case, and a list keyed by name does.
func headersDistinct(p *v1alpha1.ModelProvider) *Problem {
	seen := map[string]string{}
	if p.Spec.Auth != nil && p.Spec.Auth.Header != "" {
		if name := p.Spec.Auth.Header; reserved(name) {
			return invalid("spec.auth.header %q is a header that the gateway sets itself. Leave it out to send a Bearer token, or name another.", name)
		}
		seen[strings.ToLower(p.Spec.Auth.Header)] = p.Spec.Auth.Header
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
	switch strings.ToLower(name) {
	case "host", "content-length", "content-type", "transfer-encoding", "connection", "accept-encoding":
		return true
	}
	return false
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
