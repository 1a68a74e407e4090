package testkit

import (
	"testing"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

// ReadyPod makes a Pod and says that it is ready, as a kubelet would.
func ReadyPod(t testing.TB, c client.Client, namespace, name string, labels map[string]string) {
	t.Helper()
	pod := &corev1.Pod{
		ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: name, Labels: labels},
		Spec:       corev1.PodSpec{Containers: []corev1.Container{{Name: "main", Image: "none"}}},
	}
	if err := c.Create(t.Context(), pod); err != nil {
		t.Fatalf("creating Pod %s: %v", name, err)
	}
	pod.Status.PodIP = "10.0.0.1"
	pod.Status.PodIPs = []corev1.PodIP{{IP: "10.0.0.1"}}
	pod.Status.Conditions = []corev1.PodCondition{{Type: corev1.PodReady, Status: corev1.ConditionTrue}}
	if err := c.Status().Update(t.Context(), pod); err != nil {
		t.Fatalf("saying that Pod %s is ready: %v", name, err)
	}
}

// ReadyDeployment says that all Pods of a Deployment are ready, as its controller would.
func ReadyDeployment(t testing.TB, c client.Client, namespace, name string) {
	t.Helper()
	d := &appsv1.Deployment{ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: name}}
	Eventually(t, func() error {
		if err := c.Get(t.Context(), client.ObjectKeyFromObject(d), d); err != nil {
			return err
		}
		d.Status.Replicas, d.Status.ReadyReplicas = *d.Spec.Replicas, *d.Spec.Replicas
		return c.Status().Update(t.Context(), d)
	})
}

// ReadyStatefulSet says that all Pods of a StatefulSet are ready, as its controller would.
func ReadyStatefulSet(t testing.TB, c client.Client, namespace, name string) {
	t.Helper()
	s := &appsv1.StatefulSet{ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: name}}
	Eventually(t, func() error {
		if err := c.Get(t.Context(), client.ObjectKeyFromObject(s), s); err != nil {
			return err
		}
		s.Status.Replicas, s.Status.ReadyReplicas = *s.Spec.Replicas, *s.Spec.Replicas
		return c.Status().Update(t.Context(), s)
	})
}
