package command

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"github.com/go-logr/logr"
	"github.com/spf13/cobra"
	"k8s.io/apimachinery/pkg/types"

	"github.com/fairlead-dev/fairlead/gateway/ledger"
	"github.com/fairlead-dev/fairlead/gateway/ledger/sqlite"
	"github.com/fairlead-dev/fairlead/gateway/server"
	"github.com/fairlead-dev/fairlead/gateway/snapshot"
	"github.com/fairlead-dev/fairlead/gateway/watch/files"
)

// usageFile is the ledger's database in the state directory.
const usageFile = "usage.db"

const (
	// A person who stops the command waits for it: nothing in front of it has to notice first.
	runDrainDelay = time.Millisecond
	runGrace      = 10 * time.Second
)

// runFlags are the command line of `fairlead run`.
type runFlags struct {
	paths         []string
	gateway       string
	stateDir      string
	usage         bool
	listen, admin string
	// certificate and key are files; empty for plain text.
	certificate, key string
	logLevel         string
	accessLog        bool
}

// NewRunCommand returns `fairlead run`: the data plane without a cluster. version is the binary's.
func NewRunCommand(version string) *cobra.Command {
	var f runFlags
	c := &cobra.Command{
		Use:   "run -f PATH",
		Short: "Serve manifests without a cluster",
		Long: `Serve the same YAML that a cluster takes, without a cluster. Files are watched: what is saved is live.

A manifest with a mistake is reported with file, line and field, and the rest goes live. ModelProvider, ModelAlias, Gateway,
GatewayKey and Secret are read; the values of a Secret may hold ${VARIABLE}, which is taken from the environment. A provider
whose key is not set is skipped.

An Ollama that an operator would run is the local one instead: that of $OLLAMA_HOST, or 127.0.0.1:11434. Models are not
pulled; the table says what to pull. What of a Gateway needs Pods is passed over, as is its certificate: --tls-cert and
--tls-key name that of this machine. A Redis or PostgreSQL of mode External is used, as is the Redis of $REDIS_URL; without them
there is one process to share with and a file of SQLite.

Providers may be in any private network and on this machine; whoever writes the manifests is its administrator.

Keys: with a master key, from the Gateway's masterKeySecretRef or from $FAIRLEAD_MASTER_KEY, or with a GatewayKey, callers need
a key. Without any, callers need none, and may send any, as long as only this machine can reach --listen and no Gateway says
that keys are required.

The state directory holds the keys that were made with /key/generate, the pepper that keys are digested with, and what was
used. Each process that runs at the same time needs one of its own.`,
		Example: `  # Every manifest of a directory:
  export OPENAI_API_KEY=…
  fairlead run -f stack/

  # One file, for the local network, with a key:
  FAIRLEAD_MASTER_KEY=sk-… fairlead run -f stack.yaml --listen 0.0.0.0:4000`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return runFiles(cmd.Context(), &f, version, cmd.OutOrStdout(), cmd.ErrOrStderr())
		},
	}
	flags := c.Flags()
	flags.StringArrayVarP(&f.paths, "filename", "f", nil, "a manifest, or a directory with manifests; may be repeated")
	flags.StringVar(&f.gateway, "gateway", "", "the Gateway to serve, as NAMESPACE/NAME, where the manifests speak of more than one")
	flags.StringVar(&f.stateDir, "state-dir", "", "where keys and usage are kept (default $XDG_STATE_HOME/fairlead, or ~/.local/state/fairlead)")
	flags.BoolVar(&f.usage, "usage", true, "keep what is used, in the state directory or in the Gateway's external PostgreSQL")
	flags.StringVar(&f.listen, "listen", "127.0.0.1:4000", "address for clients")
	flags.StringVar(&f.admin, "admin", "127.0.0.1:4001", "address for probes and metrics")
	flags.StringVar(&f.certificate, "tls-cert", "", "file with the certificate to answer clients over https with, in PEM; read again when it changes")
	flags.StringVar(&f.key, "tls-key", "", "file with its key")
	flags.StringVar(&f.logLevel, "log-level", "warn", "debug, info, warn or error")
	flags.BoolVar(&f.accessLog, "access-log", false, "write one line for each request to the standard error")
	_ = c.MarkFlagRequired("filename")
	return c
}

func runFiles(ctx context.Context, f *runFlags, version string, stdout, stderr io.Writer) (err error) {
	relaxCollector()
	var gateway types.NamespacedName
	if f.gateway != "" {
		if gateway, err = parseGateway(f.gateway); err != nil {
			return err
		}
	}
	log, err := newLogger(stderr, f.logLevel)
	if err != nil {
		return err
	}
	certificate, err := newCertificateFiles(f.certificate, f.key, log)
	if err != nil {
		return err
	}
	kept, err := f.state(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, kept.close()) }()
	ports, err := listen(ctx, f.listen, f.admin)
	if err != nil {
		return err
	}
	b, err := kept.backing(ctx, gateway, f.usage, log)
	if err != nil {
		ports.close()
		return err
	}
	p := newPlane(b, log)
	started := make(chan struct{})
	screen := &screen{out: stdout, ports: ports, scheme: "http", version: version, started: started}
	source, err := files.New(files.Options{
		Paths: f.paths, Gateway: gateway, Loopback: ports.loopback(), Pepper: kept.keys.Pepper(), Issued: kept.keys,
		Getenv: os.LookupEnv, Report: screen.show,
	})
	if err != nil {
		ports.close()
		return err
	}
	options := p.options()
	options.Keys, options.DrainDelay, options.Grace = kept.keys, runDrainDelay, runGrace
	if f.accessLog {
		options.AccessLog = stderr
	}
	if certificate != nil {
		screen.scheme, options.Certificate = "https", certificate.current.Load
		defer certificate.follow(ctx)()
	}
	return serveFiles(ctx, p, source, started, server.New(options), ports)
}

// state opens the state directory.
func (f *runFlags) state(ctx context.Context) (*state, error) {
	dir := f.stateDir
	if dir == "" {
		var err error
		if dir, err = defaultStateDir(os.LookupEnv); err != nil {
			return nil, fmt.Errorf("finding the state directory (--state-dir): %w", err)
		}
	}
	kept, err := openState(ctx, dir)
	if err != nil {
		return nil, fmt.Errorf("opening the state (--state-dir): %w", err)
	}
	return kept, nil
}

// backing keeps the ledger in the state directory where no PostgreSQL does.
func (s *state) backing(ctx context.Context, gateway types.NamespacedName, usage bool, log logr.Logger) (*backing, error) {
	name := gateway.String()
	if gateway.Name == "" {
		name = "run"
	}
	local := func() (ledger.Store, error) {
		store, err := sqlite.New(sqlite.Options{Path: filepath.Join(s.dir, usageFile), Gateway: name})
		if err != nil {
			return nil, err
		}
		return store, nil
	}
	return newBacking(ctx, backingOptions{gateway: name, stateDir: s.dir, local: local, uncounted: !usage, log: log})
}

// serveFiles starts to serve once the files have been read, and stops with a signal.
func serveFiles(ctx context.Context, p *plane, source *files.Source, started <-chan struct{}, s *server.Server, ports listeners) error {
	ctx = untilSignal(ctx)
	background, stop := context.WithCancel(context.WithoutCancel(ctx))
	defer stop()
	ended := make(chan error, 1)
	go func() { ended <- source.Run(background, func(in snapshot.Input) { p.serve(in) }) }()
	select {
	case err := <-ended:
		ports.close()
		return err
	case <-started:
	}
	behind := make(chan error, 1)
	go func() { behind <- p.background(background) }()
	err := s.Run(ctx, ports.data, ports.admin)
	stop()
	return errors.Join(err, <-ended, <-behind)
}

// screen shows a person what is served.
type screen struct {
	out     io.Writer
	ports   listeners
	scheme  string
	version string
	started chan<- struct{}
	warned  bool
}

// show prints a report. A screen that cannot be written to is no reason to stop serving.
func (s *screen) show(r *files.Report) {
	if r.First {
		_, _ = fmt.Fprintf(s.out, "fairlead %s  listening on %s://%s/v1   admin http://%s\n", s.version, s.scheme, s.ports.data.Addr(), s.ports.admin.Addr())
	}
	if open := r.Open && !s.ports.loopback(); open != s.warned {
		s.warned = open
		if open {
			_, _ = fmt.Fprintf(s.out, "WARNING: keys are optional: whoever reaches %s can use every model at your expense\n", s.ports.data.Addr())
		}
	}
	_ = r.Print(s.out)
	if r.First {
		close(s.started)
	}
}
