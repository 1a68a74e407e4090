package chart

import (
	"os"
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
			golden(t, filepath.Join("testdata", name, "notes.txt"), r.notes(t))
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
		"NoName":            {"fullnameOverride=Rope", "/fullnameOverride"},
		"OwnLabel":          {`commonLabels.app\.kubernetes\.io/name=rope`, "/commonLabels/app.kubernetes.io~1name"},
		"OwnLabelOfPods":    {`podLabels.app\.kubernetes\.io/component=rope`, "/podLabels/app.kubernetes.io~1component"},
		"EmptySection":      {"image=null", "missing property 'image'"},
		"EmptyValue":        {"networkPolicy.apiServerPorts=null", "missing property 'apiServerPorts'"},
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

// TestInAParentChart: a parent chart may have it as a dependency with a condition, as parent charts do.
func TestInAParentChart(t *testing.T) {
	parent := t.TempDir()
	if err := os.CopyFS(filepath.Join(parent, "charts/fairlead"), os.DirFS(fairlead)); err != nil {
		t.Fatal(err)
	}
	chart := "apiVersion: v2\nname: platform\nversion: 1.0.0\ndependencies:\n- {name: fairlead, version: \">=0.1.0\", condition: fairlead.enabled}\n"
	if err := os.WriteFile(filepath.Join(parent, "Chart.yaml"), []byte(chart), 0o600); err != nil {
		t.Fatal(err)
	}
	for enabled, want := range map[string]bool{"true": true, "false": false} {
		r := release{name: "platform", namespace: "ai", chart: parent, args: []string{"--set", "fairlead.enabled=" + enabled}}
		if got := strings.Contains(string(r.template(t)), "name: platform-fairlead"); got != want {
			t.Errorf("fairlead.enabled=%s: installed = %v", enabled, got)
		}
	}
}
