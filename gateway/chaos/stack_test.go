package chaos

import (
	"fmt"
	"strings"
)

// Keys of the manifests.
const (
	masterKey = "sk-master-key-of-the-chaos-tests-0123456789"
	keyA      = "sk-key-a-of-the-chaos-tests-0123456789"
	keyB      = "sk-key-b-of-the-chaos-tests-0123456789"
)

// Prices, in billionths of a US dollar for one token; the manifests have them for a million.
const (
	inputPrice  = 150
	outputPrice = 600
)

// stack is what a gateway serves: two keys, with limits of every kind and a budget, which nobody reaches; the alias chat, large by
// another name, and kept, which is cached.
type stack struct {
	upstream string
	// redis and postgres are URIs, empty for none.
	redis, postgres string
	// redisAs says what kind of Redis it is, as a field of external; empty for a single one.
	redisAs string
	// more are further manifests.
	more string
}

func (s stack) String() string {
	var b strings.Builder
	secret := func(name, entry, value string) {
		fmt.Fprintf(&b, "apiVersion: v1\nkind: Secret\nmetadata: {name: %s}\nstringData: {%s: %q}\n---\n", name, entry, value)
	}
	secret("master", "api-key", masterKey)
	secret("a", "api-key", keyA)
	secret("b", "api-key", keyB)
	b.WriteString(head)
	if s.redis != "" {
		fmt.Fprintf(&b, "  redis: {mode: External, external: {secretRef: {name: redis}, %s}}\n", s.redisAs)
	}
	if s.postgres != "" {
		b.WriteString("  postgres: {mode: External, external: {secretRef: {name: postgres}}}\n")
	}
	b.WriteString("---\n")
	if s.redis != "" {
		secret("redis", "uri", s.redis)
	}
	if s.postgres != "" {
		secret("postgres", "uri", s.postgres)
	}
	fmt.Fprintf(&b, served, s.upstream)
	b.WriteString(s.more)
	return b.String()
}

const head = `apiVersion: fairlead.dev/v1alpha1
kind: Gateway
metadata: {name: main}
spec:
  keys: {mode: Required, masterKeySecretRef: {name: master}}
`

const served = `apiVersion: fairlead.dev/v1alpha1
kind: GatewayKey
metadata: {name: a}
spec:
  gatewayRef: {name: main}
  rateLimits: [{name: all, per: Key, requests: 100000000, tokens: 100000000000, parallel: 100000, window: 1m}]
  budget: {limitUSD: "100000000"}
---
apiVersion: fairlead.dev/v1alpha1
kind: GatewayKey
metadata: {name: b}
spec:
  gatewayRef: {name: main}
  rateLimits: [{name: all, per: Key, requests: 100000000, window: 10s}]
---
apiVersion: fairlead.dev/v1alpha1
kind: ModelProvider
metadata: {name: up}
spec: {type: OpenAICompatible, endpoint: {url: %[1]q}}
---
apiVersion: fairlead.dev/v1alpha1
kind: ModelAlias
metadata: {name: chat}
spec:
  gatewayRef: {name: main}
  targets: [{name: one, providerRef: {name: up}, model: small, pricing: {inputPerMillionTokens: "0.15", outputPerMillionTokens: "0.60"}}]
  rateLimits: [{name: model, per: Alias, requests: 100000000, tokens: 100000000000, window: 1m}]
---
apiVersion: fairlead.dev/v1alpha1
kind: ModelAlias
metadata: {name: large}
spec:
  gatewayRef: {name: main}
  targets: [{name: one, providerRef: {name: up}, model: large, pricing: {inputPerMillionTokens: "0.15", outputPerMillionTokens: "0.60"}}]
---
apiVersion: fairlead.dev/v1alpha1
kind: ModelAlias
metadata: {name: kept}
spec:
  gatewayRef: {name: main}
  targets: [{name: one, providerRef: {name: up}, model: small, pricing: {inputPerMillionTokens: "0.15", outputPerMillionTokens: "0.60"}}]
  cache: {mode: Exact, ttl: 1h}
---
`
