// Package index holds the field indexes of the operator's cache: with them, a change of one object finds those that it
// concerns without looking at all of them.
package index

import (
	"context"
	"fmt"

	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/fairlead-dev/fairlead/api/v1alpha1"
	"github.com/fairlead-dev/fairlead/controllers/compile"
)

// Names of the indexes over ModelAliases.
const (
	// AliasByGateway finds the aliases that name a Gateway, as namespace/name.
	AliasByGateway = "gateway"
	// AliasByProvider finds the aliases that name a ModelProvider, as namespace/name, in their spec or in their route.
	AliasByProvider = "provider"
	// AliasByModel finds the aliases that claim a model at a Gateway; the value is Claim's.
	AliasByModel = "model"
)

// Claim is the value of AliasByModel for an alias.
func Claim(a *v1alpha1.ModelAlias) string {
	return compile.GatewayOf(a).String() + " " + compile.ModelOf(a)
}

// Register adds the indexes.
func Register(ctx context.Context, indexer client.FieldIndexer) error {
	for name, values := range map[string]func(*v1alpha1.ModelAlias) []string{
		AliasByGateway:  func(a *v1alpha1.ModelAlias) []string { return []string{compile.GatewayOf(a).String()} },
		AliasByModel:    func(a *v1alpha1.ModelAlias) []string { return []string{Claim(a)} },
		AliasByProvider: func(a *v1alpha1.ModelAlias) []string { return keys(compile.ProvidersOf(a)) },
	} {
		if err := register(ctx, indexer, &v1alpha1.ModelAlias{}, name, values); err != nil {
			return err
		}
	}
	for name, values := range map[string]func(*v1alpha1.GatewayKey) []string{
		KeyByGateway: func(k *v1alpha1.GatewayKey) []string { return []string{compile.GatewayOfKey(k).String()} },
		KeyByDigest:  DigestClaims,
	} {
		if err := register(ctx, indexer, &v1alpha1.GatewayKey{}, name, values); err != nil {
			return err
		}
	}
	return nil
}

// register adds one index over objects of the kind of one.
func register[T client.Object](ctx context.Context, indexer client.FieldIndexer, one T, name string, values func(T) []string) error {
	extract := func(o client.Object) []string {
		object, ok := o.(T)
		if !ok {
			return nil
		}
		return values(object)
	}
	if err := indexer.IndexField(ctx, one, name, extract); err != nil {
		return fmt.Errorf("indexing %T by %s: %w", one, name, err)
	}
	return nil
}

// Aliases lists the aliases that an index holds for a value. They share their contents with the cache and must not be changed:
// a gateway looks at all of its aliases every few seconds, and copying thousands would be most of the operator's work.
func Aliases(ctx context.Context, r client.Reader, name, value string) ([]v1alpha1.ModelAlias, error) {
	list := &v1alpha1.ModelAliasList{}
	if err := r.List(ctx, list, client.MatchingFields{name: value}, client.UnsafeDisableDeepCopy); err != nil {
		return nil, fmt.Errorf("listing aliases by %s %q: %w", name, value, err)
	}
	return list.Items, nil
}

func keys(names []types.NamespacedName) []string {
	s := make([]string, len(names))
	for i, n := range names {
		s[i] = n.String()
	}
	return s
}
