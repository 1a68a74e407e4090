package release_test

import (
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/fairlead-dev/fairlead/hack/build"
	"github.com/fairlead-dev/fairlead/hack/progress"
	"github.com/fairlead-dev/fairlead/hack/release"
)

// TestCheckout: the tree is that of the commit, whatever was committed later, and what the repository does not know is said to be so.
func TestCheckout(t *testing.T) {
	root := t.TempDir()
	t.Setenv("FAIRLEAD_CACHE", t.TempDir())
	cache, err := build.OpenCache()
	if err != nil {
		t.Fatal(err)
	}
	b := build.New(cache, root, progress.New(io.Discard, 1))
	git(t, root, "init", "-q")
	first := commit(t, root, "one")
	commit(t, root, "two")
	dir, err := release.Checkout(t.Context(), b, first)
	if err != nil {
		t.Fatal(err)
	}
	content, err := os.ReadFile(filepath.Join(dir, "chart", "values.yaml"))
	if err != nil || string(content) != "one" {
		t.Errorf("expected what was committed first, found %q, %v", content, err)
	}
	if _, err := release.Checkout(t.Context(), b, strings.Repeat("0", 40)); !errors.Is(err, release.ErrNoHistory) {
		t.Errorf("expected ErrNoHistory, found %v", err)
	}
}

// commit writes a file and returns the commit with it.
func commit(t *testing.T, root, content string) string {
	t.Helper()
	path := filepath.Join(root, "chart", "values.yaml")
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	git(t, root, "add", ".")
	git(t, root, "-c", "user.name=test", "-c", "user.email=test@example.com", "commit", "-q", "-m", content)
	return git(t, root, "rev-parse", "HEAD")
}

func git(t *testing.T, root string, args ...string) string {
	t.Helper()
	out, err := exec.CommandContext(t.Context(), "git", append([]string{"-C", root}, args...)...).CombinedOutput()
	if err != nil {
		t.Fatalf("git %q: %v: %s", args, err, out)
	}
	return strings.TrimSpace(string(out))
}
