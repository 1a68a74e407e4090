package chart

import (
	"bytes"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/santhosh-tekuri/jsonschema/v6"
	"sigs.k8s.io/yaml"
)

// values are those of the chart's values.yaml.
func values(t *testing.T) map[string]any {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(root, "charts/fairlead/values.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	var v map[string]any
	if err := yaml.Unmarshal(data, &v); err != nil {
		t.Fatal(err)
	}
	return v
}

func schemaDocument(t *testing.T) map[string]any {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(root, "charts/fairlead/values.schema.json"))
	if err != nil {
		t.Fatal(err)
	}
	document, err := jsonschema.UnmarshalJSON(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	return document.(map[string]any)
}

// TestEveryValueIsInTheSchema, and the other way round: what a person can say is written down with its default.
func TestEveryValueIsInTheSchema(t *testing.T) {
	var walk func(path string, schema, value map[string]any)
	walk = func(path string, schema, value map[string]any) {
		properties, ok := schema["properties"].(map[string]any)
		if !ok {
			return
		}
		known := slices.DeleteFunc(slices.Sorted(maps.Keys(properties)), func(name string) bool {
			// Helm's own, what parent charts say, the deprecated name, and what Kubernetes' types have and no default does.
			return slices.Contains([]string{"/global", "/enabled", "/crds/install", "/resources/claims"}, path+"/"+name) ||
				slices.Contains([]string{"/affinity", "/commonLabels", "/podLabels"}, path)
		})
		if diff := cmp.Diff(known, slices.Sorted(maps.Keys(value)), cmpopts.EquateEmpty()); diff != "" {
			t.Errorf("%s: values.schema.json and values.yaml differ (-schema +values):\n%s", path, diff)
		}
		for name, below := range value {
			if nested, ok := below.(map[string]any); ok {
				s, _ := properties[name].(map[string]any)
				walk(path+"/"+name, s, nested)
			}
		}
	}
	walk("", schemaDocument(t), values(t))
}

// TestMisspeltValuesAreRefused misspells each value in turn, at every depth.
func TestMisspeltValuesAreRefused(t *testing.T) {
	document := schemaDocument(t)
	compiler := jsonschema.NewCompiler()
	if err := compiler.AddResource("values.json", document); err != nil {
		t.Fatal(err)
	}
	schema, err := compiler.Compile("values.json")
	if err != nil {
		t.Fatal(err)
	}
	all := values(t)
	if err := schema.Validate(all); err != nil {
		t.Fatalf("the defaults are refused: %v", err)
	}
	var walk func(path string, s, at map[string]any)
	walk = func(path string, s, at map[string]any) {
		properties, ok := s["properties"].(map[string]any)
		if !ok {
			return
		}
		for _, name := range slices.Sorted(maps.Keys(at)) {
			value := at[name]
			delete(at, name)
			at[name+"x"] = value
			if schema.Validate(all) == nil {
				t.Errorf("%s/%sx is accepted", path, name)
			}
			delete(at, name+"x")
			at[name] = value
			if nested, ok := value.(map[string]any); ok {
				below, _ := properties[name].(map[string]any)
				walk(path+"/"+name, below, nested)
			}
		}
	}
	walk("", document, all)
}

// TestNullIsRefusedOrEmpty: `null` takes a value away in Helm. Where there is nothing that it could stand for, that is refused; the others
// have an empty default or are in testdata/nulls.
func TestNullIsRefusedOrEmpty(t *testing.T) {
	var walk func(path string, s, at map[string]any)
	walk = func(path string, s, at map[string]any) {
		properties, _ := s["properties"].(map[string]any)
		required, _ := s["required"].([]any)
		for name, value := range at {
			below, nested := value.(map[string]any)
			empty := value == "" || nested && len(below) == 0
			if list, ok := value.([]any); ok {
				empty = len(list) == 0
			}
			optional := []string{"/image/tag", "/resources", "/stack/providers", "/stack/aliases", "/stack/ask"}
			if !empty && !slices.Contains(required, any(name)) && !slices.Contains(optional, path+"/"+name) {
				t.Errorf("%s/%s may be null, although it is %v by default", path, name, value)
			}
			if schema, ok := properties[name].(map[string]any); ok && nested && schema["properties"] != nil && path+"/"+name != "/resources" {
				walk(path+"/"+name, schema, below)
			}
		}
	}
	walk("", schemaDocument(t), values(t))
}
