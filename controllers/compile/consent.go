package compile

import (
	"maps"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"

	"github.com/fairlead-dev/fairlead/api/v1alpha1"
)

// Namespaces holds the labels of namespaces by their names. One that is not in it counts as having no labels but the one that
// the API server gives to each: its name, under kubernetes.io/metadata.name.
type Namespaces map[string]map[string]string

// admits says whether the policy of an object in namespace own admits namespace other. An object's own namespace is always
// admitted. A policy that cannot be read admits nothing else: the object that carries it says so in its own status.
func (n Namespaces) admits(policy *v1alpha1.NamespacePolicy, own, other string) bool {
	if own == other {
		return true
	}
	if policy == nil {
		return false
	}
	switch policy.From {
	case v1alpha1.NamespacesAll:
		return true
	case v1alpha1.NamespacesSelector:
		selector, err := metav1.LabelSelectorAsSelector(policy.Selector)
		return err == nil && selector.Matches(n.labels(other))
	default:
		return false
	}
}

func (n Namespaces) labels(name string) labels.Set {
	set := labels.Set{corev1.LabelMetadataName: name}
	maps.Copy(set, n[name])
	return set
}

// checkPolicy finds a selector that cannot be read.
func checkPolicy(policy *v1alpha1.NamespacePolicy) *Problem {
	if policy == nil || policy.Selector == nil {
		return nil
	}
	if problem := checkSelector("spec.allowedNamespaces.selector", policy.Selector); problem != nil {
		return problem.with("Only this object's own namespace is admitted.")
	}
	return nil
}
