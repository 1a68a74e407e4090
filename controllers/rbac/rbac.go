// Package rbac holds, as data, what the operator may do. The installation grants exactly this, and the tests run the operator
// with nothing more.
//
// There is no wildcard. Secrets can be got, created and patched by name; they are never listed or watched, so the operator
// cannot find one that nobody told it of. What it grants to gateways it holds itself: it needs neither `bind` nor `escalate`,
// with which it could give itself anything.
package rbac

import (
	"slices"

	rbacv1 "k8s.io/api/rbac/v1"

	"github.com/fairlead-dev/fairlead/api/v1alpha1"
)

// Rules are what the operator may do in cluster scope.
func Rules() []rbacv1.PolicyRule {
	return append(NamespaceRules(),
		// The labels of namespaces decide whom an object with a selector admits.
		rule("", read(), "namespaces"),
		// Gateways read the product's kinds in every namespace.
		rule(rbacv1.GroupName, write(), "clusterrolebindings"),
	)
}

// NamespaceRules are what the operator may do in each namespace that it serves in namespace scope.
func NamespaceRules() []rbacv1.PolicyRule {
	return []rbacv1.PolicyRule{
		rule(v1alpha1.Group, read(), "gateways", "modelaliases", "modelproviders"),
		// It makes and deletes no keys itself: gateways do, and what they may has to be held to be granted.
		rule(v1alpha1.Group, append(read(), "create", "delete"), "gatewaykeys"),
		rule(v1alpha1.Group, []string{"patch"}, "gatewaykeys/status", "gateways/status", "modelaliases/status", "modelproviders/status"),
		// Where owner references are guarded, an owner's finalizers are what has to be granted for them.
		rule(v1alpha1.Group, []string{"update"}, "gatewaykeys/finalizers", "gateways/finalizers", "modelproviders/finalizers"),
		rule("", []string{"get", "create", "patch"}, "secrets"),
		rule("", write(), "serviceaccounts", "services"),
		rule("", read(), "pods"),
		rule("apps", write(), "deployments", "statefulsets"),
		rule("autoscaling", write(), "horizontalpodautoscalers"),
		rule("batch", write(), "cronjobs"),
		rule("batch", read(), "jobs"),
		// Whether a volume goes is for its owner to say: the operator deletes none.
		rule("", append(read(), "create", "patch"), "persistentvolumeclaims"),
		rule("networking.k8s.io", write(), "ingresses", "networkpolicies"),
		rule("policy", write(), "poddisruptionbudgets"),
		rule(rbacv1.GroupName, write(), "rolebindings", "roles"),
		// What may be there or not is read by its name, and so are dashboards: nobody's ConfigMaps are listed.
		rule("", byName(), "configmaps"),
		rule("gateway.networking.k8s.io", byName(), "httproutes"),
		rule("monitoring.coreos.com", byName(), "podmonitors", "prometheusrules"),
		rule("postgresql.cnpg.io", byName(), "clusters"),
		// Its own for leader election; those of gateways to read; and what gateways may do to theirs has to be held to be granted.
		rule("coordination.k8s.io", append(write(), "update"), "leases"),
		rule("events.k8s.io", []string{"create", "patch"}, "events"),
		rule("", []string{"create", "patch"}, "events"),
	}
}

// ReaderRules are what every gateway may read, by the role that the installation calls its ReaderRole.
func ReaderRules() []rbacv1.PolicyRule {
	return []rbacv1.PolicyRule{rule(v1alpha1.Group, read(), "gatewaykeys", "gateways", "modelaliases", "modelproviders")}
}

func rule(group string, verbs []string, resources ...string) rbacv1.PolicyRule {
	return rbacv1.PolicyRule{APIGroups: []string{group}, Resources: resources, Verbs: slices.Clone(verbs)}
}

func read() []string { return []string{"get", "list", "watch"} }

func byName() []string { return []string{"get", "create", "patch", "delete"} }

func write() []string { return append(read(), "create", "patch", "delete") }
