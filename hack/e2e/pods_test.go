package e2e

import (
	"context"
	"testing"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/utils/ptr"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/fairlead-dev/fairlead/hack/stack"
)

// operatorNamespace is where the demo installs the chart, under the name of release.
const operatorNamespace, operatorRelease = "fairlead-system", "fairlead"

// ofFairlead selects what belongs to Fairlead.
func ofFairlead() client.MatchingLabels {
	return client.MatchingLabels{"app.kubernetes.io/part-of": "fairlead"}
}

// podsOf lists Fairlead's Pods in a namespace.
func podsOf(t *testing.T, s *stack.Stack, namespace string) []corev1.Pod {
	t.Helper()
	var pods corev1.PodList
	if err := s.Client.List(t.Context(), &pods, client.InNamespace(namespace), ofFairlead()); err != nil {
		t.Fatal(err)
	}
	return pods.Items
}

// replacePods deletes the Pods of a component one at a time, and each time waits until everything is whole again.
func replacePods(t *testing.T, s *stack.Stack, namespace, component string) {
	t.Helper()
	for _, pod := range podsOf(t, s, namespace) {
		if pod.Labels["app.kubernetes.io/component"] != component {
			continue
		}
		if err := s.Client.Delete(t.Context(), &pod); err != nil {
			t.Error(err)
			return
		}
		awaitWhole(t, s, namespace)
	}
}

// awaitWhole waits until all workloads of Fairlead in a namespace have all their Pods, all of them new and ready, and none is on its way
// out any more.
func awaitWhole(t *testing.T, s *stack.Stack, namespace string) {
	t.Helper()
	await(t, "the workloads in "+namespace, func(ctx context.Context) (bool, error) { return whole(ctx, s, namespace) })
}

func whole(ctx context.Context, s *stack.Stack, namespace string) (bool, error) {
	wanted, stable, err := wantedPods(ctx, s, namespace)
	if err != nil || !stable {
		return false, err
	}
	var pods corev1.PodList
	if err := s.Client.List(ctx, &pods, client.InNamespace(namespace), ofFairlead()); err != nil {
		return false, err
	}
	running := 0
	for i := range pods.Items {
		p := &pods.Items[i]
		if p.DeletionTimestamp == nil && p.Status.Phase == corev1.PodSucceeded {
			continue // of a Job that has done its work
		}
		if p.DeletionTimestamp != nil || !ready(p) {
			return false, nil
		}
		running++
	}
	return running == wanted && wanted > 0, nil
}

// wantedPods is how many Pods the workloads want, and whether all of those that they have are of their present template.
func wantedPods(ctx context.Context, s *stack.Stack, namespace string) (wanted int, stable bool, err error) {
	var deployments appsv1.DeploymentList
	var sets appsv1.StatefulSetList
	for _, list := range []client.ObjectList{&deployments, &sets} {
		if err := s.Client.List(ctx, list, client.InNamespace(namespace), ofFairlead()); err != nil {
			return 0, false, err
		}
	}
	stable = true
	add := func(replicas *int32, generation, observed int64, updated int32) {
		stable = stable && replicas != nil && generation == observed && *replicas == updated
		wanted += int(ptr.Deref(replicas, 0))
	}
	for i := range deployments.Items {
		d := &deployments.Items[i]
		add(d.Spec.Replicas, d.Generation, d.Status.ObservedGeneration, d.Status.UpdatedReplicas)
	}
	for i := range sets.Items {
		d := &sets.Items[i]
		add(d.Spec.Replicas, d.Generation, d.Status.ObservedGeneration, d.Status.UpdatedReplicas)
	}
	return wanted, stable, nil
}

func ready(p *corev1.Pod) bool {
	for _, c := range p.Status.Conditions {
		if c.Type == corev1.PodReady {
			return c.Status == corev1.ConditionTrue
		}
	}
	return false
}
