package images

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// read reads a file of the repository.
func read(t *testing.T, name string) string {
	t.Helper()
	content, err := os.ReadFile(filepath.Join("../..", name))
	if err != nil {
		t.Fatal(err)
	}
	return string(content)
}

// TestDockerfile keeps the Dockerfile, which no test builds because that takes a registry, to the image that is made without it.
func TestDockerfile(t *testing.T) {
	dockerfile := read(t, "Dockerfile")
	image, err := product(t.Context(), "localhost/fairlead:1", os.Args[0])
	if err != nil {
		t.Fatal(err)
	}
	labels := Release{Version: "$VERSION", Revision: "$REVISION"}.labels()
	wanted := append(make([]string, 0, 4+len(labels)),
		"CGO_ENABLED=0 GOOS=$TARGETOS GOARCH=$TARGETARCH",
		`go build -trimpath -buildvcs=false -ldflags "-s -w -X main.version=$VERSION" -o /fairlead .`,
		"USER "+image.Config.User,
		fmt.Sprintf("ENTRYPOINT [%q]", image.Config.Entrypoint[0]),
	)
	for _, name := range slices.Sorted(maps.Keys(labels)) {
		wanted = append(wanted, fmt.Sprintf("%s=%q", name, labels[name]))
	}
	for _, text := range wanted {
		if !strings.Contains(dockerfile, text) {
			t.Errorf("the Dockerfile lacks %s", text)
		}
	}
}

// TestDockerignore: what the container engine is given is what the binary is built from, tests left out.
func TestDockerignore(t *testing.T) {
	var given []string
	for line := range strings.Lines(read(t, ".dockerignore")) {
		if name, ok := strings.CutPrefix(strings.TrimSpace(line), "!"); ok {
			given = append(given, name)
		}
	}
	want := append([]string{"go.mod", "go.sum"}, fairlead().Sources...)
	slices.Sort(given)
	slices.Sort(want)
	if diff := cmp.Diff(want, given); diff != "" {
		t.Errorf("sources (-built by make image +given to a container engine):\n%s", diff)
	}
}

// TestOneVersion: the version that is released next is the same wherever it is written.
func TestOneVersion(t *testing.T) {
	_, version, _ := strings.Cut(read(t, "Makefile"), "\nVERSION ?= ")
	version, _, _ = strings.Cut(version, "\n")
	for file, text := range map[string]string{
		"Dockerfile":                 "ARG VERSION=" + version + "\n",
		"charts/fairlead/Chart.yaml": "\nversion: " + version + "\nappVersion: " + version + "\n",
	} {
		if !strings.Contains(read(t, file), text) {
			t.Errorf("%s lacks %q", file, text)
		}
	}
	if n := strings.Count(read(t, "Dockerfile"), "ARG VERSION="+version+"\n"); n != 2 {
		t.Errorf("the Dockerfile says the version %d times, want it in both stages", n)
	}
	if image := "ghcr.io/fairlead-dev/fairlead:" + version; !strings.Contains(read(t, "charts/fairlead/Chart.yaml"), image+`"`) {
		t.Errorf("the chart's annotations lack %s", image)
	}
}
