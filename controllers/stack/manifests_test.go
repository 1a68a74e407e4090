package stack_test

import (
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"

	"github.com/fairlead-dev/fairlead/controllers/stack"
)

const gateway = "apiVersion: fairlead.dev/v1alpha1\nkind: Gateway\nmetadata: {name: main}\n"

func TestRead(t *testing.T) {
	folder := fstest.MapFS{
		"a.yaml": {Data: []byte("---\napiVersion: fairlead.dev/v1alpha1\nkind: ModelAlias\nmetadata: {name: chat}\nspec: {}\n---\n# nothing\n---\n" + gateway)},
		"b.yaml": {Data: []byte(`{"apiVersion":"fairlead.dev/v1alpha1","kind":"ModelProvider","metadata":{"name":"local","namespace":"ai"}}`)},
		"notes":  {Data: []byte("not a manifest")},
	}
	objects, err := stack.Read(folder, "ai")
	if err != nil {
		t.Fatal(err)
	}
	got := make([]string, len(objects))
	for i, o := range objects {
		got[i] = o.GetKind() + " " + o.GetNamespace() + "/" + o.GetName()
	}
	want := []string{"Gateway ai/main", "ModelProvider ai/local", "ModelAlias ai/chat"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("objects (-want +got):\n%s", diff)
	}
}

func TestReadRefuses(t *testing.T) {
	for name, tc := range map[string]struct{ manifest, want string }{
		"OtherKind":      {"apiVersion: v1\nkind: Secret\nmetadata: {name: a}", "expected one of"},
		"OtherVersion":   {"apiVersion: fairlead.dev/v1\nkind: Gateway\nmetadata: {name: a}", "expected one of"},
		"NoName":         {"apiVersion: fairlead.dev/v1alpha1\nkind: Gateway", "expected metadata.name"},
		"OtherNamespace": {"apiVersion: fairlead.dev/v1alpha1\nkind: Gateway\nmetadata: {name: a, namespace: b}", "in namespace ai, found it in b"},
		"NoYAML":         {"a: b: c", "decoding document 1"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := stack.Read(fstest.MapFS{"a.yaml": {Data: []byte(tc.manifest)}}, "ai")
			if err == nil || !strings.Contains(err.Error(), tc.want) {
				t.Errorf("error = %v, want %q", err, tc.want)
			}
		})
	}
}

// FuzzRead: whatever is in a file, what is read is in the stack's namespace and of the product's kinds.
func FuzzRead(f *testing.F) {
	f.Add([]byte(gateway))
	f.Add([]byte("---\n"))
	f.Add([]byte(`{"kind":1}`))
	f.Fuzz(func(t *testing.T, manifest []byte) {
		objects, err := stack.Read(fstest.MapFS{"a.yaml": {Data: manifest}}, "ai")
		if err != nil {
			return
		}
		for _, o := range objects {
			if o.GetNamespace() != "ai" || o.GroupVersionKind().Group != "fairlead.dev" || o.GetName() == "" {
				t.Errorf("read %v", o.Object)
			}
		}
	})
}
