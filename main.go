// Command fairlead is the operator and the gateway of the model gateway stack, in one binary.
package main

import (
	"fmt"
	"os"
	"runtime/debug"

	"github.com/spf13/cobra"

	"github.com/fairlead-dev/fairlead/gateway/command"
)

// version is set by the linker.
var version string

func main() {
	root := &cobra.Command{
		Use:           "fairlead",
		Short:         "One OpenAI-compatible endpoint for every model, on Kubernetes and without",
		Version:       released(),
		SilenceUsage:  true,
		SilenceErrors: true,
	}
	root.SetVersionTemplate("fairlead {{.Version}}\n")
	root.AddCommand(command.NewGatewayCommand(released()), command.NewRunCommand(released()))
	if err := root.Execute(); err != nil {
		fmt.Fprintln(os.Stderr, "fairlead:", err)
		os.Exit(1)
	}
}

// released is the version that the linker was given, or what Go itself knows of a binary that was built without.
func released() string {
	if version != "" {
		return version
	}
	if info, ok := debug.ReadBuildInfo(); ok && info.Main.Version != "" {
		return info.Main.Version
	}
	return "(unknown)"
}
