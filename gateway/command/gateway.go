package command

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"github.com/go-logr/logr"
	"github.com/spf13/cobra"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd"

	"github.com/fairlead-dev/fairlead/api/v1alpha1"
	"github.com/fairlead-dev/fairlead/gateway/activation"
	keycluster "github.com/fairlead-dev/fairlead/gateway/keystore/cluster"
	"github.com/fairlead-dev/fairlead/gateway/server"
	"github.com/fairlead-dev/fairlead/gateway/snapshot"
	"github.com/fairlead-dev/fairlead/gateway/watch/cluster"
)

// snapshotFile is the name of the last good snapshot in the state directory.
const snapshotFile = "snapshot.json"

// gatewayFlags are the command line of `fairlead gateway`.
type gatewayFlags struct {
	gateway        string
	listen, admin  string
	stateDir       string
	credentialsDir string
	namespaces     []string
	kubeconfig     string
	logLevel       string
	accessLog      bool
	drainDelay     time.Duration
	drainTimeout   time.Duration
}

// NewGatewayCommand returns `fairlead gateway`: the data plane inside a cluster. version is the binary's.
func NewGatewayCommand(version string) *cobra.Command {
	var f gatewayFlags
	c := &cobra.Command{
		Use:   "gateway --gateway NAMESPACE/NAME",
		Short: "Serve one Gateway of a cluster",
		Long: `Serve the routes that the operator publishes for one Gateway.

The operator starts this command in the Gateway's Pods. It watches the status of ModelAliases, ModelProviders and of its
Gateway, serves every change without a restart, and confirms in a Lease what it serves. While the API server is away it
serves what it last saw; a start without the API server takes the last good snapshot from --state-dir.

Environment: POD_NAMESPACE, POD_NAME and POD_UID name the Pod that the Lease belongs to; without them nothing is confirmed.
GOMEMLIMIT bounds the memory; HTTPS_PROXY and NO_PROXY apply to providers with https URLs.`,
		Example: `  # What the operator runs:
  fairlead gateway --gateway ai/main

  # The same from outside the cluster, on ports of this machine:
  fairlead gateway --gateway ai/main --kubeconfig ~/.kube/config --state-dir /tmp/fairlead`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return runGateway(cmd.Context(), &f, version, cmd.OutOrStdout(), cmd.ErrOrStderr())
		},
	}
	flags := c.Flags()
	flags.StringVar(&f.gateway, "gateway", "", "the Gateway to serve, as NAMESPACE/NAME")
	flags.StringVar(&f.listen, "listen", ":4000", "address for clients")
	flags.StringVar(&f.admin, "admin", ":4001", "address for probes and metrics")
	flags.StringVar(&f.stateDir, "state-dir", "/var/lib/fairlead", "where the last good snapshot is kept")
	flags.StringVar(&f.credentialsDir, "credentials-dir", "/etc/fairlead/credentials", "where the credentials Secret is mounted, for a start without the API server")
	flags.StringSliceVar(&f.namespaces, "namespaces", nil, "namespaces to watch; all of them when not given")
	flags.StringVar(&f.kubeconfig, "kubeconfig", "", "kubeconfig to reach the API server with; the Pod's own access when not given")
	flags.StringVar(&f.logLevel, "log-level", "info", "debug, info, warn or error")
	flags.BoolVar(&f.accessLog, "access-log", true, "write one line for each request to the standard output")
	flags.DurationVar(&f.drainDelay, "drain-delay", server.DefaultDrainDelay, "how long connections are accepted after a signal to stop")
	flags.DurationVar(&f.drainTimeout, "drain-timeout", server.DefaultGrace, "how long answers under way may take after that")
	_ = c.MarkFlagRequired("gateway")
	return c
}

func runGateway(ctx context.Context, f *gatewayFlags, version string, stdout, stderr io.Writer) error {
	relaxCollector()
	gateway, err := parseGateway(f.gateway)
	if err != nil {
		return err
	}
	log, err := newLogger(stderr, f.logLevel)
	if err != nil {
		return err
	}
	config, err := findCluster(f.kubeconfig)
	if err != nil {
		return err
	}
	config.UserAgent = "fairlead-gateway/" + version
	source, err := cluster.New(cluster.Options{Config: config, Gateway: gateway, Namespaces: f.namespaces, Log: log})
	if err != nil {
		return err
	}
	keys, err := keycluster.New(config, gateway)
	if err != nil {
		return err
	}
	ports, err := listen(ctx, f.listen, f.admin)
	if err != nil {
		return err
	}
	b, err := newBacking(ctx, backingOptions{gateway: gateway.String(), replica: os.Getenv("POD_NAME"), stateDir: f.stateDir, log: log})
	if err != nil {
		ports.close()
		return err
	}
	p := newPlane(b, log)
	p.activator = activation.New(activation.Options{Snapshots: &p.store, Registerer: b.registry})
	r := &replica{plane: p, source: source, keeper: newKeeper(filepath.Join(f.stateDir, snapshotFile), log)}
	if r.confirmer, err = newConfirmer(config, gateway.Name, version, p, log); err != nil {
		ports.close()
		return err
	}
	if err := r.recall(f.stateDir, f.credentialsDir, gateway); err != nil {
		log.Info("not starting from the last snapshot", "why", err.Error())
	}
	options := p.options()
	options.Keys, options.DrainDelay, options.Grace = keys, f.drainDelay, f.drainTimeout
	if f.accessLog {
		options.AccessLog = stdout
	}
	log.Info("listening", "gateway", f.gateway, "version", version, "address", ports.data.Addr().String(), "admin", ports.admin.Addr().String())
	return r.run(ctx, server.New(options), ports)
}

// replica is a gateway in a cluster.
type replica struct {
	*plane
	source *cluster.Source
	keeper *keeper
	// confirmer is nil outside a Pod.
	confirmer *cluster.Confirmer
}

// run serves until a signal, and drains. The watches go on until the last answer, and the Lease goes after it.
func (r *replica) run(ctx context.Context, s *server.Server, ports listeners) error {
	background, stop := context.WithCancel(ctx)
	defer stop()
	var running sync.WaitGroup
	running.Go(func() { r.keeper.run(background) })
	if r.confirmer != nil {
		running.Go(func() { r.confirmer.Run(background) })
	}
	failed := make(chan error, 2)
	running.Go(func() { failed <- r.source.Run(background, r.deliver) })
	running.Go(func() { failed <- r.background(background) })
	err := s.Run(untilSignal(ctx), ports.data, ports.admin)
	stop()
	running.Wait()
	return errors.Join(err, <-failed, <-failed)
}

func (r *replica) deliver(in snapshot.Input) {
	served := r.serve(in)
	if r.confirmer != nil {
		r.confirmer.Changed()
	}
	r.keeper.keep(in, served.Digest)
}

// recall serves the snapshot that was kept, with the credentials that are mounted. Without a pepper it does not: every caller
// would be told that its key is wrong.
func (r *replica) recall(stateDir, credentialsDir string, gateway types.NamespacedName) error {
	in, err := snapshot.Load(filepath.Join(stateDir, snapshotFile), gateway.String())
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	if in.Credentials, err = cluster.ReadCredentials(credentialsDir); err != nil {
		return err
	}
	if len(in.Credentials[v1alpha1.CredentialPepper]) == 0 {
		return fmt.Errorf("expected the entry %q in %s, found none", v1alpha1.CredentialPepper, credentialsDir)
	}
	served := r.serve(in)
	r.log.Info("serving the last snapshot until the API server answers", "digest", served.Digest, "models", len(served.Models))
	return nil
}

// newConfirmer returns nil outside a Pod.
func newConfirmer(config *rest.Config, gateway, version string, p *plane, log logr.Logger) (*cluster.Confirmer, error) {
	pod := cluster.Pod{
		Namespace: os.Getenv("POD_NAMESPACE"), Name: os.Getenv("POD_NAME"), UID: types.UID(os.Getenv("POD_UID")),
	}
	if pod.Name == "" || pod.Namespace == "" {
		log.Info("not confirming what is served: POD_NAME and POD_NAMESPACE are not set")
		return nil, nil
	}
	return cluster.NewConfirmer(cluster.ConfirmerOptions{
		Config: config, Gateway: gateway, Version: version, Pod: pod, Log: log, Current: p.confirmation,
		Demands: p.activator.Demands, Asked: p.activator.Asked(),
	})
}

// findCluster returns how to reach the API server: as a kubeconfig says, or as a Pod is told.
func findCluster(kubeconfig string) (*rest.Config, error) {
	find := rest.InClusterConfig
	if kubeconfig != "" {
		find = func() (*rest.Config, error) { return clientcmd.BuildConfigFromFlags("", kubeconfig) }
	}
	config, err := find()
	if err != nil {
		return nil, fmt.Errorf("finding the API server (--kubeconfig, or run inside a Pod): %w", err)
	}
	return config, nil
}

func parseGateway(text string) (types.NamespacedName, error) {
	namespace, name, found := strings.Cut(text, "/")
	if !found || namespace == "" || name == "" || strings.Contains(name, "/") {
		return types.NamespacedName{}, fmt.Errorf("reading --gateway: expected NAMESPACE/NAME, found %q", text)
	}
	return types.NamespacedName{Namespace: namespace, Name: name}, nil
}
