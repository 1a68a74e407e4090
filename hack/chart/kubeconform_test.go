package chart

import (
	"bytes"
	"encoding/json"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/yannh/kubeconform/pkg/validator"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

// TestKubeconform checks every object that the chart can render, and every one of config/, against the schemas of Kubernetes and
// of the product's definitions. A field that no schema knows is a mistake.
func TestKubeconform(t *testing.T) {
	v, err := validator.New([]string{schemas(t) + "/{{ .ResourceKind }}{{ .KindSuffix }}.json"}, validator.Opts{Strict: true})
	if err != nil {
		t.Fatal(err)
	}
	manifests := map[string][]byte{"kustomize": kustomize(t, filepath.Join(root, "config/default"))}
	for name, r := range cases(t) {
		manifests["chart/"+name] = r.template(t)
	}
	err = filepath.WalkDir(filepath.Join(root, "config/samples"), func(path string, _ fs.DirEntry, err error) error {
		if err != nil || filepath.Ext(path) != ".yaml" || filepath.Base(path) == "kustomization.yaml" {
			return err
		}
		manifests[path], err = os.ReadFile(path)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	for name, manifest := range manifests {
		t.Run(name, func(t *testing.T) {
			if conform(t, v, name, manifest) == 0 {
				t.Error("there is nothing to check")
			}
			for _, o := range objects(t, manifest) {
				if o.GetKind() == "ConfigMap" && strings.HasSuffix(o.GetName(), "-stack") {
					data, _, _ := unstructured.NestedString(o.Object, "data", "stack.yaml")
					conform(t, v, "the stack", []byte(data))
				}
			}
		})
	}
}

// conform returns how many objects were checked.
func conform(t *testing.T, v validator.Validator, name string, manifest []byte) (checked int) {
	t.Helper()
	for _, result := range v.Validate(name, io.NopCloser(bytes.NewReader(manifest))) {
		switch result.Status {
		case validator.Empty:
		case validator.Valid:
			checked++
		default:
			signature, _ := result.Resource.Signature()
			t.Errorf("%s: %v: %v", name, signature, result.Err)
		}
	}
	return checked
}

// TestKubeconformSeesMistakes: the schemas are strict enough for a misspelt field, at any depth, and for a wrong type.
func TestKubeconformSeesMistakes(t *testing.T) {
	v, err := validator.New([]string{schemas(t) + "/{{ .ResourceKind }}{{ .KindSuffix }}.json"}, validator.Opts{Strict: true})
	if err != nil {
		t.Fatal(err)
	}
	for name, manifest := range map[string]string{
		"UnknownField":  "apiVersion: v1\nkind: Service\nmetadata: {name: a}\nspec: {ports: [{name: a, port: 1, protocoll: TCP}]}",
		"WrongType":     "apiVersion: policy/v1\nkind: PodDisruptionBudget\nmetadata: {name: a}\nspec: {maxUnavailable: true}",
		"UnknownInOurs": "apiVersion: fairlead.dev/v1alpha1\nkind: Gateway\nmetadata: {name: a}\nspec: {service: {prot: 1}}",
		"UnknownKind":   "apiVersion: v1\nkind: Sevrice\nmetadata: {name: a}",
	} {
		t.Run(name, func(t *testing.T) {
			for _, result := range v.Validate(name, io.NopCloser(strings.NewReader(manifest))) {
				if result.Status == validator.Valid {
					t.Error("the mistake is not seen")
				}
			}
		})
	}
}

// writeJSON writes one schema.
func writeJSON(t *testing.T, path string, schema any) {
	t.Helper()
	data, err := json.Marshal(schema)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
}
