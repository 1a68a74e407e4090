package apply

import (
	"testing"

	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// TestExact: a rule that somebody widened is seen, although everything that is wanted is still in it.
func TestExact(t *testing.T) {
	policy := func(change func(*networkingv1.NetworkPolicyPeer)) *networkingv1.NetworkPolicy {
		p := &networkingv1.NetworkPolicy{}
		from := networkingv1.NetworkPolicyPeer{PodSelector: &metav1.LabelSelector{MatchLabels: map[string]string{"a": "b"}}}
		change(&from)
		p.Spec.Ingress = []networkingv1.NetworkPolicyIngressRule{{From: []networkingv1.NetworkPolicyPeer{from}}}
		return p
	}
	wanted := policy(func(*networkingv1.NetworkPolicyPeer) {})
	same := policy(func(*networkingv1.NetworkPolicyPeer) {})
	same.Labels, same.Spec.Egress = map[string]string{"theirs": "stays"}, []networkingv1.NetworkPolicyEgressRule{}
	widened := policy(func(p *networkingv1.NetworkPolicyPeer) { p.NamespaceSelector = &metav1.LabelSelector{} })
	if !exact(wanted, same) {
		t.Error("a policy of the same rules is taken for another one")
	}
	if exact(wanted, widened) {
		t.Error("a rule that admits every namespace is taken for one that admits its own")
	}
	if !exact(&corev1.Service{}, &corev1.Service{Spec: corev1.ServiceSpec{ClusterIP: "10.0.0.1"}}) {
		t.Error("a default of another kind is taken for a difference")
	}
}
