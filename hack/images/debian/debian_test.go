package debian

import (
	"bytes"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestParseSimulation(t *testing.T) {
	out := `Reading package lists...
The following NEW packages will be installed:
  libc6 redis-server
Inst libc6 (2.36-9+deb12u14 Debian:12.15/oldstable [amd64]) []
Inst openssl [3.0.2] (3.0.13-0ubuntu3.5 Ubuntu:24.04/noble-updates [amd64])
Inst redis-server (5:7.0.15-1~deb12u10 Debian-Security:12/oldstable-security [amd64])
Conf libc6 (2.36-9+deb12u14 Debian:12.15/oldstable [amd64])
`
	want := []Package{{"libc6", "2.36-9+deb12u14"}, {"openssl", "3.0.13-0ubuntu3.5"}, {"redis-server", "5:7.0.15-1~deb12u10"}}
	if diff := cmp.Diff(want, parseSimulation([]byte(out))); diff != "" {
		t.Errorf("packages (-want +got):\n%s", diff)
	}
}

func TestMajor(t *testing.T) {
	for version, want := range map[string]string{
		"5:7.0.15-1~deb12u10": "7",
		"15+248+deb12u2":      "15",
		"17.6-0+deb13u1":      "17",
		"unversioned":         "",
	} {
		if got := (Package{Version: version}).Major(); got != want {
			t.Errorf("major of %s = %q, want %q", version, got, want)
		}
	}
}

func TestIsLibrary(t *testing.T) {
	for name, want := range map[string]bool{
		"libssl3": true, "libssl3t64": true, "zlib1g": true, "lua-cjson": true,
		"libjson-perl": false, "libperl5.36": false, "libllvm14": false, "libz3-4": false,
		"debconf": false, "adduser": false, "ssl-cert": false,
	} {
		if got := isLibrary(name); got != want {
			t.Errorf("isLibrary(%q) = %v, want %v", name, got, want)
		}
	}
}

func TestNeeded(t *testing.T) {
	for path, want := range map[string]bool{
		"/usr/share/doc/redis/copyright":                      false,
		"/usr/lib/x86_64-linux-gnu/gconv/UTF-7.so":            false,
		"/usr/lib/postgresql/15/lib/bitcode/postgres.bc":      false,
		"/usr/lib/postgresql/15/lib/pgcrypto.so":              true,
		"/usr/share/zoneinfo/Europe/Berlin":                   true,
		"/usr/share/postgresql/15/extension/pgcrypto.control": true,
	} {
		if got := Needed(path); got != want {
			t.Errorf("Needed(%q) = %v, want %v", path, got, want)
		}
	}
}

func TestContents(t *testing.T) {
	if _, err := exec.LookPath("dpkg-deb"); err != nil {
		t.Skip("needs dpkg-deb, which only Debian and Ubuntu have:", err)
	}
	file := makePackage(t)
	t.Run("Reads", func(t *testing.T) {
		var got bytes.Buffer
		err := Contents(t.Context(), file, func(r io.Reader) error {
			_, err := got.ReadFrom(r)
			return err
		})
		if err != nil || !bytes.Contains(got.Bytes(), []byte("./etc/greeting")) {
			t.Errorf("error %v, %d bytes without the file of the package", err, got.Len())
		}
	})
	t.Run("ReaderFails", func(t *testing.T) {
		stop := errors.New("stop")
		if err := Contents(t.Context(), file, func(io.Reader) error { return stop }); !errors.Is(err, stop) {
			t.Errorf("got %v, want the reader's own error", err)
		}
	})
	t.Run("NoPackage", func(t *testing.T) {
		none := filepath.Join(t.TempDir(), "none.deb")
		if err := Contents(t.Context(), none, func(io.Reader) error { return nil }); err == nil {
			t.Error("a file that does not exist is no error")
		}
	})
}

// makePackage builds a package that holds /etc/greeting.
func makePackage(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	control := "Package: greeting\nVersion: 1\nArchitecture: all\nMaintainer: nobody <nobody@example.com>\nDescription: test\n"
	for name, body := range map[string]string{"DEBIAN/control": control, "etc/greeting": "hello"} {
		path := filepath.Join(dir, "root", name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(body), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	file := filepath.Join(dir, "greeting.deb")
	if out, err := exec.CommandContext(t.Context(), "dpkg-deb", "--build", filepath.Join(dir, "root"), file).CombinedOutput(); err != nil {
		t.Fatalf("building a package: %v: %s", err, out)
	}
	return file
}
