package envtest

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"os"
	"path/filepath"
	"runtime"
	"testing"

	"sigs.k8s.io/controller-runtime/tools/setup-envtest/versions"

	"github.com/fairlead-dev/fairlead/hack/build"
	"github.com/fairlead-dev/fairlead/hack/progress"
)

// touch makes executable files in a directory.
func touch(t *testing.T, dir string, names ...string) {
	t.Helper()
	for _, name := range names {
		if err := os.WriteFile(filepath.Join(dir, name), nil, 0o755); err != nil {
			t.Fatal(err)
		}
	}
}

func TestAssetsUsesWhatIsThere(t *testing.T) {
	dir := t.TempDir()
	touch(t, dir, programs[:]...)
	t.Setenv("KUBEBUILDER_ASSETS", dir)
	t.Setenv("FAIRLEAD_CACHE", t.TempDir())
	cache, err := build.OpenCache()
	if err != nil {
		t.Fatal(err)
	}
	got, err := Assets(t.Context(), build.New(cache, t.TempDir(), progress.Discard()))
	if err != nil || got != dir {
		t.Errorf("Assets() = %q, %v, want %q", got, err, dir)
	}
}

func TestComplete(t *testing.T) {
	dir := t.TempDir()
	if complete("") {
		t.Error("no directory is complete, although the working directory might be")
	}
	touch(t, dir, "etcd", "kube-apiserver")
	if complete(dir) {
		t.Error("a directory without kubectl is complete")
	}
	touch(t, dir, "kubectl")
	if !complete(dir) {
		t.Error("a directory with all programs is not complete")
	}
}

func TestLink(t *testing.T) {
	t.Setenv("FAIRLEAD_CACHE", t.TempDir())
	cache, err := build.OpenCache()
	if err != nil {
		t.Fatal(err)
	}
	built := t.TempDir()
	touch(t, built, "kube")
	for range 2 {
		dir, err := link(cache, filepath.Join(built, "kube"))
		if err != nil {
			t.Fatal(err)
		}
		if !complete(dir) {
			t.Errorf("%s is not complete", dir)
		}
	}
}

func TestChoose(t *testing.T) {
	set := func(major, minor, patch int, arch string) versions.Set {
		return versions.Set{
			Version:   versions.Concrete{Major: major, Minor: minor, Patch: patch},
			Platforms: []versions.PlatformItem{{Platform: versions.Platform{OS: runtime.GOOS, Arch: arch}}},
		}
	}
	for name, test := range map[string]struct {
		reason    string
		published []versions.Set
		want      string
	}{
		"Newest":        {"the same minor version", []versions.Set{set(1, 37, 0, runtime.GOARCH), set(1, 36, 0, runtime.GOARCH)}, "1.37.0"},
		"TooNew":        {"what we do not know is not tested with", []versions.Set{set(1, 38, 0, runtime.GOARCH), set(1, 36, 2, runtime.GOARCH)}, "1.36.2"},
		"NewerPatch":    {"a fix is welcome", []versions.Set{set(1, 37, 9, runtime.GOARCH)}, "1.37.9"},
		"OtherMachine":  {"nothing that runs here", []versions.Set{set(1, 37, 0, "s390x-not-here")}, ""},
		"NothingAtAll":  {"an empty index", nil, ""},
		"FirstThatFits": {"the newest lacks our machine", []versions.Set{set(1, 37, 2, "none"), set(1, 37, 1, runtime.GOARCH)}, "1.37.1"},
	} {
		t.Run(name, func(t *testing.T) {
			got, _, err := choose(test.published)
			if test.want == "" {
				if err == nil {
					t.Errorf("choose() = %s, want an error: %s", got, test.reason)
				}
				return
			}
			if err != nil || got.String() != test.want {
				t.Errorf("choose() = %s, %v, want %s: %s", got, err, test.want, test.reason)
			}
		})
	}
}

func TestUnpack(t *testing.T) {
	pack := func(names ...string) *bytes.Buffer {
		var out bytes.Buffer
		compressed := gzip.NewWriter(&out)
		archive := tar.NewWriter(compressed)
		for _, name := range names {
			if err := archive.WriteHeader(&tar.Header{Name: name, Size: 4, Mode: 0o755, Typeflag: tar.TypeReg}); err != nil {
				t.Fatal(err)
			}
			if _, err := archive.Write([]byte("code")); err != nil {
				t.Fatal(err)
			}
		}
		archive.Close()
		compressed.Close()
		return &out
	}
	dir := t.TempDir()
	if err := unpack(pack("controller-tools/envtest/etcd", "controller-tools/envtest/kube-apiserver", "../kubectl", "README"), dir); err != nil {
		t.Fatal(err)
	}
	if content, err := os.ReadFile(filepath.Join(dir, "kubectl")); err != nil || string(content) != "code" {
		t.Errorf("kubectl = %q, %v", content, err)
	}
	if err := unpack(pack("etcd"), t.TempDir()); err == nil {
		t.Error("unpack() of an archive that lacks programs gave no error")
	}
	if err := unpack(bytes.NewBufferString("<html>"), t.TempDir()); err == nil {
		t.Error("unpack() of a web page gave no error")
	}
}
