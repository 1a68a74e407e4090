package chart

import (
	"bytes"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/fairlead-dev/fairlead/hack/build"
	"github.com/fairlead-dev/fairlead/hack/progress"
)

var update = flag.Bool("update", false, "rewrite the golden files, and config/")

// root of the repository, and the chart, seen from here.
const (
	root     = "../.."
	fairlead = root + "/charts/fairlead"
)

// helm builds Helm; it is in the cache of whoever ran the demo, or another test.
func helm(t testing.TB) string {
	t.Helper()
	cache, err := build.OpenCache()
	if err != nil {
		t.Fatal(err)
	}
	path, err := build.Root()
	if err != nil {
		t.Fatal(err)
	}
	program, err := build.New(cache, path, progress.Discard()).Helm(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return program
}

// release is one installation of the chart.
type release struct {
	name, namespace string
	// chart that is installed; the product's when empty.
	chart string
	// kinds that the cluster has besides those of Kubernetes; the notes are those of a cluster without them.
	kinds []string
	// args of helm besides those.
	args []string
}

// template renders the release. CRDs are left out where they are not asked for, because they are most of the text.
func (r release) template(t testing.TB) []byte {
	t.Helper()
	out, err := r.run(t)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// run renders the release, or says why it is refused.
func (r release) run(t testing.TB) ([]byte, error) {
	t.Helper()
	chart := fairlead
	if r.chart != "" {
		chart = r.chart
	}
	args := append([]string{"template", r.name, chart, "--namespace", r.namespace}, r.args...)
	for _, kind := range r.kinds {
		args = append(args, "--api-versions", kind)
	}
	return runHelm(t, args...)
}

// notes are what an installation of the release prints.
func (r release) notes(t testing.TB) []byte {
	t.Helper()
	args := []string{"install", r.name, fairlead, "--namespace", r.namespace, "--dry-run=client", "--set", "crds.enabled=false"}
	out, err := runHelm(t, append(args, r.args...)...)
	if err != nil {
		t.Fatal(err)
	}
	_, notes, found := bytes.Cut(out, []byte("\nNOTES:\n"))
	if !found {
		t.Fatalf("helm printed no notes:\n%s", out)
	}
	return notes
}

// runHelm runs Helm where it knows no cluster.
func runHelm(t testing.TB, args ...string) ([]byte, error) {
	t.Helper()
	c := exec.CommandContext(t.Context(), helm(t), args...)
	c.Env = append(os.Environ(), "KUBECONFIG="+os.DevNull)
	var out, problems bytes.Buffer
	c.Stdout, c.Stderr = &out, &problems
	if err := c.Run(); err != nil {
		return nil, fmt.Errorf("running helm %s: %w: %s", strings.Join(args, " "), err, problems.String())
	}
	return out.Bytes(), nil
}

// cases are the golden releases by their folders in testdata.
func cases(t testing.TB) map[string]release {
	t.Helper()
	folders, err := filepath.Glob("testdata/*/values.yaml")
	if err != nil || len(folders) == 0 {
		t.Fatalf("finding the sets of values: %v", err)
	}
	releases := map[string]release{}
	for _, file := range folders {
		name := filepath.Base(filepath.Dir(file))
		r := release{name: "fairlead", namespace: "fairlead-system", args: []string{"--values", file}}
		switch name {
		case "second":
			r.name, r.namespace = "blue", "team-blue"
		case "everything":
			r.kinds = []string{"monitoring.coreos.com/v1/ServiceMonitor"}
		}
		releases[name] = r
	}
	return releases
}

// golden compares with a file, or rewrites it.
func golden(t *testing.T, path string, got []byte) {
	t.Helper()
	if *update {
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, got, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatalf("reading a golden file (run with -update): %v", err)
	}
	if diff := cmp.Diff(string(want), string(got)); diff != "" {
		t.Errorf("%s is out of date (run `make golden`, and read the diff):\n%s", path, diff)
	}
}
