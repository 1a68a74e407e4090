// Package images makes the container images of the local cluster without a
// container engine and without a registry: tarballs that "ctr images import" and
// "docker load" accept, out of static binaries, of the libraries that a dynamic
// one links, and of Debian packages. The same input gives the same bytes.
package images

import (
	"bytes"
	"cmp"
	"compress/gzip"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"time"

	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/empty"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/tarball"
)

// defaultPath is the search path of images that do not set their own.
const defaultPath = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

// Image is an image of one layer.
type Image struct {
	// Ref is the name that it is imported under: host/name:tag.
	Ref string
	// Config is how a container is run. Without Env it gets the usual PATH.
	Config v1.Config
	// Tree is what it contains.
	Tree *Tree
	// Architecture that it runs on, by Go's name; that of this program when empty.
	Architecture string
	// Tight packs the layer as small as possible, for images that travel over networks.
	Tight bool
}

// Write writes the image as a tarball that appears under path only when it is
// complete.
func (i Image) Write(path string) error {
	ref, err := name.NewTag(i.Ref)
	if err != nil {
		return fmt.Errorf("naming an image: %w", err)
	}
	img, err := i.assemble()
	if err != nil {
		return fmt.Errorf("assembling image %s: %w", i.Ref, err)
	}
	return writeWhole(path, func(w io.Writer) error { return tarball.Write(ref, img, w) })
}

// writeWhole makes a file that appears under path, readable for all, only when it is complete.
func writeWhole(path string, write func(io.Writer) error) error {
	partial, err := os.CreateTemp(filepath.Dir(path), ".image-")
	if err != nil {
		return fmt.Errorf("making an archive: %w", err)
	}
	defer func() { _ = os.Remove(partial.Name()) }() // gone already when all went well
	err = write(partial)
	if closed := partial.Close(); err == nil {
		err = closed
	}
	if err != nil {
		return fmt.Errorf("writing archive %s: %w", path, err)
	}
	if err := os.Chmod(partial.Name(), 0o644); err != nil { // temporary files are their owner's alone
		return fmt.Errorf("opening archive %s to readers: %w", path, err)
	}
	if err := os.Rename(partial.Name(), path); err != nil {
		return fmt.Errorf("putting archive %s in place: %w", path, err)
	}
	return nil
}

// assemble joins layer and configuration. The platform has to be in the latter:
// containerd passes over images of another platform than the node's.
func (i Image) assemble() (v1.Image, error) {
	var layer bytes.Buffer
	if err := i.Tree.WriteTar(&layer); err != nil {
		return nil, err
	}
	open := func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(layer.Bytes())), nil }
	level := gzip.BestSpeed
	if i.Tight {
		level = gzip.BestCompression
	}
	l, err := tarball.LayerFromOpener(open, tarball.WithCompressionLevel(level))
	if err != nil {
		return nil, fmt.Errorf("packing the layer: %w", err)
	}
	img, err := mutate.AppendLayers(empty.Image, l)
	if err != nil {
		return nil, fmt.Errorf("adding the layer: %w", err)
	}
	file, err := img.ConfigFile()
	if err != nil {
		return nil, fmt.Errorf("reading the configuration: %w", err)
	}
	file = file.DeepCopy()
	file.OS, file.Architecture = "linux", cmp.Or(i.Architecture, runtime.GOARCH)
	file.Created = v1.Time{Time: time.Unix(0, 0).UTC()}
	file.Config = i.Config
	if len(file.Config.Env) == 0 {
		file.Config.Env = []string{defaultPath}
	}
	return mutate.ConfigFile(img, file)
}
