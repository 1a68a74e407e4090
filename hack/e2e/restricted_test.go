package e2e

import (
	"testing"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/utils/ptr"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

// TestEverythingIsRestricted: the API server refuses every Pod that is not Pod Security restricted in the operator's namespace and in that
// of the stack, and all workloads run there.
func TestEverythingIsRestricted(t *testing.T) {
	s, _ := connect(t)
	for _, namespace := range []string{operatorNamespace, s.Namespace} {
		pod := &corev1.Pod{
			ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: "privileged"},
			Spec: corev1.PodSpec{Containers: []corev1.Container{{
				Name: "any", Image: "any", SecurityContext: &corev1.SecurityContext{Privileged: ptr.To(true)},
			}}},
		}
		if err := s.Client.Create(t.Context(), pod, client.DryRunAll); !apierrors.IsForbidden(err) {
			t.Errorf("%s: expected a privileged Pod to be refused, found %v", namespace, err)
		}
		awaitWhole(t, s, namespace)
	}
}
