package chart

import (
	"bytes"
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/yaml"
)

// TestConfig keeps the files of config/ as the chart renders them.
func TestConfig(t *testing.T) {
	files := map[string][]unstructured.Unstructured{}
	for _, o := range installed(t) {
		if o.GetKind() == "CustomResourceDefinition" {
			continue // config/crd has them
		}
		file := home(o)
		if file == "" {
			t.Errorf("%s has no file in config/", key(o))
		}
		files[file] = append(files[file], o)
	}
	for _, file := range slices.Sorted(maps.Keys(files)) {
		t.Run(file, func(t *testing.T) {
			var text bytes.Buffer
			fmt.Fprintln(&text, "# Made from charts/fairlead by `make golden`. Do not edit.")
			for i, o := range files[file] {
				if i > 0 {
					fmt.Fprintln(&text, "---")
				}
				document, err := yaml.Marshal(o.Object)
				if err != nil {
					t.Fatal(err)
				}
				text.Write(document)
			}
			golden(t, filepath.Join(root, "config", file), text.Bytes())
		})
	}
}

// home is the file of config/ that an object is in.
func home(o unstructured.Unstructured) string {
	switch o.GetKind() {
	case "Deployment", "Service":
		return "manager/manager.yaml"
	case "NetworkPolicy":
		return "network/operator.yaml"
	case "ServiceAccount":
		return "rbac/serviceaccount.yaml"
	case "ClusterRole", "Role", "ClusterRoleBinding", "RoleBinding":
		switch {
		case strings.HasSuffix(o.GetName(), "leader-election"):
			return "rbac/leader-election.yaml"
		case o.GetLabels()["app.kubernetes.io/component"] == "user-role":
			return "rbac/people.yaml"
		}
		return "rbac/operator.yaml"
	}
	return ""
}
