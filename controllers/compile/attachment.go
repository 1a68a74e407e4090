package compile

import (
	"fmt"

	"k8s.io/apimachinery/pkg/types"

	"github.com/fairlead-dev/fairlead/api/v1alpha1"
)

// attachment is an object that names a gateway: an alias or a key.
type attachment struct {
	// namespace of the object.
	namespace string
	// name of the gateway, and the gateway itself; nil where none exists.
	name       types.NamespacedName
	gateway    *v1alpha1.Gateway
	namespaces Namespaces
}

// problem says why the object may not attach; nil where it may. A missing gateway of another namespace is reported like one that
// does not consent.
func (a attachment) problem() *Problem {
	own := a.name.Namespace == a.namespace
	switch {
	case a.gateway == nil && own:
		return &Problem{
			Reason: v1alpha1.ReasonGatewayNotFound,
			Message: fmt.Sprintf("No Gateway %q exists in namespace %q. Create it, or correct spec.gatewayRef.",
				a.name.Name, a.name.Namespace),
		}
	case a.gateway == nil || !a.admits(a.namespace):
		return &Problem{
			Reason: v1alpha1.ReasonNotAllowed,
			Message: fmt.Sprintf("Gateway %s does not exist, or its spec.allowedNamespaces does not admit namespace %q. Correct spec.gatewayRef, or ask the owner of the gateway.",
				a.name, a.namespace),
		}
	}
	return nil
}

// admits says whether the gateway, which exists, admits objects of a namespace.
func (a attachment) admits(namespace string) bool {
	return a.namespaces.admits(a.gateway.Spec.AllowedNamespaces, a.gateway.Namespace, namespace)
}
