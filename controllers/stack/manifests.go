package stack

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"slices"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	utilyaml "k8s.io/apimachinery/pkg/util/yaml"

	"github.com/fairlead-dev/fairlead/api/v1alpha1"
)

// kinds of a stack, in the order in which they are applied.
func kinds() []string { return []string{"Gateway", "ModelProvider", "ModelAlias", "GatewayKey"} }

// Read reads the objects of every *.yaml file of a folder. It refuses other kinds than those of the product, and an object that
// names another namespace than its stack's.
func Read(folder fs.FS, namespace string) ([]*unstructured.Unstructured, error) {
	files, err := fs.Glob(folder, "*.yaml")
	if err != nil {
		return nil, fmt.Errorf("looking for manifests: %w", err)
	}
	var objects []*unstructured.Unstructured
	for _, file := range files {
		content, err := fs.ReadFile(folder, file)
		if err != nil {
			return nil, fmt.Errorf("reading manifest %s: %w", file, err)
		}
		found, err := parse(content, namespace)
		if err != nil {
			return nil, fmt.Errorf("reading manifest %s: %w", file, err)
		}
		objects = append(objects, found...)
	}
	slices.SortStableFunc(objects, func(a, b *unstructured.Unstructured) int {
		return slices.Index(kinds(), a.GetKind()) - slices.Index(kinds(), b.GetKind())
	})
	return objects, nil
}

// parse reads one file; empty documents count for nothing.
func parse(content []byte, namespace string) ([]*unstructured.Unstructured, error) {
	decoder := utilyaml.NewYAMLOrJSONDecoder(bytes.NewReader(content), 4096)
	var objects []*unstructured.Unstructured
	for {
		object := &unstructured.Unstructured{}
		err := decoder.Decode(&object.Object)
		if errors.Is(err, io.EOF) {
			return objects, nil
		}
		if err != nil {
			return nil, fmt.Errorf("decoding document %d: %w", len(objects)+1, err)
		}
		if len(object.Object) == 0 {
			continue
		}
		if err := admit(object, namespace); err != nil {
			return nil, err
		}
		objects = append(objects, object)
	}
}

// admit checks what kind of object it is and puts it into the stack's namespace.
func admit(object *unstructured.Unstructured, namespace string) error {
	gvk := object.GroupVersionKind()
	if gvk.GroupVersion() != v1alpha1.GroupVersion || !slices.Contains(kinds(), gvk.Kind) {
		return fmt.Errorf("expected one of %v of %s, found %s %s", kinds(), v1alpha1.GroupVersion, gvk.Kind, object.GetAPIVersion())
	}
	if object.GetName() == "" {
		return fmt.Errorf("expected metadata.name of a %s, found none", gvk.Kind)
	}
	if n := object.GetNamespace(); n != "" && n != namespace {
		return fmt.Errorf("expected %s in namespace %s, found it in %s", title(object), namespace, n)
	}
	object.SetNamespace(namespace)
	return nil
}

// title names an object the way kubectl does.
func title(object *unstructured.Unstructured) string {
	gvk := object.GroupVersionKind()
	return schema.GroupKind{Group: gvk.Group, Kind: gvk.Kind}.String() + "/" + object.GetName()
}
