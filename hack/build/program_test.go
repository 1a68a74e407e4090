package build

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/fairlead-dev/fairlead/hack/progress"
)

func TestBuild(t *testing.T) {
	root := write(t, map[string]string{
		"tool/go.mod":  "module example.com/tool\n\ngo 1.26\n",
		"tool/go.sum":  "",
		"tool/main.go": "package main\n\nvar word string\n\nfunc main() { print(word) }\n",
	})
	var out bytes.Buffer
	builder := New(testCache(t), root, progress.New(&out, 1))
	program := Program{
		Name: "tool", Module: "tool", Packages: []string{"."}, Sources: []string{"main.go"}, LinkerFlags: []string{"-X", "main.word=hello"},
	}
	first, err := builder.Build(t.Context(), program)
	if err != nil {
		t.Fatal(err)
	}
	said, err := exec.CommandContext(t.Context(), filepath.Join(first, "tool")).CombinedOutput()
	if err != nil || string(said) != "hello" {
		t.Errorf("the program said %q, %v", said, err)
	}
	second, err := builder.Build(t.Context(), program)
	if err != nil || second != first || !strings.Contains(out.String(), "(cached)") {
		t.Errorf("Build() again = %s, %v, want %s from the cache; it reported:\n%s", second, err, first, &out)
	}
}

func TestBuildThatFails(t *testing.T) {
	root := write(t, map[string]string{"go.mod": "module example.com/tool\n\ngo 1.26\n", "go.sum": "", "main.go": "package main\n\nfunc main() { absent() }\n"})
	cache := testCache(t)
	_, err := New(cache, root, progress.Discard()).Build(t.Context(), Program{Name: "tool", Module: ".", Packages: []string{"."}, Sources: []string{"main.go"}})
	if err == nil {
		t.Fatal("Build() of a broken program gave no error")
	}
	for _, want := range []string{"undefined: absent", filepath.Join(cache.Dir(), "log", "tool.log")} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("the error does not say %q:\n%v", want, err)
		}
	}
}

func TestCount(t *testing.T) {
	output := "go: downloading k8s.io/api v0.37.2\nk8s.io/api/core/v1\n# k8s.io/api\nsome/file.go:3:1: syntax error\nk8s.io/api\n" +
		strings.Repeat("x", 2<<20) // longer than any line that the scanner takes
	var total atomic.Int64
	total.Store(10)
	_ = progress.Discard().Step("counting", func(step *progress.Step) error {
		if got := count(strings.NewReader(output), step, &total); got != 2 {
			t.Errorf("count() = %d, want 2", got)
		}
		return nil
	})
}

// The versions that programs report must be those of the modules they are built from.
func TestVersions(t *testing.T) {
	for file, want := range map[string]string{
		"../kube/go.mod":            "k8s.io/kubernetes " + KubernetesVersion + "\n",
		"../kube/containerd/go.mod": "github.com/containerd/containerd/v2 " + ContainerdVersion + " ",
	} {
		content, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(string(content), want) {
			t.Errorf("%s does not require %s", file, want)
		}
	}
}
