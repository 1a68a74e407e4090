package modelalias

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
	"github.com/fairlead-dev/fairlead/controllers/index"
)

// gather reads, from the cache, everything that the route of an alias depends on.
func (r *Reconciler) gather(ctx context.Context, a *v1alpha1.ModelAlias) (compile.AliasInput, error) {
	in := compile.AliasInput{Alias: a, Providers: map[types.NamespacedName]*v1alpha1.ModelProvider{}}
	gateway := &v1alpha1.Gateway{}
	exists, err := r.read(ctx, compile.GatewayOf(a), gateway)
	if err != nil {
		return in, fmt.Errorf("reading Gateway %s: %w", compile.GatewayOf(a), err)
	}
	if exists {
		in.Gateway = gateway
	}
	for _, name := range compile.ProvidersOf(a) {
		provider := &v1alpha1.ModelProvider{}
		exists, err := r.read(ctx, name, provider)
		if err != nil {
			return in, fmt.Errorf("reading ModelProvider %s: %w", name, err)
		}
		if exists {
			in.Providers[name] = provider
		}
	}
	rivals, err := index.Aliases(ctx, r.Client, index.AliasByModel, index.Claim(a))
	if err != nil {
		return in, err
	}
	for i := range rivals {
		in.Rivals = append(in.Rivals, &rivals[i])
	}
	in.Namespaces, err = r.namespaces(ctx, in)
	return in, err
}

// read reads an object, and says whether there is one in a namespace that is served.
func (r *Reconciler) read(ctx context.Context, name types.NamespacedName, into client.Object) (exists bool, err error) {
	if len(r.Namespaces) > 0 && !slices.Contains(r.Namespaces, name.Namespace) {
		return false, nil
	}
	err = r.Client.Get(ctx, name, into)
	return err == nil, client.IgnoreNotFound(err)
}

// namespaces reads the labels of the namespaces that take part.
func (r *Reconciler) namespaces(ctx context.Context, in compile.AliasInput) (compile.Namespaces, error) {
	if len(r.Namespaces) > 0 {
		return nil, nil
	}
	labels := compile.Namespaces{}
	names := []string{in.Alias.Namespace, compile.GatewayOf(in.Alias).Namespace}
	for _, rival := range in.Rivals {
		names = append(names, rival.Namespace)
	}
	for _, name := range names {
		if _, known := labels[name]; known {
			continue
		}
		namespace := &metav1.PartialObjectMetadata{}
		namespace.SetGroupVersionKind(corev1.SchemeGroupVersion.WithKind("Namespace"))
		err := r.Client.Get(ctx, types.NamespacedName{Name: name}, namespace)
		if client.IgnoreNotFound(err) != nil {
			return nil, fmt.Errorf("reading namespace %s: %w", name, err)
		}
		labels[name] = namespace.Labels
	}
	return labels, nil
}
