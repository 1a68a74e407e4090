package images

import (
	"context"
	"fmt"
	"path/filepath"

	v1 "github.com/google/go-containerregistry/pkg/v1"

	"github.com/fairlead-dev/fairlead/hack/build"
	"github.com/fairlead-dev/fairlead/hack/progress"
)

// nonrootHome is the home of the user that the product runs as.
const nonrootHome = "/home/nonroot"

// Release says which image is made.
type Release struct {
	// Repository and Version are the image's name and tag.
	Repository, Version string
	// Revision is the commit that it is made from; empty where nobody knows.
	Revision string
	// Architectures that it is made for.
	Architectures []string
}

// Release makes the image of the product for several architectures, in one archive at path. The same source, and the same Go, give the
// same bytes.
func (m *Maker) Release(ctx context.Context, r Release, path string) (Summary, error) {
	index := Index{Ref: r.Repository + ":" + r.Version}
	for _, architecture := range r.Architectures {
		program := fairlead()
		program.LinkerFlags = []string{"-X", "main.version=" + r.Version}
		program.Environment = []string{"GOOS=linux", "GOARCH=" + architecture}
		dir, err := m.builder.Build(ctx, program)
		if err != nil {
			return Summary{}, err
		}
		image, err := product(ctx, index.Ref, filepath.Join(dir, program.Name))
		if err != nil {
			return Summary{}, fmt.Errorf("making the image for %s: %w", architecture, err)
		}
		image.Architecture, image.Tight, image.Config.Labels = architecture, true, r.labels()
		index.Images = append(index.Images, image)
	}
	return index.Write(path)
}

// labels are those of https://github.com/opencontainers/image-spec/blob/main/annotations.md
func (r Release) labels() map[string]string {
	labels := map[string]string{
		"org.opencontainers.image.title":       "Fairlead",
		"org.opencontainers.image.description": "Operator and gateway of the model gateway stack",
		"org.opencontainers.image.source":      "https://github.com/fairlead-dev/fairlead",
		"org.opencontainers.image.licenses":    "Apache-2.0",
		"org.opencontainers.image.version":     r.Version,
	}
	if r.Revision != "" {
		labels["org.opencontainers.image.revision"] = r.Revision
	}
	return labels
}

// product is the image of the product's binary, with what the Dockerfile's base has: authorities, time zones and an unprivileged user.
func product(ctx context.Context, ref, binary string) (Image, error) {
	tree := NewTree()
	tree.accounts(account{name: "nonroot", id: nonroot, home: nonrootHome})
	tree.Directory(nonrootHome, 0o700, nonroot)
	tree.certificates()
	if err := tree.zones(ctx); err != nil {
		return Image{}, err
	}
	if err := tree.CopyFile("/fairlead", executable, binary); err != nil {
		return Image{}, err
	}
	config := v1.Config{User: "65532:65532", Entrypoint: []string{"/fairlead"}, WorkingDir: nonrootHome}
	return Image{Ref: ref, Config: config, Tree: tree}, nil
}

// Fairlead makes the image of the product, localhost/fairlead. Its tag is a digest of what it is made from, so that a cluster
// which runs an older one replaces its Pods.
func (m *Maker) Fairlead(ctx context.Context) (Archive, error) {
	dir, err := m.builder.Build(ctx, fairlead())
	if err != nil {
		return Archive{}, err
	}
	ref, binary := "localhost/fairlead:"+filepath.Base(dir), filepath.Join(dir, "fairlead")
	key := build.NewKey().Tree(dir, "fairlead")
	return m.archive(ctx, "fairlead", ref, key, func(*progress.Step) (Image, error) { return product(ctx, ref, binary) })
}

// FairleadProgram builds the product's binary and returns its path.
func (m *Maker) FairleadProgram(ctx context.Context) (string, error) {
	program := fairlead()
	dir, err := m.builder.Build(ctx, program)
	return filepath.Join(dir, program.Name), err
}

// fairlead is the product's binary.
func fairlead() build.Program {
	return build.Program{
		Name: "fairlead", Module: ".", Packages: []string{"."},
		Sources: []string{"main.go", "api", "config/crd", "controllers", "gateway"},
		// A person who sees it knows that it is no release.
		LinkerFlags: []string{"-X", "main.version=dev"},
	}
}
