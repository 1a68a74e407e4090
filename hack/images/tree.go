package images

import (
	"archive/tar"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"path"
	"slices"
	"strings"
	"time"
)

// Tree is the file system of an image, kept in memory. Paths are absolute and
// slash-separated; directories above a file come into being by themselves.
// Adding a path again replaces it.
type Tree struct {
	entries map[string]entry
}

type entry struct {
	header tar.Header
	body   []byte
}

// usrMerged are the top-level directories that all current distributions make
// symbolic links into /usr. Packages of different ages put files on either side
// of the links, so a tree has the links too and puts everything behind them.
var usrMerged = []string{"bin", "lib", "lib32", "lib64", "sbin"}

// NewTree returns a tree with the usual links into /usr and a /tmp for everyone.
func NewTree() *Tree {
	t := &Tree{entries: map[string]entry{}}
	for _, d := range usrMerged {
		t.entries[d] = entry{header: tar.Header{Typeflag: tar.TypeSymlink, Name: d, Linkname: "usr/" + d, Mode: 0o777}}
		t.Directory("/usr/"+d, 0o755, 0)
	}
	t.Directory("/tmp", 0o1777, 0)
	return t
}

// Directory adds a directory that belongs to user and group owner.
func (t *Tree) Directory(name string, mode int64, owner int) {
	t.add(tar.Header{Typeflag: tar.TypeDir, Name: name, Mode: mode, Uid: owner, Gid: owner}, nil)
}

// File adds a file that belongs to root.
func (t *Tree) File(name string, mode int64, body []byte) {
	t.add(tar.Header{Typeflag: tar.TypeReg, Name: name, Mode: mode, Size: int64(len(body))}, body)
}

// CopyFile adds a file of the machine that this runs on, following links.
func (t *Tree) CopyFile(name string, mode int64, source string) error {
	body, err := os.ReadFile(source)
	if err != nil {
		return fmt.Errorf("copying %s into an image: %w", source, err)
	}
	t.File(name, mode, body)
	return nil
}

// Link adds a symbolic link.
func (t *Tree) Link(name, target string) {
	t.add(tar.Header{Typeflag: tar.TypeSymlink, Name: name, Linkname: target, Mode: 0o777}, nil)
}

// Has reports whether there is an entry of that name.
func (t *Tree) Has(name string) bool {
	_, ok := t.entries[inside(name)]
	return ok
}

// Unpack adds the entries of a tar stream that keep accepts; keep is given the
// absolute path. Hard links become copies; devices and sockets are left out. It
// fails on a damaged stream, on a file too large to be kept in memory, and on a
// hard link to something not unpacked before.
func (t *Tree) Unpack(stream io.Reader, keep func(name string) bool) error {
	r := tar.NewReader(stream)
	for {
		h, err := r.Next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("reading a tar stream: %w", err)
		}
		if inside(h.Name) == "" || !keep("/"+inside(h.Name)) {
			continue
		}
		if err := t.unpack(h, r); err != nil {
			return err
		}
	}
}

func (t *Tree) unpack(h *tar.Header, body io.Reader) error {
	switch h.Typeflag {
	case tar.TypeDir:
		t.Directory(h.Name, h.Mode, h.Uid)
	case tar.TypeSymlink:
		t.Link(h.Name, h.Linkname)
	case tar.TypeReg:
		if h.Size > largestFile {
			return fmt.Errorf("unpacking %s: %d bytes are more than %d", h.Name, h.Size, largestFile)
		}
		b, err := io.ReadAll(body)
		if err != nil {
			return fmt.Errorf("unpacking %s: %w", h.Name, err)
		}
		t.add(tar.Header{Typeflag: tar.TypeReg, Name: h.Name, Mode: h.Mode, Uid: h.Uid, Gid: h.Gid, Size: int64(len(b))}, b)
	case tar.TypeLink:
		e, ok := t.entries[inside(h.Linkname)]
		if !ok {
			return fmt.Errorf("unpacking %s: hard link to %s, which was not unpacked", h.Name, h.Linkname)
		}
		e.header.Name = h.Name
		t.add(e.header, e.body)
	}
	return nil
}

// add puts an entry at its place. A directory never replaces a link, which is
// what a package brings that was made before /bin moved into /usr.
func (t *Tree) add(h tar.Header, body []byte) {
	name := inside(h.Name)
	if old, ok := t.entries[name]; ok && h.Typeflag == tar.TypeDir && old.header.Typeflag == tar.TypeSymlink {
		return
	}
	if dir := path.Dir(name); dir != "." && !t.Has(dir) {
		t.Directory(dir, 0o755, 0)
	}
	h.Name = name
	t.entries[name] = entry{header: h, body: body}
}

// WriteTar writes the tree in the order of its paths, all times being the epoch:
// equal trees give equal bytes.
func (t *Tree) WriteTar(w io.Writer) error {
	tw := tar.NewWriter(w)
	for _, name := range slices.Sorted(maps.Keys(t.entries)) {
		e := t.entries[name]
		h := e.header
		h.ModTime = time.Unix(0, 0)
		if h.Typeflag == tar.TypeDir {
			h.Name += "/"
		}
		if err := tw.WriteHeader(&h); err != nil {
			return fmt.Errorf("writing %s: %w", name, err)
		}
		if _, err := tw.Write(e.body); err != nil {
			return fmt.Errorf("writing %s: %w", name, err)
		}
	}
	return tw.Close()
}

// inside is the path of an entry as it is kept: relative to the root, clean, and
// behind the links into /usr.
func inside(name string) string {
	name = strings.TrimPrefix(path.Clean("/"+name), "/")
	first, _, below := strings.Cut(name, "/")
	if below && slices.Contains(usrMerged, first) {
		return "usr/" + name
	}
	return name
}

// largestFile is the most bytes that a file of a package may have: eight times as
// many as the largest that is used has.
const largestFile = 256 << 20

// executable is the mode of programs and libraries.
const executable = int64(fs.FileMode(0o755))
