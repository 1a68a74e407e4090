package images

import (
	"bytes"
	"os"
	"path/filepath"
	"runtime"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/tarball"
)

func TestWriteStatic(t *testing.T) {
	dir := t.TempDir()
	binary := filepath.Join(dir, "tool")
	if err := os.WriteFile(binary, []byte("program"), 0o700); err != nil {
		t.Fatal(err)
	}
	image, err := Static("localhost/tool:1", binary)
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(dir, "image.tar")
	if err := image.Write(path); err != nil {
		t.Fatal(err)
	}

	tag, err := name.NewTag("localhost/tool:1")
	if err != nil {
		t.Fatal(err)
	}
	read, err := tarball.ImageFromPath(path, &tag)
	if err != nil {
		t.Fatal(err)
	}
	got, err := read.ConfigFile()
	if err != nil {
		t.Fatal(err)
	}
	if got.OS != "linux" || got.Architecture != runtime.GOARCH {
		t.Errorf("platform is %s/%s; containerd passes over images of another platform", got.OS, got.Architecture)
	}
	want := v1.Config{User: "65532:65532", Entrypoint: []string{"/tool"}, WorkingDir: "/", Env: []string{defaultPath}}
	if diff := cmp.Diff(want, got.Config); diff != "" {
		t.Errorf("configuration (-want +got):\n%s", diff)
	}
}

func TestWriteIsReproducible(t *testing.T) {
	dir := t.TempDir()
	var tarballs [2][]byte
	for i := range tarballs {
		binary := filepath.Join(dir, "tool")
		if err := os.WriteFile(binary, []byte("program"), 0o755); err != nil {
			t.Fatal(err)
		}
		image, err := Static("localhost/tool:1", binary)
		if err != nil {
			t.Fatal(err)
		}
		path := filepath.Join(dir, "image.tar")
		if err := image.Write(path); err != nil {
			t.Fatal(err)
		}
		if tarballs[i], err = os.ReadFile(path); err != nil {
			t.Fatal(err)
		}
	}
	if !bytes.Equal(tarballs[0], tarballs[1]) {
		t.Error("the same program gave two different images")
	}
}

func TestWriteLeavesNothingBehind(t *testing.T) {
	dir := t.TempDir()
	image := Image{Ref: "not a name", Tree: NewTree()}
	if err := image.Write(filepath.Join(dir, "image.tar")); err == nil {
		t.Error("a name with blanks was accepted")
	}
	left, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	if len(left) != 0 {
		t.Errorf("%d files were left behind", len(left))
	}
}

func TestDatabaseConfigurations(t *testing.T) {
	cases := map[string]struct {
		finish func(*Tree) v1.Config
		want   v1.Config
		owned  string
	}{
		"Redis": {
			finish: redis,
			owned:  "data/ 755 999",
			want: v1.Config{
				User: "999:999", WorkingDir: "/data", Cmd: []string{"redis-server"}, Env: []string{defaultPath},
				ExposedPorts: map[string]struct{}{"6379/tcp": {}},
			},
		},
		"Postgres": {
			finish: func(tree *Tree) v1.Config { return postgres(tree, "17") },
			owned:  "var/lib/postgresql/data/ 700 999",
			want: v1.Config{
				User: "999:999", Cmd: []string{"postgres"}, StopSignal: "SIGINT",
				Env:          []string{"PATH=/usr/lib/postgresql/17/bin:/usr/bin", "PGDATA=/var/lib/postgresql/data", "LANG=C.UTF-8"},
				ExposedPorts: map[string]struct{}{"5432/tcp": {}},
			},
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			tree := NewTree()
			if diff := cmp.Diff(tc.want, tc.finish(tree)); diff != "" {
				t.Errorf("configuration (-want +got):\n%s", diff)
			}
			found := false
			for _, line := range list(t, tree) {
				found = found || line == tc.owned
			}
			if !found {
				t.Errorf("no %q in the image", tc.owned)
			}
		})
	}
}
