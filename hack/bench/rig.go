package bench

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/fairlead-dev/fairlead/hack/stores"
)

// Programs are the paths of the programs that are measured, or that those need.
type Programs struct{ Fairlead, Upstream, ReverseProxy string }

// manifests are what `fairlead run` serves, besides an alias for each protocol of the upstream: a key that every request has to bring.
const manifests = `apiVersion: v1
kind: Secret
metadata: {name: master}
stringData: {api-key: sk-bench}
---
apiVersion: fairlead.dev/v1alpha1
kind: Gateway
metadata: {name: main}
spec: {keys: {mode: Required, masterKeySecretRef: {name: master}}}
`

// provider is the upstream in one of its protocols, and the alias for it.
const provider = `---
apiVersion: fairlead.dev/v1alpha1
kind: ModelProvider
metadata: {name: %[1]s}
spec: {type: %[2]s, endpoint: {url: "http://%[3]s"}}
---
apiVersion: fairlead.dev/v1alpha1
kind: ModelAlias
metadata: {name: %[1]s}
spec: {gatewayRef: {name: main}, targets: [{name: one, providerRef: {name: %[1]s}, model: bench}]}
`

// Aliases of the rig's gateway, each for the upstream in one protocol.
const (
	toOpenAI    = "openai"
	toAnthropic = "anthropic"
	toGemini    = "gemini"
	toOllama    = "ollama"
)

// rig is a gateway in front of the fake upstream, and whatever else is started beside them. Each is a process of its own.
type rig struct {
	dir       string
	log       *os.File
	processes []*process
	// upstream and proxy are addresses; gateway is the process that is measured.
	upstream, proxy string
	gateway         *process
	// stores are nil where nothing needs any.
	stores *stores.Stores
}

// newRig starts both and waits until they answer. interval is the time between two tokens of a stream.
func newRig(ctx context.Context, programs Programs, interval time.Duration) (*rig, error) {
	r, err := emptyRig()
	if err != nil {
		return nil, err
	}
	if err := r.startAll(ctx, programs, interval); err != nil {
		r.close()
		return nil, err
	}
	return r, nil
}

func emptyRig() (*rig, error) {
	dir, err := os.MkdirTemp("", "fairlead-bench-")
	if err != nil {
		return nil, fmt.Errorf("making a folder: %w", err)
	}
	r := &rig{dir: dir}
	if r.log, err = os.Create(filepath.Join(dir, "log")); err != nil {
		return nil, errors.Join(fmt.Errorf("making a log: %w", err), os.RemoveAll(dir))
	}
	return r, nil
}

func (r *rig) startAll(ctx context.Context, programs Programs, interval time.Duration) error {
	if err := r.startUpstream(ctx, programs, interval); err != nil {
		return err
	}
	documents := []byte(manifests)
	for alias, upstream := range map[string]struct{ kind, path string }{
		toOpenAI: {"OpenAICompatible", "/v1"}, toAnthropic: {"Anthropic", ""}, toGemini: {"Gemini", ""}, toOllama: {"Ollama", ""},
	} {
		documents = fmt.Appendf(documents, provider, alias, upstream.kind, r.upstream+upstream.path)
	}
	return r.startGateway(ctx, programs, documents, "--usage=false")
}

func (r *rig) startUpstream(ctx context.Context, programs Programs, interval time.Duration) (err error) {
	if r.upstream, err = freeAddress(ctx); err != nil {
		return err
	}
	_, err = r.start(ctx, "http://"+r.upstream+"/healthz", programs.Upstream, "-listen", r.upstream, "-interval", interval.String())
	return err
}

// startGateway serves manifests.
func (r *rig) startGateway(ctx context.Context, programs Programs, documents []byte, flags ...string) (err error) {
	if r.proxy, err = freeAddress(ctx); err != nil {
		return err
	}
	admin, err := freeAddress(ctx)
	if err != nil {
		return err
	}
	file := filepath.Join(r.dir, "stack.yaml")
	if err := os.WriteFile(file, documents, 0o600); err != nil {
		return fmt.Errorf("writing the stack: %w", err)
	}
	r.gateway, err = r.start(ctx, "http://"+admin+"/readyz", programs.Fairlead, append([]string{
		"run", "-f", file, "--listen", r.proxy, "--admin", admin, "--access-log", "--state-dir", filepath.Join(r.dir, "state"),
	}, flags...)...)
	return err
}

// start runs a program until the rig is closed, and waits until ready answers.
func (r *rig) start(ctx context.Context, ready, name string, args ...string) (*process, error) {
	p, err := start(ctx, r.log, nil, name, args...)
	if err != nil {
		return nil, err
	}
	r.processes = append(r.processes, p)
	if _, err := awaitReady(ctx, ready, 10*time.Second); err != nil {
		return nil, err
	}
	return p, nil
}

// close stops every process and removes what they wrote.
func (r *rig) close() {
	for _, p := range r.processes {
		p.stop()
	}
	if r.stores != nil {
		r.stores.Close()
	}
	_ = r.log.Close()
	_ = os.RemoveAll(r.dir)
}
