package gateway

import (
	"testing"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"

	"github.com/fairlead-dev/fairlead/api/v1alpha1"
	"github.com/fairlead-dev/fairlead/controllers/status"
)

// TestReadyReplicas: a gateway is not said to be complete while replicas are wanted that are not there, nor while the newest ones cannot
// be made.
func TestReadyReplicas(t *testing.T) {
	const denied = `pods "main-5d9-x" is forbidden: exceeded quota: few`
	for name, tc := range map[string]struct {
		wanted, there, ready int32
		denied               bool
		reason, message      string
	}{
		"All":      {wanted: 2, there: 2, ready: 2, reason: v1alpha1.ReasonReady, message: "Every replica serves."},
		"OneWaits": {wanted: 2, there: 3, ready: 2, reason: v1alpha1.ReasonDegraded, message: "2 of 3 replicas are ready."},
		"NotYet":   {wanted: 5, there: 2, ready: 2, reason: v1alpha1.ReasonDegraded, message: "2 of 5 replicas are ready."},
		"Quota": {
			wanted: 5, there: 2, ready: 2, denied: true, reason: v1alpha1.ReasonDegraded,
			message: "2 of 5 replicas are ready. A Pod cannot be made: " + denied + ".",
		},
		"NewOnes": {
			wanted: 2, there: 2, ready: 2, denied: true, reason: v1alpha1.ReasonDegraded,
			message: "The newest replicas are missing. A Pod cannot be made: " + denied + ".",
		},
		"None": {
			wanted: 2, denied: true, reason: v1alpha1.ReasonWorkloadNotReady,
			message: "No replica is ready. A Pod cannot be made: " + denied + ".",
		},
	} {
		t.Run(name, func(t *testing.T) {
			g := &v1alpha1.Gateway{}
			g.Status.Replicas, g.Status.ReadyReplicas = tc.there, tc.ready
			s := surroundings{deployment: &appsv1.Deployment{Spec: appsv1.DeploymentSpec{Replicas: &tc.wanted}}}
			if tc.denied {
				s.deployment.Status.Conditions = []appsv1.DeploymentCondition{{
					Type: appsv1.DeploymentReplicaFailure, Status: corev1.ConditionTrue, Reason: "FailedCreate", Message: denied,
				}}
			}
			fine := status.True("", 1, "", "")
			got := ready(g, s, fine, fine, fine, fine, fine)
			if got.Reason != tc.reason || got.Message != tc.message {
				t.Errorf("got %s: %s\nwant %s: %s", got.Reason, got.Message, tc.reason, tc.message)
			}
		})
	}
}
