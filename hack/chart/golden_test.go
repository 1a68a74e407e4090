package chart

import (
	"path/filepath"
	"strings"
	"testing"
)

func TestGolden(t *testing.T) {
	for name, r := range cases(t) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r.args = append(r.args, "--set", "crds.enabled=false")
			golden(t, filepath.Join("testdata", name, "rendered.yaml"), r.template(t))
		})
	}
}

// TestDefinitions: they come with the chart, are kept when it goes, and stay away by either name of the value.
func TestDefinitions(t *testing.T) {
	r := release{name: "fairlead", namespace: "ai"}
	rendered := string(r.template(t))
	if n := strings.Count(rendered, "kind: CustomResourceDefinition"); n != 4 {
		t.Errorf("definitions = %d, want 4", n)
	}
	if n := strings.Count(rendered, "helm.sh/resource-policy: keep"); n != 4 {
		t.Errorf("kept definitions = %d, want 4", n)
	}
	for _, value := range []string{"crds.enabled=false", "crds.install=false"} {
		r.args = []string{"--set", value}
		if strings.Contains(string(r.template(t)), "CustomResourceDefinition") {
			t.Errorf("with %s there are definitions", value)
		}
	}
}

// TestRefusals: what would not work is refused with the reason, before anything is installed.
func TestRefusals(t *testing.T) {
	for name, tc := range map[string]struct{ set, want string }{
		"Misspelt":          {"replica=2", "replica"},
		"MisspeltBelow":     {"image.tagg=1", "tagg"},
		"WrongType":         {"replicas=many", "/replicas"},
		"WrongDigest":       {"image.digest=sha256:abc", "/image/digest"},
		"WrongNetwork":      {"providers.allowedNetworks={10.0.0.0}", "/providers/allowedNetworks"},
		"StackOutsideScope": {"stack.enabled=true,watchNamespaces={other}", "which watchNamespaces does not list"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := release{name: "fairlead", namespace: "ai", args: []string{"--set", tc.set}}.run(t)
			if err == nil || !strings.Contains(err.Error(), tc.want) {
				t.Errorf("error = %v, want %q", err, tc.want)
			}
		})
	}
}
