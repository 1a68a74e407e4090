// Command fairlead is the operator and the gateway of the model gateway stack, in one binary.
package main

import (
	"fmt"
	"os"
	"runtime/debug"

	"github.com/spf13/cobra"

	operator "github.com/fairlead-dev/fairlead/controllers/command"
	gateway "github.com/fairlead-dev/fairlead/gateway/command"
)

// version is set by the linker.
var version string

func main() {
	v := released()
	root := &cobra.Command{
		Use:           "fairlead",
		Short:         "One OpenAI-compatible endpoint for every model, on Kubernetes and without",
		Version:       v,
		SilenceUsage:  true,
		SilenceErrors: true,
	}
	root.AddCommand(
		operator.NewCommand(v), operator.NewStackCommand(), operator.NewCheckCommand(),
		gateway.NewGatewayCommand(v), gateway.NewRunCommand(v), gateway.NewExplainCommand(),
	)
	if err := root.Execute(); err != nil {
		fmt.Fprintln(os.Stderr, "fairlead:", err)
		os.Exit(1)
	}
}

// released is the version that the linker was given, or what Go knows of a binary that was built without one.
func released() string {
	if info, ok := debug.ReadBuildInfo(); ok && version == "" {
		return info.Main.Version
	}
	return version
}
