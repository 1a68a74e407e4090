package apply

import (
	networkingv1 "k8s.io/api/networking/v1"
	"k8s.io/apimachinery/pkg/api/equality"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

// exact says whether a NetworkPolicy says what is wanted and no more. In any other object a field that is not wanted is a
// default or somebody else's; in a rule of a policy it lets others in, and the rules are applied as a whole.
func exact(object, current client.Object) bool {
	wanted, ok := object.(*networkingv1.NetworkPolicy)
	if !ok {
		return true
	}
	live, ok := current.(*networkingv1.NetworkPolicy)
	return ok && equality.Semantic.DeepEqual(wanted.Spec, live.Spec)
}
