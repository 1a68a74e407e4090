package gateway

import (
	"maps"
	"strings"
	"time"

	"github.com/fairlead-dev/fairlead/api/v1alpha1"
	"github.com/fairlead-dev/fairlead/controllers/compile"
	"github.com/fairlead-dev/fairlead/controllers/render"
	"github.com/fairlead-dev/fairlead/controllers/secrets"
)

// grant is what one provider puts into the credentials of a gateway.
type grant struct {
	provider *v1alpha1.ModelProvider
	// secrets of the provider's namespace.
	secrets compile.Secrets
	// installation says where upstreams may be.
	installation render.Installation
}

// contents is what the credentials of a gateway are assembled from.
type contents struct {
	pepper, masterKey, userToken []byte
	// redis and postgres are where the stores are; empty where there is none, or where its Secret does not say where it is.
	redis, postgres compile.StoreAddress
	grants          []grant
	// chain and certificateKey are what clients see; nil where nothing is to be shown.
	chain, certificateKey []byte
	// last is what the Secret holds now.
	last map[string][]byte
}

// entries assembles the Secret that the replicas read. Neither the master key nor any client key is in it.
func (c contents) entries() map[string][]byte {
	entries := map[string][]byte{
		v1alpha1.CredentialPepper:     c.pepper,
		v1alpha1.CredentialUserToken:  c.userToken,
		v1alpha1.CredentialRedis:      []byte(c.redis.URI),
		v1alpha1.CredentialRedisCA:    []byte(c.redis.CA),
		v1alpha1.CredentialPostgres:   []byte(c.postgres.URI),
		v1alpha1.CredentialPostgresCA: []byte(c.postgres.CA),
	}
	entries[v1alpha1.CredentialTLSCertificate], entries[v1alpha1.CredentialTLSKey] = c.chain, c.certificateKey
	if len(c.masterKey) > 0 {
		entries[v1alpha1.CredentialMasterKey] = []byte(compile.KeyDigest(c.pepper, c.masterKey))
	}
	for _, g := range c.grants {
		maps.Copy(entries, g.entries(c.last))
	}
	maps.DeleteFunc(entries, func(_ string, value []byte) bool { return len(value) == 0 })
	return entries
}

// entries of one provider, of which the empty ones are none. One that is not accepted keeps what it has, as long as its Secrets are there:
// its last good endpoint goes on being called, and a new key must not go to an old address.
func (g grant) entries(last map[string][]byte) map[string][]byte {
	p := g.provider
	key, ca := v1alpha1.ProviderCredentialKey(p.Namespace, p.Name), v1alpha1.ProviderCABundleKey(p.Namespace, p.Name)
	values := map[string][]byte{}
	result := compile.Provider(compile.ProviderInput{
		Provider: p, Secrets: g.secrets, ClusterDomain: g.installation.ClusterDomain, AllowedNetworks: g.installation.AllowedNetworks,
	})
	switch {
	case result.ResolvedRefs != nil:
	case result.Accepted != nil:
		values[key], values[ca] = last[key], last[ca]
	default:
		if result.Endpoint.CredentialKey != "" {
			values[key] = g.secrets.Credential(p)
		}
		if result.Endpoint.CABundleKey != "" {
			values[ca] = g.secrets.Key(*p.Spec.Endpoint.CABundleSecretRef)
		}
	}
	return values
}

// certificate returns what clients of a gateway are to see. While the pair of its spec cannot be used, it is what they saw before: a
// renewal that went wrong takes no gateway away from its clients.
func (s surroundings) certificate(g *v1alpha1.Gateway, compiled compile.GatewayResult, last map[string][]byte) (chain, key []byte) {
	if compiled.Config == nil || !compiled.Config.TLS {
		return nil, nil
	}
	if compiled.Accepted == nil {
		chain, key = s.secrets.Certificate(g, time.Now())
	}
	if len(chain) == 0 {
		return last[v1alpha1.CredentialTLSCertificate], last[v1alpha1.CredentialTLSKey]
	}
	return chain, key
}

// pepperOf returns the pepper that a credentials Secret holds, or a new one where it holds none that is long enough.
func pepperOf(entries map[string][]byte) []byte {
	if p := entries[v1alpha1.CredentialPepper]; len(p) >= secrets.RandomBytes {
		return p
	}
	return []byte(secrets.Random())
}

// keep returns the value of an entry, or what anew makes where there is none.
func keep(entries map[string][]byte, entry string, anew func() string) string {
	if v := strings.TrimSpace(string(entries[entry])); v != "" {
		return v
	}
	return anew()
}
