package cluster

import (
	"context"
	"errors"
	"time"

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

// parts are the paths of what the cluster is made of; containerd is a folder, images are tarballs.
type parts struct {
	kube, containerd, box string
	images                []string
}

// Up brings the cluster up, building first what is not in the builder's cache, and returns when the node is ready and DNS answers (or, without a
// node, when the API server is ready). A cluster that runs already is returned as it is, even if it was built from something else. Up
// needs root, installs missing system packages with apt-get, and reports to the builder's Progress.
func Up(ctx context.Context, builder *build.Builder, options Options) (*Cluster, error) {
	c := Open(builder.Cache())
	p := builder.Progress()
	err := p.Step("checking what the machine has", func(step *progress.Step) error {
		return prepareMachine(ctx, step, builder.Cache().Dir(), options)
	})
	if err != nil {
		return nil, err
	}
	made, err := makeParts(ctx, builder, options)
	if err != nil {
		return nil, err
	}
	release, err := builder.Cache().Lock(ctx, "cluster") // two commands must not start one cluster
	if err != nil {
		return nil, err
	}
	defer release()
	since := time.Now()
	err = p.Step("starting the control plane", func(step *progress.Step) error {
		since, err = c.startControlPlane(ctx, step, made, options)
		return err
	})
	if err != nil || options.ControlPlaneOnly {
		return c, err
	}
	return c, p.Step("starting the node and DNS", func(step *progress.Step) error {
		return c.startNode(ctx, step, made, since)
	})
}

// makeParts builds what the options need.
func makeParts(ctx context.Context, builder *build.Builder, options Options) (made parts, err error) {
	if made.kube, err = builder.Kube(ctx); err != nil {
		return made, err
	}
	if made.box, err = builder.Box(ctx); err != nil || options.ControlPlaneOnly {
		return made, err
	}
	if made.containerd, err = builder.Containerd(ctx); err != nil {
		return made, err
	}
	maker := images.New(builder)
	for _, image := range []func(context.Context) (images.Archive, error){maker.Pause, maker.CoreDNS} {
		archive, err := image(ctx)
		if err != nil {
			return made, err
		}
		made.images = append(made.images, archive.Path)
	}
	return made, nil
}

// startControlPlane starts the box unless it runs, and waits for the API server. It returns when the box was started; of one that runs already, that
// does not matter.
func (c *Cluster) startControlPlane(ctx context.Context, step *progress.Step, made parts, options Options) (time.Time, error) {
	running, err := c.Running()
	if err != nil {
		return time.Time{}, err
	}
	if running {
		step.Note("already running")
		return time.Time{}, c.mustMatch(options)
	}
	if err := c.writeState(made, options); err != nil {
		return time.Time{}, err
	}
	since := time.Now()
	return since, c.start(ctx, step, options)
}

// mustMatch refuses to hand out a running cluster that lacks a node that is asked for.
func (c *Cluster) mustMatch(options Options) error {
	hasNode, err := c.hasNode()
	if err == nil && !hasNode && !options.ControlPlaneOnly {
		err = errors.New("the cluster runs without a node; run \"cluster down\" first")
	}
	return err
}

// startNode loads the images that every Pod needs, starts DNS, and waits for both the node and DNS.
func (c *Cluster) startNode(ctx context.Context, step *progress.Step, made parts, since time.Time) error {
	step.Status("loading images")
	if err := c.Load(ctx, made.images...); err != nil {
		return err
	}
	if err := c.run(c.Kubectl(ctx, "apply", "--server-side", "--force-conflicts", "--filename=-"), coreDNS); err != nil {
		return err
	}
	step.Status("waiting for the node")
	if err := c.awaitNode(ctx, since); err != nil {
		return err
	}
	step.Status("waiting for DNS")
	// After a restart the Deployment may speak of the past for a moment, but its Pods do not.
	for _, wait := range [][]string{
		{"rollout", "status", "deployment/coredns"},
		{"wait", "pod", "--for=condition=Ready", "--selector=k8s-app=kube-dns"},
	} {
		if err := c.run(c.Kubectl(ctx, append(wait, "--namespace=kube-system", "--timeout=60s")...), nil); err != nil {
			return err
		}
	}
	return nil
}
