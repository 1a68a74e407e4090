package main

import (
	"context"
	"fmt"
	"os"

	"github.com/spf13/cobra"

	"github.com/fairlead-dev/fairlead/hack/bench"
	"github.com/fairlead-dev/fairlead/hack/build"
	"github.com/fairlead-dev/fairlead/hack/cluster"
	"github.com/fairlead-dev/fairlead/hack/images"
	"github.com/fairlead-dev/fairlead/hack/stack"
)

func benchCommand() *cobra.Command {
	var local bool
	command := &cobra.Command{
		Use:   "bench",
		Short: "Measure what the project promises, one line each: name value unit",
		Long: `Measure what the project promises, one line each on standard output: name value unit.

The pass-through comparison needs nothing. The other figures need the demo's cluster, which is brought up when it is not there (as root).`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return runBench(cmd.Context(), local) },
	}
	command.Flags().BoolVar(&local, "local", false, "only what needs no cluster")
	return command
}

func runBench(ctx context.Context, local bool) error {
	builder, err := newBuilder(2)
	if err != nil {
		return err
	}
	fairlead, err := images.New(builder).FairleadProgram(ctx)
	if err != nil {
		return err
	}
	self, err := os.Executable()
	if err != nil {
		return fmt.Errorf("finding this program: %w", err)
	}
	figures := bench.NewFigures(os.Stdout)
	if err := bench.PassThrough(ctx, figures, fairlead, self); err != nil {
		return err
	}
	if local {
		return nil
	}
	return benchCluster(ctx, figures, fairlead)
}

// benchCluster measures the stack of the demo: first at rest as the demo leaves it, then with a thousand aliases.
func benchCluster(ctx context.Context, figures *bench.Figures, fairlead string) error {
	s, image, err := demoStack(ctx)
	if err != nil {
		return err
	}
	c, err := openCluster()
	if err != nil {
		return err
	}
	if err := bench.AtRest(ctx, figures, c.AuditLog()); err != nil {
		return err
	}
	if err := bench.Memory(figures); err != nil {
		return err
	}
	if err := bench.Propagation(ctx, figures, s, image); err != nil {
		return err
	}
	if err := bench.Restart(ctx, figures, fairlead); err != nil {
		return err
	}
	return s.Disband(ctx)
}

// demoStack runs the demo, which leaves the stack as it should be, and loads the fake upstream's image, whose name it returns.
func demoStack(ctx context.Context) (*stack.Stack, string, error) {
	d, err := newDemo(ctx, "box")
	if err != nil {
		return nil, "", err
	}
	d.Out = os.Stderr
	if err := d.Run(ctx); err != nil {
		return nil, "", err
	}
	c, err := openCluster()
	if err != nil {
		return nil, "", err
	}
	builder, err := newBuilder(2)
	if err != nil {
		return nil, "", err
	}
	archive, err := images.New(builder).Upstream(ctx)
	if err != nil {
		return nil, "", err
	}
	if err := c.Load(ctx, archive.Path); err != nil {
		return nil, "", err
	}
	s, err := connect(c)
	return s, archive.Ref, err
}

// openCluster is the project's own cluster, running or not.
func openCluster() (*cluster.Cluster, error) {
	cache, err := build.OpenCache()
	if err != nil {
		return nil, err
	}
	return cluster.Open(cache), nil
}

// connect returns the stack of the project's own cluster.
func connect(c *cluster.Cluster) (*stack.Stack, error) {
	pid, err := c.NetworkProcess()
	if err != nil {
		return nil, err
	}
	return stack.Connect(c.Kubeconfig(), stack.InNamespace(pid, cluster.DNS))
}

// benchHelpers are the other processes of the pass-through comparison; the benchmark starts them itself.
func benchHelpers() []*cobra.Command {
	return []*cobra.Command{
		{
			Use: "bench-upstream ADDRESS", Hidden: true, Args: cobra.ExactArgs(1),
			RunE: func(cmd *cobra.Command, args []string) error { return bench.ServeUpstream(cmd.Context(), args[0]) },
		},
		{
			Use: "bench-reverseproxy ADDRESS UPSTREAM", Hidden: true, Args: cobra.ExactArgs(2),
			RunE: func(cmd *cobra.Command, args []string) error {
				return bench.ServeReverseProxy(cmd.Context(), args[0], args[1])
			},
		},
	}
}
