package main

import (
	"errors"
	"fmt"
	"os"
	"os/exec"

	"github.com/spf13/cobra"

	"github.com/fairlead-dev/fairlead/hack/build"
	"github.com/fairlead-dev/fairlead/hack/cluster"
)

// clusterCommand returns "cluster" with its subcommands.
func clusterCommand() *cobra.Command {
	command := &cobra.Command{Use: "cluster", Short: "A real single-node Kubernetes cluster in namespaces of its own"}
	command.AddCommand(upCommand(), downCommand(), statusCommand(), kubeconfigCommand(), inCommand(), loadCommand())
	return command
}

func upCommand() *cobra.Command {
	var options cluster.Options
	command := &cobra.Command{
		Use:   "up",
		Short: "Bring the cluster up, building first what is not cached, and wait until it is ready",
		Args:  cobra.NoArgs,
		RunE: func(command *cobra.Command, _ []string) error {
			builder, err := newBuilder(cluster.Steps(options))
			if err != nil {
				return err
			}
			c, err := cluster.Up(command.Context(), builder, options)
			if err != nil {
				return err
			}
			builder.Progress().Summary()
			fmt.Fprintf(os.Stderr, "\nThe cluster is up. To use it:\n  export KUBECONFIG=%s\n", c.Kubeconfig())
			return nil
		},
	}
	command.Flags().BoolVar(&options.ControlPlaneOnly, "control-plane-only", false, "without a node: nothing runs, but objects can be stored")
	command.Flags().IntVar(&options.Port, "port", 0, fmt.Sprintf("of the API server on 127.0.0.1 (default %d, or a free one)", cluster.DefaultPort))
	return command
}

func downCommand() *cobra.Command {
	var wipe bool
	command := &cobra.Command{
		Use:   "down",
		Short: "Stop the cluster and leave nothing of it behind",
		Args:  cobra.NoArgs,
		RunE: func(command *cobra.Command, _ []string) error {
			builder, err := newBuilder(1)
			if err != nil {
				return err
			}
			return cluster.Open(builder.Cache()).Down(command.Context(), builder, wipe)
		},
	}
	command.Flags().BoolVar(&wipe, "wipe", false, "remove its state as well: objects, volumes, images, logs")
	return command
}

func statusCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "status",
		Short: "Say whether the cluster runs, and what in it",
		Args:  cobra.NoArgs,
		RunE: func(command *cobra.Command, _ []string) error {
			c, err := running()
			if errors.Is(err, errNotRunning) {
				_, err = fmt.Fprintln(command.OutOrStdout(), "not running")
				return err
			}
			if err != nil {
				return err
			}
			fmt.Fprintf(command.OutOrStdout(), "running\nkubeconfig  %s\nlogs        %s/log\n\n", c.Kubeconfig(), c.Dir())
			kubectl := c.Kubectl(command.Context(), "get", "nodes,pods", "--all-namespaces")
			kubectl.Stdout, kubectl.Stderr = os.Stdout, os.Stderr
			return kubectl.Run()
		},
	}
}

func kubeconfigCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "kubeconfig",
		Short: "Print the path of the kubeconfig",
		Args:  cobra.NoArgs,
		RunE: func(command *cobra.Command, _ []string) error {
			c, err := running()
			if err != nil {
				return err
			}
			_, err = fmt.Fprintln(command.OutOrStdout(), c.Kubeconfig())
			return err
		},
	}
}

func inCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "in -- COMMAND…",
		Short: "Run a command of this machine in the cluster's namespaces, with its network",
		Args:  cobra.MinimumNArgs(1),
		RunE: func(command *cobra.Command, arguments []string) error {
			c, err := running()
			if err != nil {
				return err
			}
			inside := c.In(command.Context(), arguments[0], arguments[1:]...)
			inside.Stdin, inside.Stdout, inside.Stderr = os.Stdin, os.Stdout, os.Stderr
			err = inside.Run()
			var exit *exec.ExitError
			if errors.As(err, &exit) && exit.Exited() {
				os.Exit(exit.ExitCode()) // the command has said itself what is wrong
			}
			return err
		},
	}
}

func loadCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "load TARBALL…",
		Short: "Load images from files that \"docker save\" or this workshop wrote",
		Args:  cobra.MinimumNArgs(1),
		RunE: func(command *cobra.Command, tarballs []string) error {
			c, err := running()
			if err != nil {
				return err
			}
			return c.Load(command.Context(), tarballs...)
		},
	}
}

// errNotRunning says what to do about it.
var errNotRunning = errors.New("the cluster does not run; start it with \"cluster up\"")

// running returns the cluster if it runs, or else errNotRunning.
func running() (*cluster.Cluster, error) {
	cache, err := build.OpenCache()
	if err != nil {
		return nil, err
	}
	c := cluster.Open(cache)
	runs, err := c.Running()
	if err == nil && !runs {
		err = errNotRunning
	}
	return c, err
}
