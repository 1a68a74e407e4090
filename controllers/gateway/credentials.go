package gateway

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"strings"

	"github.com/fairlead-dev/fairlead/api/v1alpha1"
	"github.com/fairlead-dev/fairlead/controllers/compile"
)

// secretBytes is the length of every random secret before it is encoded.
const secretBytes = 32

// grant is what one provider puts into the credentials of a gateway.
type grant struct {
	provider *v1alpha1.ModelProvider
	// secrets of the provider's namespace.
	secrets compile.Secrets
}

// credentials assembles the Secret that the replicas read: the pepper, the digest of the master key, and what opens each of
// the providers. The master key itself is not in it. last is what the Secret holds now.
func credentials(pepper, masterKey []byte, grants []grant, last map[string][]byte) map[string][]byte {
	entries := map[string][]byte{v1alpha1.CredentialPepper: pepper}
	if len(masterKey) > 0 {
		entries[v1alpha1.CredentialMasterKey] = digest(pepper, masterKey)
	}
	for _, g := range grants {
		for name, value := range g.entries(last) {
			entries[name] = value
		}
	}
	return entries
}

// entries of one provider. One that is not accepted keeps what it has, as long as its Secrets are there: its last good endpoint
// goes on being called, and a new key must not go to an old address.
func (g grant) entries(last map[string][]byte) map[string][]byte {
	p := g.provider
	key, ca := v1alpha1.ProviderCredentialKey(p.Namespace, p.Name), v1alpha1.ProviderCABundleKey(p.Namespace, p.Name)
	values := map[string][]byte{}
	result := compile.Provider(compile.ProviderInput{Provider: p, Secrets: g.secrets})
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
	for name, value := range values {
		if len(value) == 0 {
			delete(values, name)
		}
	}
	return values
}

// digest is what a client key is compared with.
func digest(pepper, key []byte) []byte {
	mac := hmac.New(sha256.New, pepper)
	mac.Write(key)
	return []byte(hex.EncodeToString(mac.Sum(nil)))
}

// pepperOf returns the pepper that a credentials Secret holds, or a new one where it holds none that is long enough.
func pepperOf(entries map[string][]byte) []byte {
	if p := entries[v1alpha1.CredentialPepper]; len(p) >= secretBytes {
		return p
	}
	return []byte(random())
}

// keep returns the value of an entry, or a new random one with prefix where there is none.
func keep(entries map[string][]byte, entry, prefix string) string {
	if v := strings.TrimSpace(string(entries[entry])); v != "" {
		return v
	}
	return prefix + random()
}

// random returns 256 random bits in characters that need no quoting anywhere.
func random() string {
	b := make([]byte, secretBytes)
	// Read never returns an error: where there is no randomness it ends the program.
	_, _ = rand.Read(b)
	return base64.RawURLEncoding.EncodeToString(b)
}
