package chart

import (
	"bytes"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/kustomize/api/krusty"
	"sigs.k8s.io/kustomize/kyaml/filesys"
)

// kustomized is the release whose objects config/ holds.
var kustomized = release{name: "fairlead", namespace: "fairlead-system"}

// helmsOwn are the labels that only a release of Helm has.
var helmsOwn = []string{"helm.sh/chart", "app.kubernetes.io/managed-by"}

// TestKustomize: config/default installs what the chart installs, object for object.
func TestKustomize(t *testing.T) {
	want := map[string]unstructured.Unstructured{}
	for _, o := range installed(t) {
		want[key(o)] = o
	}
	got := map[string]unstructured.Unstructured{}
	for _, o := range objects(t, kustomize(t, filepath.Join(root, "config/default"))) {
		got[key(o)] = o
	}
	namespace := got["Namespace fairlead-system"]
	if namespace.GetLabels()["pod-security.kubernetes.io/enforce"] != "restricted" {
		t.Error("expected a namespace that enforces Pod Security restricted")
	}
	delete(got, "Namespace fairlead-system")
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("config/default and the chart differ (-chart +config):\n%s", diff)
	}
}

// TestKustomizeElsewhere: with another namespace, every reference goes there with the objects.
func TestKustomizeElsewhere(t *testing.T) {
	dir := t.TempDir()
	base, err := filepath.Abs(filepath.Join(root, "config/default"))
	if err != nil {
		t.Fatal(err)
	}
	// It takes no absolute path.
	base, err = filepath.Rel(dir, base)
	if err != nil {
		t.Fatal(err)
	}
	overlay := "apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\nnamespace: elsewhere\nresources: [" + base + "]\n" +
		"images: [{name: ghcr.io/fairlead-dev/fairlead, newName: mirror.example.com/fairlead, newTag: other}]\n"
	if err := os.WriteFile(filepath.Join(dir, "kustomization.yaml"), []byte(overlay), 0o600); err != nil {
		t.Fatal(err)
	}
	out := kustomize(t, dir)
	for _, o := range objects(t, out) {
		subjects, _, _ := unstructured.NestedSlice(o.Object, "subjects")
		for _, s := range subjects {
			if n := s.(map[string]any)["namespace"]; n != "elsewhere" {
				t.Errorf("%s: a subject is in namespace %v", key(o), n)
			}
		}
	}
	if !bytes.Contains(out, []byte("image: mirror.example.com/fairlead:other")) {
		t.Error("the operator's image is not the overlay's")
	}
}

// installed are the objects of the release, without what only Helm needs, in the order of their names.
func installed(t *testing.T) []unstructured.Unstructured {
	t.Helper()
	var found []unstructured.Unstructured
	for _, o := range objects(t, kustomized.template(t)) {
		if o.GetAnnotations()["helm.sh/hook"] != "" {
			continue
		}
		unstructured.RemoveNestedField(o.Object, "metadata", "annotations", "helm.sh/resource-policy")
		for _, label := range helmsOwn {
			unstructured.RemoveNestedField(o.Object, "metadata", "labels", label)
			unstructured.RemoveNestedField(o.Object, "spec", "template", "metadata", "labels", label)
		}
		found = append(found, o)
	}
	slices.SortFunc(found, func(a, b unstructured.Unstructured) int { return strings.Compare(key(a), key(b)) })
	return found
}

// kustomize renders a folder.
func kustomize(t *testing.T, folder string) []byte {
	t.Helper()
	resources, err := krusty.MakeKustomizer(krusty.MakeDefaultOptions()).Run(filesys.MakeFsOnDisk(), folder)
	if err != nil {
		t.Fatal(err)
	}
	out, err := resources.AsYaml()
	if err != nil {
		t.Fatal(err)
	}
	return out
}
