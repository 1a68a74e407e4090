package images

import (
	"archive/tar"
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestTreePlacesEntries(t *testing.T) {
	cases := map[string]struct {
		reason string
		build  func(*Tree)
		want   []string
	}{
		"Parents": {
			reason: "a file brings its directories",
			build:  func(tree *Tree) { tree.File("/data/sub/file", 0o640, []byte("x")) },
			want:   []string{"data/ 755 0", "data/sub/ 755 0", "data/sub/file 640 0 x"},
		},
		"BehindLinks": {
			reason: "a package may put a program on either side of the links into /usr",
			build: func(tree *Tree) {
				tree.File("/bin/a", 0o755, nil)
				tree.File("/usr/bin/b", 0o755, nil)
			},
			want: []string{"usr/bin/a 755 0", "usr/bin/b 755 0"},
		},
		"LinkStays": {
			reason: "an old package has /bin as a directory; replacing the link would hide half of the programs",
			build:  func(tree *Tree) { tree.Directory("/bin", 0o755, 0) },
			want:   nil,
		},
		"Owner": {
			reason: "a container as user 999 can write to its own directory",
			build:  func(tree *Tree) { tree.Directory("/data", 0o700, 999) },
			want:   []string{"data/ 700 999"},
		},
		"Outside": {
			reason: "no path leaves the image",
			build:  func(tree *Tree) { tree.File("/../../x", 0o644, nil) },
			want:   []string{"x 644 0"},
		},
	}
	usual := map[string]bool{}
	for _, line := range list(t, NewTree()) {
		usual[line] = true
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			tree := NewTree()
			tc.build(tree)
			var got []string
			for _, line := range list(t, tree) {
				if !usual[line] {
					got = append(got, line)
				}
			}
			if diff := cmp.Diff(tc.want, got); diff != "" {
				t.Errorf("%s (-want +got):\n%s", tc.reason, diff)
			}
		})
	}
}

func TestNewTreeHasWhatProgramsExpect(t *testing.T) {
	got := strings.Join(list(t, NewTree()), "\n")
	for _, want := range []string{"bin -> usr/bin", "lib64 -> usr/lib64", "tmp/ 1777 0", "usr/bin/ 755 0"} {
		if !strings.Contains(got, want) {
			t.Errorf("no %q in\n%s", want, got)
		}
	}
}

func TestUnpack(t *testing.T) {
	stream := archive(t,
		&tar.Header{Typeflag: tar.TypeDir, Name: "./", Mode: 0o755},
		&tar.Header{Typeflag: tar.TypeDir, Name: "./bin/", Mode: 0o755},
		&tar.Header{Typeflag: tar.TypeReg, Name: "./bin/tool", Mode: 0o755, Size: 1},
		&tar.Header{Typeflag: tar.TypeLink, Name: "./usr/bin/alias", Linkname: "./bin/tool"},
		&tar.Header{Typeflag: tar.TypeSymlink, Name: "./usr/bin/short", Linkname: "tool"},
		&tar.Header{Typeflag: tar.TypeReg, Name: "./usr/share/doc/manual", Mode: 0o644, Size: 1},
		&tar.Header{Typeflag: tar.TypeChar, Name: "./dev/null", Mode: 0o666},
	)
	tree := NewTree()
	if err := tree.Unpack(stream, func(name string) bool { return name != "/usr/share/doc/manual" }); err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]bool{
		"/usr/bin/tool": true, "/bin/tool": true, "/bin/alias": true, "/bin/short": true, "/usr/share/doc/manual": false, "/dev/null": false,
	} {
		if got := tree.Has(name); got != want {
			t.Errorf("Has(%q) = %v, want %v", name, got, want)
		}
	}
}

func TestUnpackRefuses(t *testing.T) {
	everything := func(string) bool { return true }
	t.Run("DanglingHardLink", func(t *testing.T) {
		stream := archive(t, &tar.Header{Typeflag: tar.TypeLink, Name: "a", Linkname: "b"})
		if err := NewTree().Unpack(stream, everything); err == nil {
			t.Error("got no error")
		}
	})
	t.Run("Damage", func(t *testing.T) {
		stream := archive(t, &tar.Header{Typeflag: tar.TypeReg, Name: "a", Size: 1})
		if err := NewTree().Unpack(io.LimitReader(stream, 512), everything); err == nil {
			t.Error("got no error")
		}
	})
}

// FuzzUnpack feeds arbitrary bytes: they are refused or give a tree that can be
// written, with nothing outside its root.
func FuzzUnpack(f *testing.F) {
	var b bytes.Buffer
	if err := NewTree().WriteTar(&b); err != nil {
		f.Fatal(err)
	}
	f.Add(b.Bytes())
	f.Fuzz(func(t *testing.T, stream []byte) {
		tree := NewTree()
		if err := tree.Unpack(bytes.NewReader(stream), func(string) bool { return true }); err != nil {
			return
		}
		for name := range tree.entries {
			if strings.HasPrefix(name, "/") || strings.HasPrefix(name, "..") {
				t.Errorf("%q is outside the tree", name)
			}
		}
		if err := tree.WriteTar(io.Discard); err != nil {
			t.Errorf("writing what was unpacked: %v", err)
		}
	})
}

// archive makes a tar stream; files hold as many x as their size says.
func archive(t *testing.T, headers ...*tar.Header) io.Reader {
	t.Helper()
	var b bytes.Buffer
	w := tar.NewWriter(&b)
	for _, h := range headers {
		if err := w.WriteHeader(h); err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write(bytes.Repeat([]byte("x"), int(h.Size))); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return &b
}

// list writes a tree and reads it back, a line for each entry.
func list(t *testing.T, tree *Tree) []string {
	t.Helper()
	var b bytes.Buffer
	if err := tree.WriteTar(&b); err != nil {
		t.Fatal(err)
	}
	var lines []string
	r := tar.NewReader(&b)
	for {
		h, err := r.Next()
		if errors.Is(err, io.EOF) {
			return lines
		}
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(r)
		if err != nil {
			t.Fatal(err)
		}
		if h.Typeflag == tar.TypeSymlink {
			lines = append(lines, h.Name+" -> "+h.Linkname)
			continue
		}
		lines = append(lines, strings.TrimSpace(fmt.Sprintf("%s %o %d %s", h.Name, h.Mode, h.Uid, body)))
	}
}
