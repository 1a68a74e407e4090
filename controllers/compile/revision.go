package compile

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"

	"github.com/fairlead-dev/fairlead/api/v1alpha1"
)

// digest identifies a compiled part by its content: the SHA-256 of its JSON, whose field order is that of the Go type. None of
// the types it is called with can fail to be encoded.
func digest(v any) string {
	encoded, err := json.Marshal(v)
	if err != nil {
		return ""
	}
	sum := sha256.Sum256(encoded)
	return "sha256:" + hex.EncodeToString(sum[:])
}

func sealRoute(r v1alpha1.Route) *v1alpha1.Route {
	r.Revision = ""
	r.Revision = digest(r)
	return &r
}

func sealEndpoint(e v1alpha1.ResolvedEndpoint) *v1alpha1.ResolvedEndpoint {
	e.Revision = ""
	e.Revision = digest(e)
	return &e
}

func sealPolicy(p v1alpha1.KeyPolicy) *v1alpha1.KeyPolicy {
	p.Revision = ""
	p.Revision = digest(p)
	return &p
}

func sealConfig(c v1alpha1.GatewayConfig) *v1alpha1.GatewayConfig {
	c.Revision = ""
	c.Revision = digest(c)
	return &c
}
