package cluster

import (
	"context"
	"errors"
	"fmt"
	"os"

	"github.com/fairlead-dev/fairlead/hack/build"
	"github.com/fairlead-dev/fairlead/hack/images"
	"github.com/fairlead-dev/fairlead/hack/progress"
)

// Steps is how many steps Up adds to a Progress, for the total of a command that may do more than that.
func Steps(options Options) int {
	if options.ControlPlaneOnly {
		return 4
	}
	return 10
}

// DefaultPort is where the API server is found on the loopback interface unless the port is taken.
const DefaultPort = 16443

// Options of Up.
type Options struct {
	// Port of the API server on 127.0.0.1. If it is 0, DefaultPort is used, or any free port where that one is taken.
	Port int
	// ControlPlaneOnly leaves out the node: objects can be stored, and controllers act on them, but no Pod runs.
	ControlPlaneOnly bool
}

// binaries are the paths of what the cluster runs; containerd is a folder.
type binaries struct{ kube, containerd, box string }

// Up brings the cluster up, building first what is not in the builder's cache, and returns when the node is ready and DNS answers (or, without a
// node, when the API server is ready). A cluster that runs already is returned as it is. Up needs root, installs missing system
// packages with apt-get, and reports to the builder's Progress.
func Up(ctx context.Context, builder *build.Builder, options Options) (*Cluster, error) {
	c := Open(builder.Cache())
	p := builder.Progress()
	err := p.Step("checking what the machine has", func(step *progress.Step) error {
		return prepareMachine(ctx, step, builder.Cache().Dir(), options)
	})
	if err != nil {
		return nil, err
	}
	binaries, err := buildAll(ctx, builder, options)
	if err != nil {
		return nil, err
	}
	if err := c.startControlPlane(ctx, p, binaries, options); err != nil {
		return nil, err
	}
	if options.ControlPlaneOnly {
		return c, nil
	}
	return c, c.startNode(ctx, builder)
}

// buildAll builds the programs that the options need.
func buildAll(ctx context.Context, builder *build.Builder, options Options) (b binaries, err error) {
	if b.kube, err = builder.Kube(ctx); err != nil {
		return b, err
	}
	if b.box, err = builder.Box(ctx); err != nil || options.ControlPlaneOnly {
		return b, err
	}
	b.containerd, err = builder.Containerd(ctx)
	return b, err
}

// startControlPlane starts the box unless it runs, and waits for the API server.
func (c *Cluster) startControlPlane(ctx context.Context, p *progress.Progress, b binaries, options Options) error {
	return p.Step("starting the control plane", func(step *progress.Step) error {
		running, err := c.Running()
		if err != nil {
			return err
		}
		if running {
			step.Note("already running")
			return c.mustMatch(options)
		}
		if err := c.writeState(b, options); err != nil {
			return err
		}
		return c.start(ctx, step, options)
	})
}

// mustMatch refuses to hand out a running cluster that lacks a node that is asked for.
func (c *Cluster) mustMatch(options Options) error {
	hasNode, err := c.HasNode()
	if err == nil && !hasNode && !options.ControlPlaneOnly {
		err = errors.New("the cluster runs without a node; run \"cluster down\" first")
	}
	return err
}

// startNode loads the images that every Pod needs, waits for the node, and starts DNS.
func (c *Cluster) startNode(ctx context.Context, builder *build.Builder) error {
	var tarballs []string
	maker := images.New(builder)
	for _, image := range []func(context.Context) (images.Archive, error){maker.Pause, maker.CoreDNS} {
		archive, err := image(ctx)
		if err != nil {
			return err
		}
		tarballs = append(tarballs, archive.Path)
	}
	return builder.Progress().Step("starting the node and DNS", func(step *progress.Step) error {
		if err := c.Load(ctx, tarballs...); err != nil {
			return err
		}
		step.Status("waiting for the node")
		if err := c.run(c.Kubectl(ctx, "apply", "--server-side", "--force-conflicts", "-f", "-"), coreDNS); err != nil {
			return err
		}
		for _, wait := range [][]string{
			{"wait", "--for=create", "--timeout=60s", "node/" + nodeName},
			{"wait", "--for=condition=Ready", "--timeout=60s", "node/" + nodeName},
			{"rollout", "status", "--timeout=60s", "--namespace=kube-system", "deployment/coredns"},
		} {
			if err := c.run(c.Kubectl(ctx, wait...), nil); err != nil {
				return fmt.Errorf("%w\nthe last lines of the kubelet:\n%s", err, c.tail("kubelet", 5))
			}
		}
		return nil
	})
}

// writeKubeconfig writes the kubeconfig for use on the host.
func (c *Cluster) writeKubeconfig(port int) error {
	content, err := adminKubeconfig(c.state, port)
	if err != nil {
		return err
	}
	if err := os.WriteFile(c.Kubeconfig(), content, 0o600); err != nil {
		return fmt.Errorf("writing the kubeconfig: %w", err)
	}
	return nil
}
