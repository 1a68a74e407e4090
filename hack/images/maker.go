package images

import (
	"context"
	"fmt"
	"path/filepath"

	"github.com/fairlead-dev/fairlead/hack/build"
	"github.com/fairlead-dev/fairlead/hack/progress"
)

// Archive is an image that lies on disk, ready to be imported.
type Archive struct {
	// Ref is the name that it is imported under.
	Ref string
	// Path is the tarball.
	Path string
}

// Maker makes the images that the local cluster runs, each once: the tarballs
// are kept in the builder's cache under a hash of what they are made from.
type Maker struct {
	builder *build.Builder
}

// New returns a Maker that builds programs with b and reports to its progress.
func New(b *build.Builder) *Maker { return &Maker{builder: b} }

// archive returns the archive called name, which draw assembles unless the cache
// has it. Whatever decides the image's content has to be in key, but for the code
// of this package, which always counts.
func (m *Maker) archive(ctx context.Context, name, ref string, key *build.Key, draw func(*progress.Step) (Image, error)) (Archive, error) {
	archive := Archive{Ref: ref}
	err := m.builder.Progress().Step("image "+ref, func(step *progress.Step) error {
		key.Text(ref).Tree(m.builder.Root(), "hack/images")
		dir, cached, err := m.builder.Cache().Entry(ctx, "image-"+name, key, func(dir string) error {
			image, err := draw(step)
			if err != nil {
				return err
			}
			return image.Write(filepath.Join(dir, archiveName))
		})
		if cached {
			step.Note("cached")
		}
		archive.Path = filepath.Join(dir, archiveName)
		return err
	})
	if err != nil {
		return Archive{}, fmt.Errorf("making image %s: %w", ref, err)
	}
	return archive, nil
}

const archiveName = "image.tar"
