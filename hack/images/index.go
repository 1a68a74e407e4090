package images

import (
	"archive/tar"
	"encoding/json"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/empty"
	"github.com/google/go-containerregistry/pkg/v1/layout"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
)

// Index is one image for several platforms.
type Index struct {
	// Ref is the name that it is imported under: host/name:tag.
	Ref string
	// Images are one for each architecture.
	Images []Image
}

// Summary is what is known of an index that was written.
type Summary struct {
	// Ref and Digest name it.
	Ref, Digest string
	// Platforms in the order of the index.
	Platforms []Platform
}

// Platform is what is known of one image of an index.
type Platform struct {
	// Name is linux/amd64.
	Name string
	// Digest of its manifest.
	Digest string
	// Bytes that are transferred for it: its configuration and its layers, compressed.
	Bytes int64
}

// built is an index with its images assembled.
type built struct {
	index  v1.ImageIndex
	images []v1.Image
}

// Write writes an archive that appears under path only when it is complete. It is an OCI image layout, which containerd, podman, skopeo
// and Docker from 25 on import as one image for all platforms; an older Docker finds each platform under a tag of its own, with the
// architecture behind it. Equal images give equal bytes.
// Source: https://github.com/opencontainers/image-spec/blob/main/image-layout.md
func (x Index) Write(path string) (Summary, error) {
	b, err := x.build()
	if err != nil {
		return Summary{}, fmt.Errorf("assembling image %s: %w", x.Ref, err)
	}
	dir, err := os.MkdirTemp(filepath.Dir(path), ".layout-")
	if err != nil {
		return Summary{}, fmt.Errorf("making a folder for image %s: %w", x.Ref, err)
	}
	defer func() { _ = os.RemoveAll(dir) }()
	if err := x.lay(dir, b); err != nil {
		return Summary{}, fmt.Errorf("laying image %s out: %w", x.Ref, err)
	}
	if err := writeWhole(path, func(w io.Writer) error { return archiveFolder(w, dir) }); err != nil {
		return Summary{}, err
	}
	return x.summary(b)
}

func (x Index) summary(b built) (Summary, error) {
	hash, err := b.index.Digest()
	if err != nil {
		return Summary{}, fmt.Errorf("digesting image %s: %w", x.Ref, err)
	}
	s := Summary{Ref: x.Ref, Digest: hash.String()}
	for i, img := range b.images {
		platform, err := describe(img)
		if err != nil {
			return Summary{}, fmt.Errorf("describing image %s: %w", x.Ref, err)
		}
		platform.Name = "linux/" + x.Images[i].Architecture
		s.Platforms = append(s.Platforms, platform)
	}
	return s, nil
}

func describe(img v1.Image) (Platform, error) {
	digest, err := img.Digest()
	if err != nil {
		return Platform{}, err
	}
	manifest, err := img.Manifest()
	if err != nil {
		return Platform{}, err
	}
	platform := Platform{Digest: digest.String(), Bytes: manifest.Config.Size}
	for _, layer := range manifest.Layers {
		platform.Bytes += layer.Size
	}
	return platform, nil
}

func (x Index) build() (built, error) {
	b := built{index: empty.Index}
	for _, image := range x.Images {
		img, err := image.assemble()
		if err != nil {
			return built{}, err
		}
		b.images = append(b.images, img)
		b.index = mutate.AppendManifests(b.index, mutate.IndexAddendum{
			Add: img, Descriptor: v1.Descriptor{Platform: &v1.Platform{OS: "linux", Architecture: image.Architecture}},
		})
	}
	return b, nil
}

// lay writes the layout, and beside it the list that Docker's own archives have.
func (x Index) lay(dir string, b built) error {
	path, err := layout.Write(dir, empty.Index)
	if err != nil {
		return err
	}
	name := map[string]string{
		"io.containerd.image.name":          x.Ref,
		"org.opencontainers.image.ref.name": x.Ref,
	}
	if err := path.AppendIndex(b.index, layout.WithAnnotations(name)); err != nil {
		return err
	}
	type entry struct {
		Config   string
		RepoTags []string
		Layers   []string
	}
	var list []entry
	for i, img := range b.images {
		manifest, err := img.Manifest()
		if err != nil {
			return err
		}
		e := entry{Config: blob(manifest.Config.Digest), RepoTags: []string{x.Ref + "-" + x.Images[i].Architecture}}
		for _, layer := range manifest.Layers {
			e.Layers = append(e.Layers, blob(layer.Digest))
		}
		list = append(list, e)
	}
	encoded, err := json.Marshal(list)
	if err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(dir, "manifest.json"), encoded, 0o600)
}

// blob is the path of a blob in a layout.
func blob(hash v1.Hash) string { return "blobs/" + hash.Algorithm + "/" + hash.Hex }

// archiveFolder writes the files of a folder in the order of their paths, all times being the epoch.
func archiveFolder(w io.Writer, dir string) error {
	archive := tar.NewWriter(w)
	err := filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		name, err := filepath.Rel(dir, path)
		if err != nil {
			return err
		}
		content, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		header := &tar.Header{Name: filepath.ToSlash(name), Mode: 0o644, Size: int64(len(content)), ModTime: time.Unix(0, 0)}
		if err := archive.WriteHeader(header); err != nil {
			return err
		}
		_, err = archive.Write(content)
		return err
	})
	if err != nil {
		return err
	}
	return archive.Close()
}
