package bench

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"
)

// unreachable is a kubeconfig whose API server is not there.
const unreachable = `apiVersion: v1
kind: Config
clusters: [{name: gone, cluster: {server: "https://127.0.0.1:1"}}]
users: [{name: nobody, user: {}}]
contexts: [{name: gone, context: {cluster: gone, user: nobody}}]
current-context: gone
`

// starts is how often the start is measured; the slowest is the figure.
const starts = 5

// Restart measures how long a gateway takes from its start until it is ready while the API server is away, from the snapshot and
// the mounted credentials of a gateway of the cluster.
func Restart(ctx context.Context, figures *Figures, fairlead string) error {
	pids, err := find("gateway")
	if err != nil {
		return err
	}
	dir, err := os.MkdirTemp("", "fairlead-bench-")
	if err != nil {
		return fmt.Errorf("making a folder: %w", err)
	}
	defer os.RemoveAll(dir)
	root := fmt.Sprintf("/proc/%d/root", pids[0])
	for from, to := range map[string]string{"/var/lib/fairlead": "state", "/etc/fairlead/credentials": "credentials"} {
		if err := copyFiles(filepath.Join(root, from), filepath.Join(dir, to)); err != nil {
			return err
		}
	}
	if err := os.WriteFile(filepath.Join(dir, "kubeconfig"), []byte(unreachable), 0o600); err != nil {
		return fmt.Errorf("writing a kubeconfig: %w", err)
	}
	var took []time.Duration
	for range starts {
		t, err := restart(ctx, dir, fairlead)
		if err != nil {
			return err
		}
		took = append(took, t)
	}
	figures.Print("start_to_ready_without_api", milliseconds(quantile(took, 1)), "ms")
	return nil
}

func restart(ctx context.Context, dir, fairlead string) (time.Duration, error) {
	listen, err := freeAddress(ctx)
	if err != nil {
		return 0, err
	}
	admin, err := freeAddress(ctx)
	if err != nil {
		return 0, err
	}
	p, err := start(ctx, io.Discard, []string{"POD_NAME=bench", "POD_NAMESPACE=ai", "POD_UID=bench"}, fairlead, "gateway", "--gateway=ai/main",
		"--listen="+listen, "--admin="+admin, "--drain-delay=0s",
		"--kubeconfig="+filepath.Join(dir, "kubeconfig"), "--state-dir="+filepath.Join(dir, "state"), "--credentials-dir="+filepath.Join(dir, "credentials"))
	if err != nil {
		return 0, err
	}
	defer p.stop()
	return awaitReady(ctx, "http://"+admin+"/readyz", 30*time.Second)
}

// copyFiles copies the files of one folder, following links as a mounted Secret has them.
func copyFiles(from, to string) error {
	if err := os.MkdirAll(to, 0o700); err != nil {
		return fmt.Errorf("making a folder: %w", err)
	}
	entries, err := os.ReadDir(from)
	if err != nil {
		return fmt.Errorf("reading %s: %w", from, err)
	}
	for _, entry := range entries {
		path := filepath.Join(from, entry.Name())
		info, err := os.Stat(path)
		if err != nil {
			return fmt.Errorf("reading %s: %w", path, err)
		}
		if !info.Mode().IsRegular() {
			continue
		}
		content, err := os.ReadFile(path)
		if err != nil {
			return fmt.Errorf("reading %s: %w", path, err)
		}
		if err := os.WriteFile(filepath.Join(to, entry.Name()), content, 0o600); err != nil {
			return fmt.Errorf("copying %s: %w", path, err)
		}
	}
	return nil
}
