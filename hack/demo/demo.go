package demo

import (
	"context"
	"fmt"
	"io"

	"github.com/fairlead-dev/fairlead/hack/progress"
	"github.com/fairlead-dev/fairlead/hack/stack"
)

// Site is a cluster that the demo runs on.
type Site interface {
	// Prepare brings the cluster up and everything into it that has to be there before the chart. It adds its own steps.
	Prepare(ctx context.Context, p *progress.Progress) error
	// Kubeconfig is the path of the cluster's kubeconfig.
	Kubeconfig() string
	// Values are the chart's values, as `helm --set` takes them, that this cluster needs.
	Values() []string
	// Samples is the folder to apply, relative to the root of the repository.
	Samples() string
	// Reach returns what dials addresses of the cluster, once the gateway is there.
	Reach(ctx context.Context) (stack.Dial, error)
	// Hints tell a person how to talk to the cluster.
	Hints() []string
	// Close ends what Reach began. The cluster stays.
	Close()
}

// Demo is one run.
type Demo struct {
	// Root of the repository.
	Root string
	// Site to run on.
	Site Site
	// Tools are the programs that a person would use.
	Tools Tools
	// Progress takes the steps, Out what the models say.
	Progress *progress.Progress
	Out      io.Writer

	stack  *stack.Stack
	client *stack.Client
}

// Run runs the demo from the first build to the farewell.
func (d *Demo) Run(ctx context.Context) error {
	defer d.Site.Close()
	if err := d.Site.Prepare(ctx, d.Progress); err != nil {
		return err
	}
	for _, step := range []struct {
		title string
		run   func(context.Context, *progress.Step) error
	}{
		{"installing the chart", d.install},
		{"applying the samples", d.apply},
		{"waiting until both aliases are programmed and ready", d.awaitReady},
		{"asking llama3 and coder through the Service", d.ask},
		{"changing an alias under load", d.change},
	} {
		if err := d.Progress.Step(step.title, func(s *progress.Step) error { return step.run(ctx, s) }); err != nil {
			return fmt.Errorf("%s: %w", step.title, err)
		}
	}
	d.Progress.Summary()
	return d.farewell(ctx)
}
