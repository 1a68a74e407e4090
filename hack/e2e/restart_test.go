package e2e

import (
	"context"
	"testing"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/util/wait"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/fairlead-dev/fairlead/hack/stack"
)

// TestOperatorRestartsUnderLoad deletes the operator's Pod while requests run: the data plane does not notice.
func TestOperatorRestartsUnderLoad(t *testing.T) {
	s, c := connect(t)
	alias := upstream(t, s, "operator-restart")
	underLoad(t, c, alias, alias, func() { replacePods(t, s, "fairlead-system", "operator") })
}

// TestGatewayRollsUnderLoad replaces every gateway Pod while requests run and streams are open: nothing fails, nothing is cut.
func TestGatewayRollsUnderLoad(t *testing.T) {
	s, c := connect(t)
	alias := upstream(t, s, "gateway-roll")
	underLoad(t, c, alias, alias, func() { replacePods(t, s, s.Namespace, "gateway") })
}

// replacePods deletes the Pods of a component's Deployment one at a time, as draining its node would, and each time waits until
// the Deployment is whole again.
func replacePods(t *testing.T, s *stack.Stack, namespace, component string) {
	t.Helper()
	labels := client.MatchingLabels{"app.kubernetes.io/component": component, "app.kubernetes.io/part-of": "fairlead"}
	var pods corev1.PodList
	if err := s.Client.List(t.Context(), &pods, client.InNamespace(namespace), labels); err != nil {
		t.Error(err)
		return
	}
	if len(pods.Items) == 0 {
		t.Errorf("expected Pods of the %s in %s, found none", component, namespace)
	}
	for i := range pods.Items {
		if err := s.Client.Delete(t.Context(), &pods.Items[i]); err != nil {
			t.Error(err)
			return
		}
		err := wait.PollUntilContextTimeout(t.Context(), 200*time.Millisecond, 3*time.Minute, true, func(ctx context.Context) (bool, error) {
			if err := s.Client.Get(ctx, client.ObjectKeyFromObject(&pods.Items[i]), &corev1.Pod{}); !apierrors.IsNotFound(err) {
				return false, err
			}
			return whole(ctx, s, namespace, labels)
		})
		if err != nil {
			t.Errorf("waiting for a new Pod instead of %s: %v", pods.Items[i].Name, err)
			return
		}
	}
}

// whole says whether every Deployment with these labels has all its Pods ready.
func whole(ctx context.Context, s *stack.Stack, namespace string, labels client.MatchingLabels) (bool, error) {
	var list appsv1.DeploymentList
	if err := s.Client.List(ctx, &list, client.InNamespace(namespace), labels); err != nil {
		return false, err
	}
	for i := range list.Items {
		d := &list.Items[i]
		if d.Spec.Replicas == nil || d.Status.ReadyReplicas != *d.Spec.Replicas {
			return false, nil
		}
	}
	return len(list.Items) > 0, nil
}
