// Package envtest finds or makes the programs that controller tests start: etcd, kube-apiserver and kubectl.
package envtest

import (
	"context"
	"fmt"
	"os"
	"path/filepath"

	"github.com/fairlead-dev/fairlead/hack/build"
	"github.com/fairlead-dev/fairlead/hack/progress"
)

// programs are what sigs.k8s.io/controller-runtime/pkg/envtest looks for.
var programs = [...]string{"etcd", "kube-apiserver", "kubectl"}

// Assets returns a directory with the programs, from the first place that has them: $KUBEBUILDER_ASSETS; what an earlier call downloaded; a
// download, given up when the index does not answer within three seconds or the programs have not come within a minute; or
// the builder, which compiles Kubernetes. Since a download only saves time, its failure is noted and is no error.
func Assets(ctx context.Context, builder *build.Builder) (string, error) {
	if dir := os.Getenv("KUBEBUILDER_ASSETS"); complete(dir) {
		return filepath.Abs(dir)
	}
	var dir string
	err := builder.Progress().Step("looking for the published test assets", func(step *progress.Step) error {
		found, err := download(ctx, builder.Cache())
		if err != nil {
			step.Note("none: %v", err)
			return ctx.Err() // an interrupted command must not go on to compile
		}
		dir = found
		return nil
	})
	if err != nil || dir != "" {
		return dir, err
	}
	kube, err := builder.Kube(ctx)
	if err != nil {
		return "", err
	}
	return link(builder.Cache(), kube)
}

// complete reports whether a directory has all programs.
func complete(dir string) bool {
	for _, name := range programs {
		info, err := os.Stat(filepath.Join(dir, name))
		if dir == "" || err != nil || info.IsDir() || info.Mode()&0o111 == 0 {
			return false
		}
	}
	return true
}

// link returns a directory in which the names of the programs are links to the one binary that is all of them. Its name is that of the build, so
// that a test that runs while another version is built keeps its own.
func link(cache *build.Cache, kube string) (string, error) {
	dir := filepath.Join(cache.Dir(), "envtest", filepath.Base(filepath.Dir(kube)))
	if complete(dir) {
		return dir, nil
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return "", fmt.Errorf("making the directory of test assets: %w", err)
	}
	for _, name := range programs {
		// Made aside and renamed, so that of two commands at once neither sees a gap.
		aside := filepath.Join(dir, fmt.Sprintf(".%s.%d", name, os.Getpid()))
		if err := os.Symlink(kube, aside); err != nil {
			return "", fmt.Errorf("linking %s: %w", name, err)
		}
		if err := os.Rename(aside, filepath.Join(dir, name)); err != nil {
			return "", fmt.Errorf("linking %s: %w", name, err)
		}
	}
	return dir, nil
}
