// Package ollama builds a real Ollama server from its Go module, quickly.
//
// Upstream's own build takes some 13 minutes of CPU time, most of it for
// optimising C++ that tiny models never feel, and the rest for commands that a
// server has no use for. See ./server for what is linked and cxx.sh for what is
// optimised.
package ollama

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"

	"github.com/fairlead-dev/fairlead/hack/apt"
	"github.com/fairlead-dev/fairlead/hack/build"
	"github.com/fairlead-dev/fairlead/hack/progress"
)

// Version is the version of Ollama. It is also in server/go.mod, from which the
// sources come; a test keeps the two equal.
const Version = "0.17.4"

// headers are the Debian and Ubuntu packages that the build needs, with a file
// that tells whether they are there. The two libraries are header files that the
// Go module leaves out.
var headers = map[string]string{
	"g++":                "/usr/bin/g++",
	"nlohmann-json3-dev": "/usr/include/nlohmann/json.hpp",
	"libstb-dev":         "/usr/include/stb/stb_image.h",
	"ca-certificates":    "/etc/ssl/certs/ca-certificates.crt",
}

// Build returns the path of the binary, building it unless b's cache has it. A
// missing compiler or header is installed with apt-get first, which needs root
// and is a step of its own.
func Build(ctx context.Context, b *build.Builder) (string, error) {
	if packages := missing(headers, exists); len(packages) > 0 {
		err := b.Progress().Step("what Ollama's build needs", func(step *progress.Step) error { return apt.Install(ctx, step, packages...) })
		if err != nil {
			return "", fmt.Errorf("installing what Ollama's build needs: %w", err)
		}
	}
	sources := filepath.Join(b.Root(), "hack", "ollama")
	dir, err := b.Build(ctx, build.Program{
		Name: "ollama", Module: "hack/ollama/server", Packages: []string{"./ollama"}, Sources: []string{"ollama", "../include", "../cxx.sh"},
		LinkerFlags: []string{"-X", "github.com/ollama/ollama/version.Version=" + Version},
		Environment: []string{
			"CGO_ENABLED=1",
			"CXX=" + filepath.Join(sources, "cxx.sh"),
			"CGO_CFLAGS=-O1",
			"CGO_CXXFLAGS=-O0",
			"CPATH=" + filepath.Join(sources, "include"),
		},
		Quick: true, Cold: "2 minutes",
	})
	return filepath.Join(dir, "ollama"), err
}

// missing returns the names of packages whose file does not exist, sorted.
func missing(packages map[string]string, exists func(path string) bool) []string {
	var names []string
	for name, file := range packages {
		if !exists(file) {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}
