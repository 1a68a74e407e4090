package modelalias

import (
	"context"
	"fmt"

	"k8s.io/apimachinery/pkg/types"

	"github.com/fairlead-dev/fairlead/api/v1alpha1"
	"github.com/fairlead-dev/fairlead/controllers/compile"
	"github.com/fairlead-dev/fairlead/controllers/index"
)

// gather reads, from the cache, everything that the route of an alias depends on.
func (r *Reconciler) gather(ctx context.Context, a *v1alpha1.ModelAlias) (compile.AliasInput, error) {
	in := compile.AliasInput{Alias: a, Providers: map[types.NamespacedName]*v1alpha1.ModelProvider{}}
	var err error
	if in.Gateway, err = r.Scope.Gateway(ctx, compile.GatewayOf(a)); err != nil {
		return in, err
	}
	for _, name := range compile.ProvidersOf(a) {
		provider := &v1alpha1.ModelProvider{}
		exists, err := r.Scope.Read(ctx, name, provider)
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
	names := []string{a.Namespace, compile.GatewayOf(a).Namespace}
	for i := range rivals {
		in.Rivals = append(in.Rivals, &rivals[i])
		names = append(names, rivals[i].Namespace)
	}
	in.Namespaces, err = r.Scope.Labels(ctx, names...)
	return in, err
}
