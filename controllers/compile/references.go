package compile

import (
	"k8s.io/apimachinery/pkg/types"

	"github.com/fairlead-dev/fairlead/api/v1alpha1"
)

// ModelOf is the name that clients use for a: its spec.model, or its own name where that is absent.
func ModelOf(a *v1alpha1.ModelAlias) string {
	if a.Spec.Model != "" {
		return string(a.Spec.Model)
	}
	return a.Name
}

// GatewayOf is the Gateway that a names.
func GatewayOf(a *v1alpha1.ModelAlias) types.NamespacedName {
	ref := a.Spec.GatewayRef
	return key(string(ref.Namespace), string(ref.Name), a.Namespace)
}

// GatewayOfKey is the Gateway that k names.
func GatewayOfKey(k *v1alpha1.GatewayKey) types.NamespacedName {
	ref := k.Spec.GatewayRef
	return key(string(ref.Namespace), string(ref.Name), k.Namespace)
}

// ProvidersOf lists the ModelProviders that a names, and those that its published route names, each once and in that order:
// what AliasInput.Providers has to be gathered from.
func ProvidersOf(a *v1alpha1.ModelAlias) []types.NamespacedName {
	var keys []types.NamespacedName
	seen := map[types.NamespacedName]bool{}
	add := func(k types.NamespacedName) {
		if !seen[k] {
			seen[k] = true
			keys = append(keys, k)
		}
	}
	for i := range a.Spec.Targets {
		add(providerOf(a, &a.Spec.Targets[i]))
	}
	if a.Status.Route != nil {
		for i := range a.Status.Route.Targets {
			add(parseKey(a.Status.Route.Targets[i].Provider))
		}
	}
	return keys
}

// providerOf is the ModelProvider that a target of a names.
func providerOf(a *v1alpha1.ModelAlias, t *v1alpha1.Target) types.NamespacedName {
	return key(string(t.ProviderRef.Namespace), string(t.ProviderRef.Name), a.Namespace)
}

// key fills in the namespace of the object that refers where a reference has none.
func key(namespace, name, own string) types.NamespacedName {
	if namespace == "" {
		namespace = own
	}
	return types.NamespacedName{Namespace: namespace, Name: name}
}

// parseKey reads namespace/name. What holds no slash is a name without a namespace, which no object has.
func parseKey(s string) types.NamespacedName {
	for i := range len(s) {
		if s[i] == '/' {
			return types.NamespacedName{Namespace: s[:i], Name: s[i+1:]}
		}
	}
	return types.NamespacedName{Name: s}
}
