package main

import (
	"context"
	"os"

	"github.com/fairlead-dev/fairlead/hack/build"
	"github.com/fairlead-dev/fairlead/hack/cluster"
	"github.com/fairlead-dev/fairlead/hack/images"
	"github.com/fairlead-dev/fairlead/hack/stack"
)

// demoed is the project's own cluster with the demo on it.
type demoed struct {
	cluster *cluster.Cluster
	stack   *stack.Stack
	// upstream is the image of the fake upstream, which is in the cluster.
	upstream string
	// helm is the program, values are what the chart was installed with.
	helm   string
	values []string
}

// runDemo runs the demo, which leaves the stack as it should be, and loads the fake upstream's image.
func runDemo(ctx context.Context) (*demoed, error) {
	d, err := newDemo(ctx, "box")
	if err != nil {
		return nil, err
	}
	d.Out = os.Stderr
	if err := d.Run(ctx); err != nil {
		return nil, err
	}
	ran := &demoed{helm: d.Tools.Helm, values: d.Values()}
	if ran.cluster, err = openCluster(); err != nil {
		return nil, err
	}
	builder, err := newBuilder(2)
	if err != nil {
		return nil, err
	}
	archive, err := images.New(builder).Upstream(ctx)
	if err != nil {
		return nil, err
	}
	if err := ran.cluster.Load(ctx, archive.Path); err != nil {
		return nil, err
	}
	ran.upstream = archive.Ref
	pid, err := ran.cluster.NetworkProcess()
	if err != nil {
		return nil, err
	}
	ran.stack, err = stack.Connect(ran.cluster.Kubeconfig(), stack.InNamespace(pid, cluster.DNS))
	return ran, err
}

// openCluster is the project's own cluster, running or not.
func openCluster() (*cluster.Cluster, error) {
	cache, err := build.OpenCache()
	if err != nil {
		return nil, err
	}
	return cluster.Open(cache), nil
}
