// Package debian takes programs out of the packages of Debian and Ubuntu without
// installing them: apt resolves and downloads, and nothing that a package brings
// is run. That is enough for programs that need no more than their own files and
// their libraries.
package debian

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
)

// Package is one version of a package, as this machine's package lists have it.
type Package struct {
	Name    string
	Version string
}

// String is the package the way apt-get is asked for exactly this version.
func (p Package) String() string { return p.Name + "=" + p.Version }

// Major is the first number of the upstream version: 7 of 5:7.0.15-1~deb12u1.
func (p Package) Major() string {
	v := p.Version
	if _, after, ok := strings.Cut(v, ":"); ok {
		v = after
	}
	return v[:len(v)-len(strings.TrimLeft(v, "0123456789"))]
}

// WithLists runs try, and once more with newly fetched package lists if it
// fails: a machine whose lists were never fetched knows no package, and old
// lists name versions that the servers no longer have. Fetching needs root.
func WithLists(ctx context.Context, try func() error) error {
	failed := try()
	if failed == nil || ctx.Err() != nil {
		return failed
	}
	if _, err := run(ctx, "", "apt-get", "update", "-q"); err != nil {
		return errors.Join(failed, err)
	}
	return try()
}

// Resolve returns names and what they need on an otherwise empty machine, sorted
// by name: programs only where they are named, libraries wherever they are
// depended on. Everything else that a package depends on is there for the sake
// of installation scripts and system services.
func Resolve(ctx context.Context, names ...string) ([]Package, error) {
	arguments := []string{"-o", "Dir::State::status=/dev/null", "--simulate", "--no-install-recommends", "install"}
	out, err := run(ctx, "", "apt-get", append(arguments, names...)...)
	if err != nil {
		return nil, err
	}
	packages := parseSimulation(out)
	packages = slices.DeleteFunc(packages, func(p Package) bool {
		return !slices.Contains(names, p.Name) && !isLibrary(p.Name)
	})
	slices.SortFunc(packages, func(a, b Package) int { return strings.Compare(a.Name, b.Name) })
	return packages, nil
}

// instLine is what apt-get --simulate says for each package:
//
//	Inst redis-server (5:7.0.15-1~deb12u10 Debian-Security:12/oldstable [amd64])
var instLine = regexp.MustCompile(`(?m)^Inst (\S+) (?:\[\S+\] )?\((\S+) `)

func parseSimulation(out []byte) []Package {
	lines := instLine.FindAllSubmatch(out, -1)
	packages := make([]Package, 0, len(lines))
	for _, m := range lines {
		packages = append(packages, Package{Name: string(m[1]), Version: string(m[2])})
	}
	return packages
}

// isLibrary goes by the naming rules of the distributions, zlib being older than
// they are. Perl and what belongs to it serve installation scripts; LLVM, with
// Z3, serves the just-in-time compiler of PostgreSQL, which is larger than all
// the rest together.
func isLibrary(name string) bool {
	if leftOut.MatchString(name) {
		return false
	}
	return strings.HasPrefix(name, "lib") || strings.HasPrefix(name, "lua-") || name == "zlib1g"
}

var leftOut = regexp.MustCompile(`-perl$|^libperl|^libllvm|^libz3`)

// Download puts the package files of packages into dir and returns their paths.
// apt checks their signatures and hashes, and does not fetch what is there.
func Download(ctx context.Context, dir string, packages []Package) ([]string, error) {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, fmt.Errorf("making the package cache: %w", err)
	}
	// As its own user apt could not write to a directory of root's.
	arguments := []string{"-o", "APT::Sandbox::User=root", "-q", "download"}
	for _, p := range packages {
		arguments = append(arguments, p.String())
	}
	if _, err := run(ctx, dir, "apt-get", arguments...); err != nil {
		return nil, err
	}
	var files []string
	for _, p := range packages {
		// apt writes the colon of a version as %3a, and ~ and + as they are.
		pattern := p.Name + "_" + strings.ReplaceAll(p.Version, ":", "%3a") + "_*.deb"
		found, err := filepath.Glob(filepath.Join(dir, pattern))
		if err != nil || len(found) != 1 {
			return nil, fmt.Errorf("looking for %s in %s: found %d files (%w)", pattern, dir, len(found), err)
		}
		files = append(files, found[0])
	}
	return files, nil
}

// run runs a command in dir and returns its output; an error carries what the
// command wrote to its standard error.
func run(ctx context.Context, dir, name string, arguments ...string) ([]byte, error) {
	cmd := exec.CommandContext(ctx, name, arguments...)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "LC_ALL=C.UTF-8", "DEBIAN_FRONTEND=noninteractive")
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		return nil, fmt.Errorf("running %s %s: %w: %s", name, strings.Join(arguments, " "), err, bytes.TrimSpace(stderr.Bytes()))
	}
	return out, nil
}
