package bench

import (
	"context"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"time"
)

const (
	// clients is the number of kept connections that the load comes over.
	clients = 32
	// rounds is how often the two proxies are measured in turns; the median of the ratios is the figure.
	rounds = 7
	// roundTime is how long one proxy is measured in one round.
	roundTime = 3 * time.Second
)

// manifests is what `fairlead run` serves in the comparison: one alias, one upstream, a key that every request has to bring.
const manifests = `apiVersion: v1
kind: Secret
metadata: {name: master}
stringData: {api-key: sk-bench}
---
apiVersion: fairlead.dev/v1alpha1
kind: Gateway
metadata: {name: main}
spec: {keys: {mode: Required, masterKeySecretRef: {name: master}}}
---
apiVersion: fairlead.dev/v1alpha1
kind: ModelProvider
metadata: {name: upstream}
spec: {type: OpenAICompatible, endpoint: {url: "http://%s/v1"}}
---
apiVersion: fairlead.dev/v1alpha1
kind: ModelAlias
metadata: {name: chat}
spec: {gatewayRef: {name: main}, targets: [{name: one, providerRef: {name: upstream}, model: bench}]}
`

// PassThrough measures the CPU time of one request that the gateway passes through, with keys, metrics and the access log on,
// against a bare httputil.ReverseProxy in front of the same upstream. fairlead is the binary; self is this program.
func PassThrough(ctx context.Context, figures *Figures, fairlead, self string) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	dir, err := os.MkdirTemp("", "fairlead-bench-")
	if err != nil {
		return fmt.Errorf("making a folder: %w", err)
	}
	defer os.RemoveAll(dir)
	log, err := os.Create(filepath.Join(dir, "log"))
	if err != nil {
		return fmt.Errorf("making a log: %w", err)
	}
	defer log.Close()
	var address [4]string
	for i := range address {
		if address[i], err = freeAddress(ctx); err != nil {
			return err
		}
	}
	upstream, peer, gateway, admin := address[0], address[1], address[2], address[3]
	if err := os.WriteFile(filepath.Join(dir, "stack.yaml"), fmt.Appendf(nil, manifests, upstream), 0o600); err != nil {
		return fmt.Errorf("writing the stack: %w", err)
	}
	measured := map[string]*process{}
	for name, command := range map[string][]string{
		"upstream":     {self, "bench-upstream", upstream},
		"reverseproxy": {self, "bench-reverseproxy", peer, "http://" + upstream},
		"gateway":      {fairlead, "run", "-f", filepath.Join(dir, "stack.yaml"), "--listen", gateway, "--admin", admin, "--access-log"},
	} {
		p, err := start(ctx, log, nil, command[0], command[1:]...)
		if err != nil {
			return err
		}
		defer p.stop()
		measured[name] = p
	}
	for _, url := range []string{"http://" + upstream, "http://" + peer, "http://" + admin + "/readyz"} {
		if _, err := awaitReady(ctx, url, 10*time.Second); err != nil {
			return err
		}
	}
	return compare(ctx, figures,
		subject{"reverseproxy", measured["reverseproxy"].pid(), passThroughLoad(peer)},
		subject{"passthrough", measured["gateway"].pid(), passThroughLoad(gateway)})
}

// passThroughLoad sends chat requests of 1 KB.
func passThroughLoad(address string) load {
	frame := `{"model":"chat","temperature":0.2,"messages":[{"role":"system","content":"You are terse."},{"role":"user","content":"%s"}]}`
	return load{
		url: "http://" + address + "/v1/chat/completions", clients: clients,
		body: fmt.Appendf(nil, frame, strings.Repeat("word ", (1024-len(frame))/5)),
		header: http.Header{
			"Authorization": {"Bearer sk-bench"}, "Content-Type": {"application/json"}, "User-Agent": {"OpenAI/Python 2.8.0"},
			"Accept": {"application/json"}, "X-Stainless-Lang": {"python"}, "X-Stainless-Retry-Count": {"0"},
		},
	}
}

// subject is a process under load.
type subject struct {
	name string
	pid  int
	load load
}

// compare measures base and other in turns and prints the CPU time of one request for each, and the median ratio other / base.
func compare(ctx context.Context, figures *Figures, base, other subject) error {
	var ratios, bases, others []float64
	for round := range rounds + 1 {
		b, err := base.microseconds(ctx)
		if err != nil {
			return err
		}
		o, err := other.microseconds(ctx)
		if err != nil {
			return err
		}
		if round == 0 {
			continue // pools fill, connections are made
		}
		bases, others, ratios = append(bases, b), append(others, o), append(ratios, o/b)
	}
	figures.Print(base.name+"_cpu_per_request", quantile(bases, 0.5), "us")
	figures.Print(other.name+"_cpu_per_request", quantile(others, 0.5), "us")
	figures.Print(other.name+"_cpu_ratio", quantile(ratios, 0.5), "ratio")
	return nil
}

// microseconds is the CPU time of one request, over one round.
func (s subject) microseconds(ctx context.Context) (float64, error) {
	before, err := cpu(s.pid)
	if err != nil {
		return 0, err
	}
	requests, err := s.load.run(ctx, roundTime)
	if err != nil {
		return 0, fmt.Errorf("loading %s: %w", s.name, err)
	}
	after, err := cpu(s.pid)
	if err != nil {
		return 0, err
	}
	return float64((after - before).Microseconds()) / float64(requests), nil
}
