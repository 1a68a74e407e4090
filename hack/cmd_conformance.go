package main

import (
	"os"

	"github.com/spf13/cobra"

	"github.com/fairlead-dev/fairlead/hack/conformance"
	"github.com/fairlead-dev/fairlead/hack/images"
)

func conformanceCommand() *cobra.Command {
	options := conformance.Options{Out: os.Stdout}
	var list bool
	c := &cobra.Command{
		Use:   "conformance",
		Short: "Run the clients that applications use against the gateway, with strict fake providers behind it",
		Long: `Run the clients that applications use against the gateway, with strict fake providers behind it, and print a table client × feature.

A cell is PASS when it passed with every provider that it makes sense with, and – where the client has no such feature. What cannot be
installed for a reason outside of this project is SKIP. Everything is installed into the cache of builds.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if list {
				return conformance.List(os.Stdout)
			}
			builder, err := newBuilder(conformance.Steps(options))
			if err != nil {
				return err
			}
			if options.Fairlead, err = images.New(builder).FairleadProgram(cmd.Context()); err != nil {
				return err
			}
			return conformance.Run(cmd.Context(), builder, options)
		},
	}
	flags := c.Flags()
	flags.StringSliceVar(&options.Clients, "only", nil, "clients whose name contains one of these")
	flags.StringSliceVar(&options.Features, "feature", nil, "features whose name contains one of these")
	flags.StringSliceVar(&options.Providers, "provider", nil, "providers whose name contains one of these")
	flags.BoolVar(&list, "list", false, "print the clients and features, and run nothing")
	return c
}
