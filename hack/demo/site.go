package demo

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"github.com/fairlead-dev/fairlead/hack/build"
	"github.com/fairlead-dev/fairlead/hack/cluster"
	"github.com/fairlead-dev/fairlead/hack/progress"
)

// kindCluster is the name of the cluster that kind is asked for.
const kindCluster = "fairlead"

// Steps is how many steps there are before the chart is installed, the building of Helm included.
func Steps(site string) int {
	switch site {
	case "current":
		return 2
	case "kind":
		return 3
	}
	return 1 + cluster.Steps(cluster.Options{}) + 10
}

// NewSite returns the site that $CLUSTER asks for: `current` is the cluster of the kubeconfig, `kind` one that kind makes, and
// none of them the project's own.
func NewSite(ctx context.Context, site string, builder *build.Builder) (Site, error) {
	switch site {
	case "", "box":
		return &Box{Builder: builder}, nil
	case "current":
		return existing(os.Getenv("KUBECONFIG"))
	case "kind":
		return kind(ctx, filepath.Join(builder.Cache().Dir(), "kind.kubeconfig"))
	}
	return nil, fmt.Errorf("reading CLUSTER: expected box, current or kind, found %q", site)
}

// existing is the cluster of a kubeconfig, by default the one that kubectl takes.
func existing(kubeconfig string) (*Existing, error) {
	kubectl, err := exec.LookPath("kubectl")
	if err != nil {
		return nil, fmt.Errorf("finding kubectl, which CLUSTER=current and CLUSTER=kind need: %w", err)
	}
	if kubeconfig == "" {
		home, err := os.UserHomeDir()
		if err != nil {
			return nil, fmt.Errorf("finding the kubeconfig: %w", err)
		}
		kubeconfig = filepath.Join(home, ".kube", "config")
	}
	if _, err := os.Stat(kubeconfig); err != nil {
		return nil, fmt.Errorf("finding the kubeconfig (set KUBECONFIG to name another): %w", err)
	}
	return &Existing{Path: kubeconfig, Program: kubectl}, nil
}

// kind is a cluster that kind makes, where a Docker daemon answers.
func kind(ctx context.Context, kubeconfig string) (*Existing, error) {
	for _, program := range []string{"docker", "kind"} {
		if _, err := exec.LookPath(program); err != nil {
			return nil, fmt.Errorf("finding %s, which CLUSTER=kind needs: %w", program, err)
		}
	}
	ask, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	if out, err := exec.CommandContext(ask, "docker", "info").CombinedOutput(); err != nil {
		return nil, fmt.Errorf("asking the Docker daemon: %w: %s", err, lastLine(out))
	}
	if err := os.WriteFile(kubeconfig, nil, 0o600); err != nil {
		return nil, fmt.Errorf("making a kubeconfig: %w", err)
	}
	site, err := existing(kubeconfig)
	if err != nil {
		return nil, err
	}
	site.Create = func(ctx context.Context, step *progress.Step) error {
		out, err := exec.CommandContext(ctx, "kind", "create", "cluster", "--name", kindCluster, "--kubeconfig", kubeconfig).CombinedOutput()
		if err != nil && strings.Contains(string(out), "already exist") {
			step.Note("already there")
			out, err = exec.CommandContext(ctx, "kind", "export", "kubeconfig", "--name", kindCluster, "--kubeconfig", kubeconfig).CombinedOutput()
		}
		if err != nil {
			return errors.Join(fmt.Errorf("running kind: %w", err), errors.New(lastLine(out)))
		}
		return nil
	}
	return site, nil
}

func lastLine(out []byte) string {
	lines := strings.Split(strings.TrimSpace(string(out)), "\n")
	return lines[len(lines)-1]
}

// splitImage splits an image's name before its tag.
func splitImage(name string) (repository, tag string) {
	colon := strings.LastIndex(name, ":")
	if colon < strings.LastIndex(name, "/") {
		return name, "latest"
	}
	return name[:colon], name[colon+1:]
}
