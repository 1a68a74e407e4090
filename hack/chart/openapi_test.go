package chart

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"sigs.k8s.io/yaml"
)

// schemas returns a folder with a JSON schema of each kind: those of Kubernetes out of the description of its API that comes with
// its source, those of the product out of its definitions, and of others what is in testdata/schemas.
func schemas(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	for kind, schema := range kubernetesSchemas(t) {
		writeJSON(t, filepath.Join(dir, kind+".json"), schema)
	}
	definitions, err := filepath.Glob(filepath.Join(root, "config/crd/fairlead.dev_*.yaml"))
	if err != nil || len(definitions) == 0 {
		t.Fatalf("finding the definitions: %v", err)
	}
	for _, file := range definitions {
		kind, schema := definitionSchema(t, file)
		writeJSON(t, filepath.Join(dir, kind+".json"), schema)
	}
	if err := os.CopyFS(dir, os.DirFS("testdata/schemas")); err != nil {
		t.Fatal(err)
	}
	return dir
}

// kubernetesSchemas are those of the kinds that are installed, by the names of their files.
func kubernetesSchemas(t *testing.T) map[string]any {
	t.Helper()
	var swagger struct{ Definitions map[string]any }
	data, err := os.ReadFile(filepath.Join(kubernetesSource(t), "api/openapi-spec/swagger.json"))
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(data, &swagger); err != nil {
		t.Fatal(err)
	}
	// What YAML may write as a number, too.
	swagger.Definitions["io.k8s.apimachinery.pkg.api.resource.Quantity"] = map[string]any{"type": []string{"string", "number"}}
	swagger.Definitions["io.k8s.apimachinery.pkg.util.intstr.IntOrString"] = map[string]any{"type": []string{"string", "integer"}}
	found := map[string]any{}
	for name, definition := range swagger.Definitions {
		kinds, _ := definition.(map[string]any)["x-kubernetes-group-version-kind"].([]any)
		if len(kinds) != 1 {
			continue
		}
		kind := kinds[0].(map[string]any)
		definitions := map[string]any{}
		collect(swagger.Definitions, name, definitions)
		found[fileName(kind["group"].(string), kind["version"].(string), kind["kind"].(string))] = map[string]any{
			"$ref": "#/definitions/" + name, "definitions": definitions,
		}
	}
	return found
}

// kubernetesSource is where the source of the Kubernetes lies that the local cluster is built from.
func kubernetesSource(t *testing.T) string {
	t.Helper()
	c := exec.CommandContext(t.Context(), "go", "mod", "download", "-json", "k8s.io/kubernetes")
	c.Dir = filepath.Join(root, "hack/kube")
	out, err := c.Output()
	if err != nil {
		t.Fatalf("finding the source of Kubernetes: %v", err)
	}
	var module struct{ Dir string }
	if err := json.Unmarshal(out, &module); err != nil {
		t.Fatal(err)
	}
	return module.Dir
}

// collect puts a definition and all that it refers to into one set.
func collect(all map[string]any, name string, into map[string]any) {
	if into[name] != nil {
		return
	}
	into[name] = closed(all[name])
	for _, other := range references(all[name]) {
		collect(all, other, into)
	}
}

// references are the names of the definitions that a schema refers to.
func references(schema any) []string {
	var names []string
	switch s := schema.(type) {
	case map[string]any:
		if ref, ok := s["$ref"].(string); ok {
			names = append(names, strings.TrimPrefix(ref, "#/definitions/"))
		}
		for _, below := range s {
			names = append(names, references(below)...)
		}
	case []any:
		for _, below := range s {
			names = append(names, references(below)...)
		}
	}
	return names
}

// closed returns a schema that admits no property which it does not name, at any depth.
func closed(schema any) any {
	switch s := schema.(type) {
	case map[string]any:
		result := map[string]any{}
		for k, v := range s {
			result[k] = closed(v)
		}
		_, open := s["additionalProperties"]
		if _, names := s["properties"].(map[string]any); names && !open && s["x-kubernetes-preserve-unknown-fields"] != true {
			result["additionalProperties"] = false
		}
		if s["x-kubernetes-int-or-string"] == true {
			result["type"] = []string{"string", "integer"}
		}
		return result
	case []any:
		result := make([]any, len(s))
		for i, v := range s {
			result[i] = closed(v)
		}
		return result
	}
	return schema
}

// definitionSchema is the schema of one of the product's kinds. What every object has, the definition does not repeat.
func definitionSchema(t *testing.T, file string) (name string, schema any) {
	t.Helper()
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var definition struct {
		Spec struct {
			Group    string
			Names    struct{ Kind string }
			Versions []struct {
				Name   string
				Schema struct {
					OpenAPIV3Schema map[string]any `json:"openAPIV3Schema"`
				}
			}
		}
	}
	if err := yaml.Unmarshal(data, &definition); err != nil {
		t.Fatal(err)
	}
	version := definition.Spec.Versions[0]
	return fileName(definition.Spec.Group, version.Name, definition.Spec.Names.Kind), closed(version.Schema.OpenAPIV3Schema)
}

// fileName is what kubeconform looks for: service-v1, role-rbac-v1.
func fileName(group, version, kind string) string {
	name := strings.ToLower(kind)
	if group != "" {
		name += "-" + strings.Split(group, ".")[0]
	}
	return name + "-" + version
}
