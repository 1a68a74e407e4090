// Package command is the `operator` command of the binary: flags, logging and signals around package operator.
package command

import (
	"flag"
	"fmt"
	"os"

	"github.com/go-logr/zapr"
	"github.com/redis/go-redis/v9/logging"
	"github.com/spf13/cobra"
	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"
	ctrl "sigs.k8s.io/controller-runtime"

	"github.com/fairlead-dev/fairlead/api/egress"
	"github.com/fairlead-dev/fairlead/controllers/ollama"
	"github.com/fairlead-dev/fairlead/controllers/operator"
	"github.com/fairlead-dev/fairlead/controllers/render"
)

const long = `The operator reconciles ModelProviders, ModelAliases, Gateways and GatewayKeys.

It runs the gateway replicas, Ollama servers, Redis and PostgreSQL that these ask for, pulls models, makes the Secrets of
keys that have none, and publishes every resolved route in the status of its ModelAlias, and what each key may do in that of
its GatewayKey, which the replicas watch. Without it everything that is running goes on serving; only changes wait, and a
key that is revoked by deleting its Secret instead of the GatewayKey goes on working until the operator is back.

It finds the cluster like kubectl does: by --kubeconfig, $KUBECONFIG, the Pod that it runs in, or ~/.kube/config.`

const example = `  # All namespaces, as the chart runs it
  fairlead operator --leader-elect

  # Two namespaces only, from a workstation
  fairlead operator --namespace team-a --namespace team-b --log-level debug`

// NewCommand returns the `operator` command. version is that of the binary; the gateway's image defaults to the same one.
func NewCommand(version string) *cobra.Command {
	var o operator.Options
	level := zapcore.InfoLevel
	var networks []string
	cmd := &cobra.Command{
		Use:     "operator",
		Short:   "Run the control plane",
		Long:    long,
		Example: example,
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			var err error
			if o.Installation.AllowedNetworks, err = egress.ParseNetworks(networks); err != nil {
				return fmt.Errorf("reading --allow-provider-network: %w", err)
			}
			if o.Installation.Namespaces, err = served(o.Installation.Namespaces, cmd.Flags().Changed("namespace")); err != nil {
				return fmt.Errorf("reading --namespace: %w", err)
			}
			o.Pace = ollama.DefaultPace()
			return run(o, level)
		},
	}
	in := &o.Installation
	f := cmd.Flags()
	f.StringSliceVar(&in.Namespaces, "namespace", nil, "serve only this namespace; may be repeated (default: all)")
	f.StringVar(&in.OperatorNamespace, "operator-namespace", envOr("POD_NAMESPACE", "default"), "namespace that the operator itself runs in")
	f.StringVar(&in.ReaderRole, "reader-role", render.ReaderRole, "role that lets gateways read the product's kinds: a ClusterRole, or with --namespace a Role in each namespace")
	f.StringVar(&in.ClusterDomain, "cluster-domain", "cluster.local", "DNS domain of the cluster")
	f.StringSliceVar(&networks, "allow-provider-network", nil, "private network, in CIDR notation, that the endpoints of ModelProviders may be in; may be repeated (default: none)")
	f.BoolVar(&o.LeaderElect, "leader-elect", false, "let only one of several operators work at a time")
	f.StringVar(&o.MetricsAddress, "metrics-addr", ":8080", "address to serve metrics at; 0 for none")
	f.StringVar(&o.HealthAddress, "health-addr", ":8081", "address to serve /healthz and /readyz at; 0 for none")
	f.StringVar(&in.Images.Gateway, "gateway-image", gatewayImage(version), "image of gateways that name none")
	f.StringVar(&in.Images.Ollama, "ollama-image", ollamaImage, "image of managed Ollama servers that name none")
	f.StringVar(&in.Images.Redis, "redis-image", redisImage, "image of managed Redis servers that name none")
	f.StringVar(&in.Images.Postgres, "postgres-image", postgresImage, "image of managed PostgreSQL servers that name none")
	// The library that finds the cluster reads this flag from the program's own set.
	f.AddGoFlag(flag.Lookup("kubeconfig"))
	f.TextVar(&level, "log-level", zapcore.InfoLevel, "least severe messages to log: debug, info, warn or error")
	return cmd
}

// run works until SIGTERM or SIGINT; a second signal ends the program at once.
func run(o operator.Options, level zapcore.Level) error {
	collectEarly()
	config := zap.NewProductionConfig()
	config.Level = zap.NewAtomicLevelAt(level)
	config.EncoderConfig.EncodeTime = zapcore.RFC3339NanoTimeEncoder
	config.DisableStacktrace = true
	logger, err := config.Build()
	if err != nil {
		return fmt.Errorf("making the logger: %w", err)
	}
	ctrl.SetLogger(zapr.NewLogger(logger))
	// What this library would print by itself, the status of the Gateway says.
	logging.Disable()
	ctx := ctrl.SetupSignalHandler()
	cluster, err := ctrl.GetConfig()
	if err != nil {
		return fmt.Errorf("finding the cluster: %w", err)
	}
	mgr, err := operator.New(ctx, cluster, o)
	if err != nil {
		return err
	}
	if err := mgr.Start(ctx); err != nil {
		return fmt.Errorf("running the operator: %w", err)
	}
	return nil
}

func envOr(name, fallback string) string {
	if v := os.Getenv(name); v != "" {
		return v
	}
	return fallback
}
