package command

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/go-logr/logr/funcr"

	"github.com/fairlead-dev/fairlead/api/v1alpha1"
	"github.com/fairlead-dev/fairlead/gateway/snapshot"
)

// keepOne hands an input to a keeper that ends, so that it writes what is pending.
func keepOne(t *testing.T, k *keeper, revision, digest string) {
	t.Helper()
	k.keep(snapshot.Input{Gateway: "ai/main", Config: &v1alpha1.GatewayConfig{Revision: revision}}, digest)
	ended, end := context.WithCancel(t.Context())
	end()
	k.run(ended)
}

func TestKeeper(t *testing.T) {
	path := filepath.Join(t.TempDir(), "snapshot.json")
	k := newKeeper(path, funcr.New(func(_, args string) { t.Error(args) }, funcr.Options{}))
	steps := []struct {
		reason           string
		revision, digest string
		want             string
	}{
		{"the first is written", "one", "sha256:a", "one"},
		{"one that routes alike is not", "two", "sha256:a", "one"},
		{"one that routes otherwise is", "three", "sha256:b", "three"},
	}
	for _, step := range steps {
		keepOne(t, k, step.revision, step.digest)
		in, err := snapshot.Load(path, "ai/main")
		if err != nil || in.Config.Revision != step.want {
			t.Errorf("%s: got %+v, %v, want %s", step.reason, in.Config, err, step.want)
		}
	}
}

func TestKeeperGoesOnWithoutAFile(t *testing.T) {
	var said []string
	dir := filepath.Join(t.TempDir(), "gone")
	k := newKeeper(filepath.Join(dir, "snapshot.json"), funcr.New(func(_, args string) { said = append(said, args) }, funcr.Options{}))
	keepOne(t, k, "one", "sha256:a")
	if len(said) != 1 || !strings.Contains(said[0], "could not be kept") {
		t.Errorf("said %q, want one line", said)
	}
	if _, err := os.Stat(dir); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("got %v, want nothing there", err)
	}
	if err := os.Mkdir(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	keepOne(t, k, "one", "sha256:a")
	if _, err := snapshot.Load(k.path, "ai/main"); err != nil {
		t.Errorf("what could not be written was not written with the next input: %v", err)
	}
}
