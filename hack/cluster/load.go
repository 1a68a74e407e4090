package cluster

import (
	"archive/tar"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"
)

// Load imports image tarballs (as written by "docker save") into the node, where Pods find them under their names if they have
// imagePullPolicy IfNotPresent or Never. A tarball whose images are there already costs nothing. It needs root.
func (c *Cluster) Load(ctx context.Context, tarballs ...string) error {
	if err := c.awaitContainerd(ctx); err != nil {
		return err
	}
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(runtime.NumCPU())
	for _, tarball := range tarballs {
		group.Go(func() error { return c.load(ctx, tarball) })
	}
	return group.Wait()
}

// awaitContainerd waits until containerd accepts connections.
func (c *Cluster) awaitContainerd(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, 30*time.Second)
	defer cancel()
	for {
		err := c.run(c.In(ctx, "ctr", "--timeout=1s", "version"), nil)
		if err == nil {
			return nil
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("waiting for containerd: %w\n%s", err, c.tail("containerd", 10))
		case <-time.After(50 * time.Millisecond):
		}
	}
}

// load imports one tarball and remembers, for each name in it, which image that now is.
func (c *Cluster) load(ctx context.Context, tarball string) error {
	tarball, err := filepath.Abs(tarball)
	if err != nil {
		return fmt.Errorf("resolving %s: %w", tarball, err)
	}
	names, err := imageNames(tarball)
	if err != nil {
		return err
	}
	if c.loaded(names) {
		return nil
	}
	if err := c.run(c.In(ctx, "ctr", "--namespace=k8s.io", "images", "import", tarball), nil); err != nil {
		return fmt.Errorf("loading %s: %w", tarball, err)
	}
	for name, id := range names {
		if err := c.remember(name, id); err != nil {
			return err
		}
	}
	return nil
}

// loaded reports whether each name stands for the wanted image already.
func (c *Cluster) loaded(names map[string]string) bool {
	for name, id := range names {
		known, err := os.ReadFile(c.marker(name))
		if err != nil || string(known) != id {
			return false
		}
	}
	return len(names) > 0
}

// remember records what a name stands for. The record lives and dies with the image store, in the state directory.
func (c *Cluster) remember(name, id string) error {
	marker := c.marker(name)
	if err := os.MkdirAll(filepath.Dir(marker), 0o755); err != nil {
		return fmt.Errorf("making the folder of loaded images: %w", err)
	}
	if err := os.WriteFile(marker, []byte(id), 0o644); err != nil {
		return fmt.Errorf("recording a loaded image: %w", err)
	}
	return nil
}

func (c *Cluster) marker(name string) string {
	return filepath.Join(c.state, "images", strings.NewReplacer("/", "_", ":", "_").Replace(name))
}

// imageNames returns the names in a tarball, each with the file name of the configuration of its image, which is a digest.
func imageNames(tarball string) (map[string]string, error) {
	file, err := os.Open(tarball)
	if err != nil {
		return nil, fmt.Errorf("opening an image: %w", err)
	}
	defer file.Close()
	reader := tar.NewReader(file)
	for {
		header, err := reader.Next()
		if errors.Is(err, io.EOF) {
			return nil, fmt.Errorf("reading %s: it has no manifest.json; write it as \"docker save\" does", tarball)
		}
		if err != nil {
			return nil, fmt.Errorf("reading %s: %w", tarball, err)
		}
		if header.Name == "manifest.json" {
			return parseManifest(reader)
		}
	}
}

// parseManifest reads the list of images that "docker save" puts into a tarball
// (https://github.com/moby/docker-image-spec/blob/main/v1.2.md#combined-image-json--filesystem-changeset-format).
func parseManifest(manifest io.Reader) (map[string]string, error) {
	var entries []struct {
		Config   string
		RepoTags []string
	}
	if err := json.NewDecoder(manifest).Decode(&entries); err != nil {
		return nil, fmt.Errorf("decoding manifest.json: %w", err)
	}
	names := map[string]string{}
	for _, entry := range entries {
		for _, name := range entry.RepoTags {
			names[name] = entry.Config
		}
	}
	return names, nil
}
