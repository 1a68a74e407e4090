package render

import (
	policyv1 "k8s.io/api/policy/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/intstr"
)

// gatewayDisruptionBudget lets a drain take one replica at a time, and one that is not ready at any time: it serves nobody, and a drain
// must not wait for it to. A minimum would block the drain of a single replica.
func gatewayDisruptionBudget(in GatewayInput) Object {
	g := in.Gateway
	if !guarded(g.Spec.PodDisruptionBudget.Mode) {
		return nil
	}
	return &policyv1.PodDisruptionBudget{
		ObjectMeta: meta(g.Namespace, g.Name, gatewayLabels(componentGateway, g)),
		Spec: policyv1.PodDisruptionBudgetSpec{
			MaxUnavailable:             new(intstr.FromInt32(1)),
			UnhealthyPodEvictionPolicy: new(policyv1.AlwaysAllow),
			Selector:                   &metav1.LabelSelector{MatchLabels: GatewayPods(g)},
		},
	}
}
