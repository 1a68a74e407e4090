package compile

import (
	"fmt"
	"net/url"
	"slices"

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
}

// GatewayResult is the compiled form of one gateway.
type GatewayResult struct {
	// Accepted says what the spec says that cannot be served; nil where it can.
	Accepted *Problem
	// ResolvedRefs names the first Secret that cannot be used; nil where all can.
	ResolvedRefs *Problem
	// Config is what the data plane applies to every request. Where the spec is not accepted it is the one that is served
	// already, if any.
	Config *v1alpha1.GatewayConfig
	// Address is the base URL for clients inside the cluster.
	Address string
}

// Gateway compiles one gateway.
func Gateway(in GatewayInput) GatewayResult {
	g := in.Gateway
	result := GatewayResult{
		Accepted:     checkGateway(g),
		ResolvedRefs: checkGatewaySecrets(in),
		Address:      fmt.Sprintf("http://%s.%s.svc.%s:%d/v1", g.Name, g.Namespace, in.ClusterDomain, servicePort(g)),
	}
	if result.Accepted != nil {
		result.Config = g.Status.Config.DeepCopy()
		return result
	}
	mode := g.Spec.Keys.Mode
	if mode == "" {
		mode = v1alpha1.KeysRequired
	}
	result.Config = sealConfig(v1alpha1.GatewayConfig{KeysMode: mode})
	return result
}

func servicePort(g *v1alpha1.Gateway) int32 {
	if g.Spec.Service.Port == 0 {
		return 4000
	}
	return g.Spec.Service.Port
}

// checkGateway finds what the schema admits and no gateway could serve.
func checkGateway(g *v1alpha1.Gateway) *Problem {
	if g.Spec.Defaults != nil {
		if problem := checkTimeouts("spec.defaults.timeouts", g.Spec.Defaults.Timeouts); problem != nil {
			return problem
		}
	}
	return checkPolicy(g.Spec.AllowedNamespaces)
}

// GatewaySecretsOf lists the names of the Secrets that g names, each once: what GatewayInput.Secrets has to be gathered from.
func GatewaySecretsOf(g *v1alpha1.Gateway) []string {
	var names []string
	if ref := g.Spec.Keys.MasterKeySecretRef; ref != nil {
		names = append(names, string(ref.Name))
	}
	for _, store := range []*v1alpha1.Store{g.Spec.Redis, g.Spec.Postgres} {
		if store != nil && store.External != nil && !slices.Contains(names, string(store.External.SecretRef.Name)) {
			names = append(names, string(store.External.SecretRef.Name))
		}
	}
	return names
}

// checkGatewaySecrets finds the first Secret that the gateway cannot use.
func checkGatewaySecrets(in GatewayInput) *Problem {
	g := in.Gateway
	subject := fmt.Sprintf("Gateway %s/%s", g.Namespace, g.Name)
	if ref := g.Spec.Keys.MasterKeySecretRef; ref != nil {
		if problem := in.Secrets.missing(subject, *ref); problem != nil {
			return problem
		}
	}
	for _, s := range []struct {
		name    string
		store   *v1alpha1.Store
		schemes []string
	}{
		{"redis", g.Spec.Redis, []string{"redis", "rediss"}},
		{"postgres", g.Spec.Postgres, []string{"postgres", "postgresql"}},
	} {
		if s.store == nil || s.store.External == nil {
			continue
		}
		if problem := in.Secrets.storeURI(subject+" (spec."+s.name+")", string(s.store.External.SecretRef.Name), s.schemes); problem != nil {
			return problem
		}
	}
	return nil
}

// storeURI finds what keeps a Secret from saying where a store is: it has to hold `uri`, or at least `host`.
func (s Secrets) storeURI(subject, name string, schemes []string) *Problem {
	uri := v1alpha1.SecretKeyReference{Name: v1alpha1.ObjectName(name), Key: "uri"}
	host := v1alpha1.SecretKeyReference{Name: v1alpha1.ObjectName(name), Key: "host"}
	if s.Key(uri) == nil {
		if s.Key(host) != nil {
			return nil
		}
		return s.missing(subject, uri).with(`Alternatively the keys "host", "port", "username", "password" and "database".`)
	}
	// The parser's own message would quote the URI, and with it the password.
	u, err := url.Parse(string(s.Key(uri)))
	if err != nil || u.Host == "" || !slices.Contains(schemes, u.Scheme) {
		return invalid("%s: key \"uri\" in Secret %q must be a URL that begins with %s://.", subject, name, schemes[0])
	}
	return nil
}
