package demo

import (
	"context"
	"fmt"
	"os"

	"github.com/fairlead-dev/fairlead/hack/build"
	"github.com/fairlead-dev/fairlead/hack/cluster"
	"github.com/fairlead-dev/fairlead/hack/images"
	"github.com/fairlead-dev/fairlead/hack/progress"
	"github.com/fairlead-dev/fairlead/hack/stack"
)

// Box is the project's own cluster, with images that were built here.
type Box struct {
	// Builder builds the cluster and the images.
	Builder *build.Builder

	cluster *cluster.Cluster
	images  boxImages
}

// boxImages are the names of the images in the cluster.
type boxImages struct{ fairlead, ollama, redis, postgres, models string }

// Prepare brings the cluster up, makes the images and loads them, and runs the mirror that models are pulled from.
func (b *Box) Prepare(ctx context.Context, p *progress.Progress) error {
	archives, err := b.makeImages(ctx)
	if err != nil {
		return err
	}
	if b.cluster, err = cluster.Up(ctx, b.Builder, cluster.Options{}); err != nil {
		return err
	}
	if err := p.Step("loading the images into the cluster", func(*progress.Step) error { return b.cluster.Load(ctx, archives...) }); err != nil {
		return err
	}
	return p.Step("running a model registry in the cluster", func(*progress.Step) error { return b.runMirror(ctx) })
}

// makeImages makes the images of the stack and returns their archives.
func (b *Box) makeImages(ctx context.Context) ([]string, error) {
	maker := images.New(b.Builder)
	var archives []string
	for _, image := range []struct {
		make func(context.Context) (images.Archive, error)
		name *string
	}{
		{maker.Fairlead, &b.images.fairlead},
		{maker.Ollama, &b.images.ollama},
		{maker.Redis, &b.images.redis},
		{maker.Postgres, &b.images.postgres},
		{maker.Registry, &b.images.models},
	} {
		archive, err := image.make(ctx)
		if err != nil {
			return nil, err
		}
		*image.name = archive.Ref
		archives = append(archives, archive.Path)
	}
	return archives, nil
}

// runMirror applies the mirror's manifest and waits for it.
func (b *Box) runMirror(ctx context.Context) error {
	manifest, err := os.ReadFile(b.Builder.Root() + "/hack/demo/mirror.yaml")
	if err != nil {
		return fmt.Errorf("reading the mirror's manifest: %w", err)
	}
	filled := os.Expand(string(manifest), func(string) string { return b.images.models })
	tools := Tools{Kubectl: b.Kubectl(), Kubeconfig: b.Kubeconfig()}
	if _, err := tools.kubectl(ctx, []byte(filled), "apply", "-f", "-"); err != nil {
		return err
	}
	_, err = tools.kubectl(ctx, nil, "rollout", "status", "-n", "fairlead-mirror", "deployment/models", "--timeout=2m")
	return err
}

// Kubeconfig is the path of the cluster's kubeconfig.
func (b *Box) Kubeconfig() string { return cluster.Open(b.Builder.Cache()).Kubeconfig() }

// Kubectl is the path of the cluster's own kubectl.
func (b *Box) Kubectl() string { return cluster.Open(b.Builder.Cache()).Program("kubectl") }

// Values name the images that were built here.
func (b *Box) Values() []string {
	repository, tag := splitImage(b.images.fairlead)
	return []string{
		"image.repository=" + repository, "image.tag=" + tag, "image.pullPolicy=IfNotPresent",
		"images.ollama=" + b.images.ollama, "images.redis=" + b.images.redis, "images.postgres=" + b.images.postgres,
	}
}

// Samples are the samples with the mirror added.
func (b *Box) Samples() string { return "hack/demo/stack" }

// Reach dials from inside the cluster's network.
func (b *Box) Reach(context.Context) (stack.Dial, error) {
	pid, err := b.cluster.NetworkProcess()
	if err != nil {
		return nil, err
	}
	return stack.InNamespace(pid, cluster.DNS), nil
}

// Hints tell how to use the cluster from a shell.
func (b *Box) Hints() []string {
	return []string{
		"  export KUBECONFIG=" + b.Kubeconfig(),
		"  alias kubectl=" + b.Kubectl() + "   # where there is none",
		"  make demo-down   # takes it all away; what was built stays cached",
	}
}

// Close does nothing: the cluster stays.
func (b *Box) Close() {}
