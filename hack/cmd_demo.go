package main

import (
	"context"
	"os"

	"github.com/spf13/cobra"

	"github.com/fairlead-dev/fairlead/hack/demo"
)

// flowSteps is how many steps the demo has after its site is prepared.
const flowSteps = 5

func demoCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "demo",
		Short: "Install Fairlead on a real cluster, ask two models, change an alias under load",
		Long: `Install Fairlead on a real cluster, apply the samples, ask two models, and change an alias while requests are running.

CLUSTER chooses the cluster:
  box      (the default) one that is built and run here, without a container engine; needs root
  current  the one of the current kubeconfig, with the public images and real models
  kind     one that kind makes, where a Docker daemon answers

With current and kind, HELM_SET holds further values for the chart (key=value key=value) and SAMPLES another folder to apply.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			d, err := newDemo(cmd.Context(), os.Getenv("CLUSTER"))
			if err != nil {
				return err
			}
			return d.Run(cmd.Context())
		},
	}
}

// newDemo returns the demo on the cluster that was asked for, with the tools that it needs.
func newDemo(ctx context.Context, cluster string) (*demo.Demo, error) {
	builder, err := newBuilder(demo.Steps(cluster) + flowSteps)
	if err != nil {
		return nil, err
	}
	site, err := demo.NewSite(ctx, cluster, builder)
	if err != nil {
		return nil, err
	}
	helm, err := builder.Helm(ctx)
	if err != nil {
		return nil, err
	}
	kubectl := "kubectl"
	if box, ok := site.(*demo.Box); ok {
		kubectl = box.Kubectl()
	}
	return &demo.Demo{
		Root: builder.Root(), Site: site, Progress: builder.Progress(), Out: os.Stdout,
		Tools: demo.Tools{Kubectl: kubectl, Helm: helm, Kubeconfig: site.Kubeconfig()},
	}, nil
}
