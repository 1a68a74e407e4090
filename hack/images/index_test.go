package images

import (
	"archive/tar"
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/layout"
	"github.com/google/go-containerregistry/pkg/v1/tarball"
	"github.com/google/go-containerregistry/pkg/v1/validate"
)

// twoPlatforms writes the product's image with two programs that are none.
func twoPlatforms(t *testing.T) (path string, s Summary) {
	t.Helper()
	dir := t.TempDir()
	index := Index{Ref: "example.com/fairlead:1"}
	for _, architecture := range []string{"amd64", "arm64"} {
		binary := filepath.Join(dir, architecture)
		if err := os.WriteFile(binary, []byte("program of "+architecture), 0o700); err != nil {
			t.Fatal(err)
		}
		image, err := product(t.Context(), index.Ref, binary)
		if err != nil {
			t.Fatal(err)
		}
		image.Architecture, image.Tight = architecture, true
		image.Config.Labels = Release{Version: "1"}.labels()
		index.Images = append(index.Images, image)
	}
	path = filepath.Join(dir, "image.tar")
	s, err := index.Write(path)
	if err != nil {
		t.Fatal(err)
	}
	return path, s
}

// unpackArchive unpacks the files of an archive.
func unpackArchive(t *testing.T, path string) (dir string) {
	t.Helper()
	file, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	dir = t.TempDir()
	for archive := tar.NewReader(file); ; {
		header, err := archive.Next()
		if errors.Is(err, io.EOF) {
			return dir
		}
		if err != nil {
			t.Fatal(err)
		}
		content, err := io.ReadAll(archive)
		if err != nil {
			t.Fatal(err)
		}
		target := filepath.Join(dir, header.Name)
		if err := errors.Join(os.MkdirAll(filepath.Dir(target), 0o755), os.WriteFile(target, content, 0o600)); err != nil {
			t.Fatal(err)
		}
	}
}

// TestIndexIsALayout: what reads OCI image layouts finds one image with both platforms, and every digest is right.
func TestIndexIsALayout(t *testing.T) {
	path, summary := twoPlatforms(t)
	root, err := layout.ImageIndexFromPath(unpackArchive(t, path))
	if err != nil {
		t.Fatal(err)
	}
	top, err := root.IndexManifest()
	if err != nil {
		t.Fatal(err)
	}
	if len(top.Manifests) != 1 || top.Manifests[0].Digest.String() != summary.Digest ||
		top.Manifests[0].Annotations["io.containerd.image.name"] != "example.com/fairlead:1" {
		t.Fatalf("the layout has %+v, want one image %s with its name", top.Manifests, summary.Digest)
	}
	index, err := root.ImageIndex(top.Manifests[0].Digest)
	if err != nil {
		t.Fatal(err)
	}
	if err := validate.Index(index); err != nil {
		t.Errorf("the image is not valid: %v", err)
	}
	expectPlatforms(t, index, summary)
}

// expectPlatforms compares the images of an index with what the summary says of them.
func expectPlatforms(t *testing.T, index v1.ImageIndex, summary Summary) {
	t.Helper()
	manifest, err := index.IndexManifest()
	if err != nil {
		t.Fatal(err)
	}
	for i, m := range manifest.Manifests {
		if p := summary.Platforms[i]; m.Platform.String() != p.Name || m.Digest.String() != p.Digest || p.Bytes == 0 {
			t.Errorf("platform %d is %v, and %+v in the summary", i, m, p)
		}
		image, err := index.Image(m.Digest)
		if err != nil {
			t.Fatal(err)
		}
		got, err := image.ConfigFile()
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(m.Platform.Architecture, got.Architecture); diff != "" {
			t.Errorf("architecture (-want +got):\n%s", diff)
		}
		want := v1.Config{
			User: "65532:65532", Entrypoint: []string{"/fairlead"}, WorkingDir: nonrootHome, Env: []string{defaultPath},
			Labels: Release{Version: "1"}.labels(),
		}
		if diff := cmp.Diff(want, got.Config); diff != "" {
			t.Errorf("configuration (-want +got):\n%s", diff)
		}
	}
}

// TestIndexIsADockerArchive: a Docker that reads no layouts finds each platform under a tag of its own.
func TestIndexIsADockerArchive(t *testing.T) {
	path, summary := twoPlatforms(t)
	var list []struct{ RepoTags []string }
	data, err := os.ReadFile(filepath.Join(unpackArchive(t, path), "manifest.json"))
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(data, &list); err != nil || len(list) != 2 {
		t.Fatalf("%v: %s", err, data)
	}
	for i, platform := range summary.Platforms {
		tag, err := name.NewTag(list[i].RepoTags[0])
		if err != nil {
			t.Fatal(err)
		}
		image, err := tarball.ImageFromPath(path, &tag)
		if err != nil {
			t.Fatal(err)
		}
		config, err := image.ConfigFile()
		if err != nil {
			t.Fatal(err)
		}
		if "linux/"+config.Architecture != platform.Name {
			t.Errorf("%s is for %s, want %s", tag, config.Architecture, platform.Name)
		}
	}
}

func TestIndexIsReproducible(t *testing.T) {
	var archives [2][]byte
	for i := range archives {
		path, _ := twoPlatforms(t)
		var err error
		if archives[i], err = os.ReadFile(path); err != nil {
			t.Fatal(err)
		}
	}
	if !bytes.Equal(archives[0], archives[1]) {
		t.Error("the same programs gave two different images")
	}
}

// TestProductHasWhatItsBaseHas: what the Dockerfile's base image brings is there.
func TestProductHasWhatItsBaseHas(t *testing.T) {
	binary := filepath.Join(t.TempDir(), "fairlead")
	if err := os.WriteFile(binary, []byte("program"), 0o700); err != nil {
		t.Fatal(err)
	}
	image, err := product(t.Context(), "localhost/fairlead:1", binary)
	if err != nil {
		t.Fatal(err)
	}
	files := list(t, image.Tree)
	for i, line := range files {
		fields := strings.Fields(line)
		files[i] = strings.Join(fields[:min(3, len(fields))], " ") // without the content
	}
	for _, want := range []string{
		"etc/ssl/certs/ca-certificates.crt 644 0", "usr/share/zoneinfo/Europe/Berlin 644 0", "fairlead 755 0", "home/nonroot/ 700 65532", "tmp/ 1777 0",
	} {
		if !slices.Contains(files, want) {
			t.Errorf("no %q in the image", want)
		}
	}
	if n := bytes.Count(image.Tree.entries["etc/ssl/certs/ca-certificates.crt"].body, []byte("BEGIN CERTIFICATE")); n < 100 {
		t.Errorf("%d authorities, want those of Mozilla", n)
	}
	if diff := cmp.Diff("65532:65532", image.Config.User); diff != "" {
		t.Errorf("user (-want +got):\n%s", diff)
	}
}
