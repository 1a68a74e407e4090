package bench

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"time"

	"github.com/fairlead-dev/fairlead/hack/stores"
)

// policies are what every request of the measured gateway passes: a key with limits of every kind and a budget, an alias with limits and prices, the
// ledger in PostgreSQL, and metrics and the access log as always. Redis and PostgreSQL are real ones.
const policies = `apiVersion: v1
kind: Secret
metadata: {name: keys}
stringData: {master: sk-master-of-the-benchmark, api-key: sk-a-key-of-the-benchmark}
---
apiVersion: v1
kind: Secret
metadata: {name: redis}
stringData: {uri: %[1]q}
---
apiVersion: v1
kind: Secret
metadata: {name: postgres}
stringData: {uri: %[2]q}
---
apiVersion: fairlead.dev/v1alpha1
kind: Gateway
metadata: {name: main}
spec:
  keys: {mode: Required, masterKeySecretRef: {name: keys, key: master}}
  redis: {mode: External, external: {secretRef: {name: redis}}}
  postgres: {mode: External, external: {secretRef: {name: postgres}}}
---
apiVersion: fairlead.dev/v1alpha1
kind: GatewayKey
metadata: {name: app}
spec:
  gatewayRef: {name: main}
  secretRef: {name: keys, key: api-key}
  rateLimits: [{name: all, per: Key, requests: 100000000, tokens: 100000000000, parallel: 100000, window: 1m}]
  budget: {limitUSD: "100000000"}
---
apiVersion: fairlead.dev/v1alpha1
kind: ModelProvider
metadata: {name: llm}
spec: {type: OpenAICompatible, endpoint: {url: "http://%[3]s/v1"}}
---
apiVersion: fairlead.dev/v1alpha1
kind: ModelAlias
metadata: {name: chat}
spec:
  gatewayRef: {name: main}
  targets: [{name: one, providerRef: {name: llm}, model: bench, pricing: {inputPerMillionTokens: "0.15", outputPerMillionTokens: "0.60"}}]
  rateLimits: [{name: model, per: Alias, requests: 100000000, tokens: 100000000000, window: 1m}]
---
apiVersion: fairlead.dev/v1alpha1
kind: ModelAlias
metadata: {name: kept}
spec:
  gatewayRef: {name: main}
  targets: [{name: one, providerRef: {name: llm}, model: bench, pricing: {inputPerMillionTokens: "0.15", outputPerMillionTokens: "0.60"}}]
  cache: {mode: Exact, ttl: 1h}
`

// Policy measures the CPU time of one request with keys, limits, a budget, the ledger and metrics on against a bare httputil.ReverseProxy in
// front of the same upstream, and that of an answer from the cache against the same pass-through; and how long such an answer takes.
func Policy(ctx context.Context, figures *Figures, programs Programs) error {
	const tokens = 48
	r, err := newRigOf(ctx, programs)
	if err != nil {
		return err
	}
	defer r.close()
	proxy, peer, err := r.reverseProxy(ctx, programs)
	if err != nil {
		return err
	}
	header := chatHeader()
	header.Set("Authorization", "Bearer sk-a-key-of-the-benchmark")
	asked := func(address, alias string) load {
		l := chat(address, alias, tokens, false)
		l.header = header
		return l
	}
	if err := compare(ctx, figures,
		subject{"reverseproxy", proxy.pid(), asked(peer, "chat")}, subject{"policy", r.gateway.pid(), asked(r.proxy, "chat")}); err != nil {
		return err
	}
	if err := compare(ctx, figures,
		subject{"policy_passthrough", r.gateway.pid(), asked(r.proxy, "chat")}, subject{"cache_hit", r.gateway.pid(), asked(r.proxy, "kept")}); err != nil {
		return err
	}
	return hitTimes(ctx, figures, asked(r.proxy, "kept"))
}

// hitTimes measures how long an answer from the cache takes, one at a time.
func hitTimes(ctx context.Context, figures *Figures, l load) error {
	const requests = 5000
	client := &http.Client{Transport: &http.Transport{DisableCompression: true}}
	defer client.CloseIdleConnections()
	took := make([]float64, requests)
	for i := range took {
		began := time.Now()
		if err := l.once(ctx, client); err != nil {
			return err
		}
		took[i] = float64(time.Since(began).Microseconds()) / 1000
	}
	slices.Sort(took)
	figures.Print("cache_hit_p50", quantile(took, 0.5), "ms")
	figures.Print("cache_hit_p99", quantile(took, 0.99), "ms")
	return nil
}

// newRigOf starts the upstream, both stores and a gateway with all policies.
func newRigOf(ctx context.Context, programs Programs) (r *rig, err error) {
	if r, err = emptyRig(); err != nil {
		return nil, err
	}
	if err := r.startPolicies(ctx, programs); err != nil {
		r.close()
		return nil, err
	}
	return r, nil
}

func (r *rig) startPolicies(ctx context.Context, programs Programs) (err error) {
	if r.stores, err = stores.Start(ctx, r.log); err != nil {
		return err
	}
	if err := r.startUpstream(ctx, programs, time.Second); err != nil {
		return err
	}
	return r.startGateway(ctx, programs, fmt.Appendf(nil, policies, r.stores.Redis, r.stores.Postgres, r.upstream))
}

// reverseProxy starts the peer and returns it with its address.
func (r *rig) reverseProxy(ctx context.Context, programs Programs) (p *process, address string, err error) {
	if address, err = freeAddress(ctx); err != nil {
		return nil, "", err
	}
	p, err = r.start(ctx, "http://"+address+"/healthz", programs.ReverseProxy,
		"-listen", address, "-upstream", "http://"+r.upstream, "-clients", strconv.Itoa(clients))
	return p, address, err
}
