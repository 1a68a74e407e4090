// Package scope reads what lies within the namespaces that the operator serves. In any other nothing can be read, so what is there
// counts as not there.
package scope

import (
	"context"
	"fmt"
	"slices"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/fairlead-dev/fairlead/api/v1alpha1"
	"github.com/fairlead-dev/fairlead/controllers/compile"
)

// Scope is the namespaces that are served.
type Scope struct {
	// Client reads from the cache.
	Client client.Reader
	// Namespaces that are served; empty for all.
	Namespaces []string
}

// Read reads an object, and says whether there is one.
func (s Scope) Read(ctx context.Context, name types.NamespacedName, into client.Object) (exists bool, err error) {
	if len(s.Namespaces) > 0 && !slices.Contains(s.Namespaces, name.Namespace) {
		return false, nil
	}
	err = s.Client.Get(ctx, name, into)
	return err == nil, client.IgnoreNotFound(err)
}

// Gateway reads a Gateway; nil where there is none.
func (s Scope) Gateway(ctx context.Context, name types.NamespacedName) (*v1alpha1.Gateway, error) {
	gateway := &v1alpha1.Gateway{}
	exists, err := s.Read(ctx, name, gateway)
	if err != nil {
		return nil, fmt.Errorf("reading Gateway %s: %w", name, err)
	}
	if !exists {
		return nil, nil
	}
	return gateway, nil
}

// Labels reads the labels of namespaces. An operator that serves some namespaces only may not read any, so a selector matches
// nothing but a namespace's name then.
func (s Scope) Labels(ctx context.Context, names ...string) (compile.Namespaces, error) {
	if len(s.Namespaces) > 0 {
		return nil, nil
	}
	labels := compile.Namespaces{}
	for _, name := range names {
		if _, known := labels[name]; known {
			continue
		}
		namespace := &metav1.PartialObjectMetadata{}
		namespace.SetGroupVersionKind(corev1.SchemeGroupVersion.WithKind("Namespace"))
		err := s.Client.Get(ctx, types.NamespacedName{Name: name}, namespace)
		if client.IgnoreNotFound(err) != nil {
			return nil, fmt.Errorf("reading namespace %s: %w", name, err)
		}
		labels[name] = namespace.Labels
	}
	return labels, nil
}
