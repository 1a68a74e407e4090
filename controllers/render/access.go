package render

import (
	corev1 "k8s.io/api/core/v1"
	rbacv1 "k8s.io/api/rbac/v1"

	"github.com/fairlead-dev/fairlead/api/v1alpha1"
)

func gatewayServiceAccount(in GatewayInput) Object {
	g := in.Gateway
	return &corev1.ServiceAccount{
		ObjectMeta:                   meta(g.Namespace, g.Name, gatewayLabels(componentGateway, g)),
		AutomountServiceAccountToken: new(false),
	}
}

// gatewayRole: a gateway gets one Secret, and keeps its replicas' Leases. It may not list or watch even that one Secret,
// because nobody can grant that who may not list them all; the status of its Gateway tells it when to read again. Leases
// cannot be narrowed to names, because Pods are named at random. The keys that the holder of the master key makes and deletes are
// objects of the gateway's own namespace.
func gatewayRole(in GatewayInput) Object {
	g := in.Gateway
	return &rbacv1.Role{
		ObjectMeta: meta(g.Namespace, g.Name, gatewayLabels(componentGateway, g)),
		Rules: []rbacv1.PolicyRule{
			{
				APIGroups: []string{""}, Resources: []string{"secrets"}, Verbs: []string{"get"},
				ResourceNames: []string{v1alpha1.CredentialsSecretName(g.Name)},
			},
			{
				APIGroups: []string{"coordination.k8s.io"}, Resources: []string{"leases"},
				Verbs: []string{"get", "create", "update", "patch", "delete"},
			},
			{
				APIGroups: []string{v1alpha1.Group}, Resources: []string{"gatewaykeys"},
				Verbs: []string{"get", "list", "create", "delete"},
			},
		},
	}
}

func gatewayRoleBinding(in GatewayInput) Object {
	g := in.Gateway
	return &rbacv1.RoleBinding{
		ObjectMeta: meta(g.Namespace, g.Name, gatewayLabels(componentGateway, g)),
		RoleRef:    rbacv1.RoleRef{APIGroup: rbacv1.GroupName, Kind: "Role", Name: g.Name},
		Subjects:   gatewaySubjects(g),
	}
}

// readerClusterBinding lets a gateway read the product's kinds everywhere: aliases and keys may attach, and providers may be, in any
// namespace that consents. There are no secrets in what it reads.
func readerClusterBinding(in GatewayInput) Object {
	g := in.Gateway
	if len(in.Namespaces) > 0 {
		return nil
	}
	return &rbacv1.ClusterRoleBinding{
		ObjectMeta: meta("", readerBinding(in), readerLabels(g)),
		RoleRef:    rbacv1.RoleRef{APIGroup: rbacv1.GroupName, Kind: "ClusterRole", Name: in.ReaderRole},
		Subjects:   gatewaySubjects(g),
	}
}

// readerRoleBinding lets a gateway read the product's kinds in one namespace, by a Role of that namespace: it goes with the installation's
// other rights there when the namespace is not served any more, and a binding that nobody may delete then gives nothing.
func readerRoleBinding(in GatewayInput, namespace string) Object {
	g := in.Gateway
	return &rbacv1.RoleBinding{
		ObjectMeta: meta(namespace, readerBinding(in), readerLabels(g)),
		RoleRef:    rbacv1.RoleRef{APIGroup: rbacv1.GroupName, Kind: "Role", Name: in.ReaderRole},
		Subjects:   gatewaySubjects(g),
	}
}

// readerLabels name the Gateway that a binding belongs to, where an owner reference cannot.
func readerLabels(g *v1alpha1.Gateway) map[string]string {
	l := gatewayLabels(componentGateway, g)
	l[v1alpha1.LabelGatewayNamespace] = g.Namespace
	return l
}

func gatewaySubjects(g *v1alpha1.Gateway) []rbacv1.Subject {
	return []rbacv1.Subject{{Kind: rbacv1.ServiceAccountKind, Namespace: g.Namespace, Name: g.Name}}
}
