package ollama

import (
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestVersionIsTheModules(t *testing.T) {
	mod, err := os.ReadFile("server/go.mod")
	if err != nil {
		t.Fatal(err)
	}
	if want := "github.com/ollama/ollama v" + Version + "\n"; !strings.Contains(string(mod), want) {
		t.Errorf("server/go.mod does not require %q", want)
	}
}

func TestMissing(t *testing.T) {
	packages := map[string]string{"b": "/b", "a": "/a", "c": "/c"}
	got := missing(packages, func(path string) bool { return path == "/c" })
	if diff := cmp.Diff([]string{"a", "b"}, got); diff != "" {
		t.Errorf("missing (-want +got):\n%s", diff)
	}
}
