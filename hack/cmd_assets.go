package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/fairlead-dev/fairlead/hack/envtest"
)

// assetsCommand returns "envtest-assets".
func assetsCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "envtest-assets",
		Short: "Print a directory with etcd, kube-apiserver and kubectl, for KUBEBUILDER_ASSETS",
		Long: `Prints the path of a directory that holds etcd, kube-apiserver and kubectl: that of $KUBEBUILDER_ASSETS if it has them; or else what
controller-runtime publishes, if it can be downloaded within seconds; or else programs built from source, which takes minutes the first
time and no time afterwards. It needs no root.`,
		Args: cobra.NoArgs,
		RunE: func(command *cobra.Command, _ []string) error {
			builder, err := newBuilder(2)
			if err != nil {
				return err
			}
			dir, err := envtest.Assets(command.Context(), builder)
			if err != nil {
				return err
			}
			_, err = fmt.Fprintln(command.OutOrStdout(), dir)
			return err
		},
	}
}
