package images

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"os/exec"
	"path/filepath"
	"strings"

	v1 "github.com/google/go-containerregistry/pkg/v1"

	"github.com/fairlead-dev/fairlead/hack/build"
	"github.com/fairlead-dev/fairlead/hack/ollama"
	"github.com/fairlead-dev/fairlead/hack/progress"
)

// certificates is where Debian and Ubuntu keep the trusted roots in one file.
const certificates = "/etc/ssl/certs/ca-certificates.crt"

// Ollama makes the image localhost/ollama:VERSION: the server of package ollama,
// the libraries that it links, and nothing else. Command and port are those of
// the official image.
func (m *Maker) Ollama(ctx context.Context) (Archive, error) {
	binary, err := ollama.Build(ctx, m.builder)
	if err != nil {
		return Archive{}, err
	}
	ref := "localhost/ollama:" + ollama.Version
	key := build.NewKey().Tree(filepath.Dir(binary), filepath.Base(binary))
	libraries, err := linked(ctx, binary)
	if err != nil {
		return Archive{}, err
	}
	key.Tree("/", libraries...)
	return m.archive(ctx, "ollama", ref, key, func(*progress.Step) (Image, error) {
		return dynamic(ref, binary, libraries)
	})
}

// dynamic lays out a dynamically linked program with its libraries, at the paths
// where its loader looks for them.
func dynamic(ref, binary string, libraries []string) (Image, error) {
	tree := NewTree()
	tree.accounts(account{name: "ollama", id: 1000, home: "/data"})
	name := "/bin/" + filepath.Base(binary)
	if err := tree.CopyFile(name, executable, binary); err != nil {
		return Image{}, err
	}
	for _, l := range libraries {
		if err := tree.CopyFile(l, executable, l); err != nil {
			return Image{}, err
		}
	}
	if err := tree.CopyFile(certificates, 0o644, certificates); err != nil {
		return Image{}, err
	}
	return Image{Ref: ref, Tree: tree, Config: v1.Config{
		User:         "1000:1000",
		Env:          []string{defaultPath, "OLLAMA_HOST=0.0.0.0:11434"},
		Entrypoint:   []string{name},
		Cmd:          []string{"serve"},
		ExposedPorts: map[string]struct{}{"11434/tcp": {}},
	}}, nil
}

// linked returns the paths of the libraries that a program needs, its loader
// included, as this machine's loader finds them.
func linked(ctx context.Context, binary string) ([]string, error) {
	out, err := exec.CommandContext(ctx, "ldd", binary).Output()
	if err != nil {
		return nil, fmt.Errorf("asking ldd for the libraries of %s: %w", binary, err)
	}
	return parseLDD(out)
}

// parseLDD reads the lines of ldd, which are of four kinds:
//
//	linux-vdso.so.1 (0x…)                 part of the kernel
//	libm.so.6 => /lib/…/libm.so.6 (0x…)
//	/lib64/ld-linux-x86-64.so.2 (0x…)     the loader
//	libx.so.1 => not found                an error
func parseLDD(out []byte) ([]string, error) {
	var paths []string
	lines := bufio.NewScanner(bytes.NewReader(out))
	for lines.Scan() {
		line := strings.TrimSpace(lines.Text())
		if strings.HasSuffix(line, "not found") {
			return nil, fmt.Errorf("finding a library: %s", line)
		}
		if _, path, ok := strings.Cut(line, " => "); ok {
			line = path
		}
		if path, _, _ := strings.Cut(line, " "); strings.HasPrefix(path, "/") {
			paths = append(paths, path)
		}
	}
	return paths, nil
}
