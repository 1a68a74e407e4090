// Command hack is the workshop of the project: it brings up a local Kubernetes cluster, finds test assets, and runs what the Makefile offers.
// Run it as "go -C hack run . COMMAND".
package main

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"syscall"

	"github.com/go-logr/logr"
	"github.com/spf13/cobra"
	ctrllog "sigs.k8s.io/controller-runtime/pkg/log"

	"github.com/fairlead-dev/fairlead/hack/build"
	"github.com/fairlead-dev/fairlead/hack/progress"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	ctrllog.SetLogger(logr.Discard()) // what a person is told is progress, not a log
	root := &cobra.Command{
		Use:           "hack",
		Short:         "The workshop of Fairlead",
		SilenceUsage:  true,
		SilenceErrors: true,
	}
	root.AddCommand(clusterCommand(), assetsCommand(), demoCommand(), e2eCommand(), benchCommand(), conformanceCommand(), imageCommand())
	if err := root.ExecuteContext(ctx); err != nil {
		fmt.Fprintf(os.Stderr, "Error: %v\n", err)
		os.Exit(1)
	}
}

// newBuilder returns a Builder for this repository and the user's cache that announces a number of steps on standard error.
func newBuilder(steps int) (*build.Builder, error) {
	cache, err := build.OpenCache()
	if err != nil {
		return nil, err
	}
	root, err := build.Root()
	if err != nil {
		return nil, err
	}
	return build.New(cache, root, progress.New(os.Stderr, steps)), nil
}
