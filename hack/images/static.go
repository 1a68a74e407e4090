package images

import (
	"context"
	"path/filepath"

	v1 "github.com/google/go-containerregistry/pkg/v1"

	"github.com/fairlead-dev/fairlead/hack/build"
	"github.com/fairlead-dev/fairlead/hack/progress"
)

// nonroot is the user of images that hold one static program.
const nonroot = 65532

// Registry makes the image of the model registry, localhost/fairlead-registry.
// It listens on port 5000 and has the models of package models.
func (m *Maker) Registry(ctx context.Context) (Archive, error) {
	return m.program(ctx, "localhost/fairlead-registry", build.Program{
		Name: "fairlead-registry", Module: "hack", Packages: []string{"./registry/fairlead-registry"},
		Sources: []string{"registry", "models"},
	})
}

// Upstream makes the image of the fake upstream, localhost/fairlead-upstream. It listens on port 8080.
func (m *Maker) Upstream(ctx context.Context) (Archive, error) {
	return m.program(ctx, "localhost/fairlead-upstream", build.Program{
		Name: "fairlead-upstream", Module: "hack", Packages: []string{"./upstream/fairlead-upstream"}, Sources: []string{"upstream"},
	})
}

// Pause makes the image that holds a pod's namespaces open, localhost/pause:1: the name that containerd is configured with.
func (m *Maker) Pause(ctx context.Context) (Archive, error) {
	dir, err := m.builder.Build(ctx, build.Program{
		Name: "pause", Module: "hack", Packages: []string{"./images/pause"}, Sources: []string{"images/pause"},
	})
	if err != nil {
		return Archive{}, err
	}
	return m.static(ctx, "localhost/pause:1", filepath.Join(dir, "pause"))
}

// CoreDNS makes the image of the cluster's DNS server, localhost/coredns:1.
func (m *Maker) CoreDNS(ctx context.Context) (Archive, error) {
	binary, err := m.builder.CoreDNS(ctx)
	if err != nil {
		return Archive{}, err
	}
	return m.static(ctx, "localhost/coredns:1", binary)
}

// program builds a program and makes an image of it, tagged with the digest of what it was built from.
func (m *Maker) program(ctx context.Context, repository string, p build.Program) (Archive, error) {
	dir, err := m.builder.Build(ctx, p)
	if err != nil {
		return Archive{}, err
	}
	return m.static(ctx, repository+":"+filepath.Base(dir), filepath.Join(dir, p.Name))
}

// static makes an image of one static binary, which is its entry point.
func (m *Maker) static(ctx context.Context, ref, binary string) (Archive, error) {
	name := filepath.Base(binary)
	key := build.NewKey().Tree(filepath.Dir(binary), name)
	return m.archive(ctx, name, ref, key, func(*progress.Step) (Image, error) {
		return Static(ref, binary)
	})
}

// Static returns an image of one static binary, run by an unprivileged user as
// its entry point.
func Static(ref, binary string) (Image, error) {
	name := "/" + filepath.Base(binary)
	tree := NewTree()
	tree.accounts(account{name: "nonroot", id: nonroot, home: "/"})
	if err := tree.CopyFile(name, executable, binary); err != nil {
		return Image{}, err
	}
	config := v1.Config{User: "65532:65532", Entrypoint: []string{name}, WorkingDir: "/"}
	return Image{Ref: ref, Config: config, Tree: tree}, nil
}
