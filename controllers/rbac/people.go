package rbac

import (
	rbacv1 "k8s.io/api/rbac/v1"

	"github.com/fairlead-dev/fairlead/api/v1alpha1"
)

// ViewRules are what a person who may view a namespace may do there: read the product's kinds. There is no secret in them.
func ViewRules() []rbacv1.PolicyRule {
	return []rbacv1.PolicyRule{
		rule(v1alpha1.Group, read(), "gatewaykeys", "gateways", "modelaliases", "modelproviders"),
		rule(v1alpha1.Group, []string{"get"}, "gateways/scale"),
	}
}

// EditRules are what a person who may edit a namespace may do there: view it, everything with providers, aliases and keys, and changes
// of a Gateway that is there. Nobody but the operator may write a status: who writes that of a GatewayKey admits keys.
func EditRules() []rbacv1.PolicyRule {
	return append(ViewRules(),
		rule(v1alpha1.Group, change("create", "delete", "deletecollection"), "gatewaykeys", "modelaliases", "modelproviders"),
		rule(v1alpha1.Group, change(), "gateways", "gateways/scale"),
	)
}

// AdminRules are what the administrator of a namespace may do there: edit it, and make and delete Gateways. A new Gateway's identity may
// read the product's kinds in every namespace that the operator serves.
func AdminRules() []rbacv1.PolicyRule {
	return append(EditRules(), rule(v1alpha1.Group, []string{"create", "delete", "deletecollection"}, "gateways"))
}

// StackRules are what the chart's hooks may do in the release's namespace: apply a stack, and delete it.
func StackRules() []rbacv1.PolicyRule {
	return []rbacv1.PolicyRule{
		rule(v1alpha1.Group, []string{"get", "list", "create", "patch", "delete"}, "gatewaykeys", "gateways", "modelaliases", "modelproviders"),
	}
}

// change is to edit, and more.
func change(more ...string) []string { return append([]string{"update", "patch"}, more...) }
