package e2e

import (
	"context"
	"sync"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	policyv1 "k8s.io/api/policy/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/wait"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/fairlead-dev/fairlead/api/v1alpha1"
	"github.com/fairlead-dev/fairlead/hack/bench"
	"github.com/fairlead-dev/fairlead/hack/stack"
)

const (
	// disturbedStreams are open while something is replaced, each streamTokens long, beside so many short requests in a second.
	disturbedStreams, disturbedRate = 100, 50
	// replacing bounds how long all replicas of something may take to be replaced, each of which first ends its streams.
	replacing = 5 * time.Minute
)

// TestGatewayRestartCutsNothing restarts the gateway's Deployment, as `kubectl rollout restart` does.
func TestGatewayRestartCutsNothing(t *testing.T) {
	disturbed(t, "rollout", func(s *stack.Stack) {
		kubectl(t, "rollout", "restart", "-n", s.Namespace, "deployment/"+stack.Gateway)
		kubectl(t, "rollout", "status", "-n", s.Namespace, "deployment/"+stack.Gateway, "--timeout", replacing.String())
		awaitWhole(t, s, s.Namespace)
	})
}

// TestDrainCutsNothing evicts everything of Fairlead's that runs in the stack's namespace and in the operator's: all at once but for what
// the disruption budgets hold back, as `kubectl drain` does. The node stays open for new Pods, because the cluster has one.
func TestDrainCutsNothing(t *testing.T) {
	disturbed(t, "drain", func(s *stack.Stack) {
		var group sync.WaitGroup
		for _, pod := range append(podsOf(t, s, s.Namespace), podsOf(t, s, operatorNamespace)...) {
			group.Go(func() { evict(t, s, &pod) })
		}
		group.Wait()
		awaitWhole(t, s, s.Namespace)
		awaitWhole(t, s, operatorNamespace)
	})
}

// TestOperatorUpgradeCutsNothing replaces the operator's Pod, as an upgrade of nothing but the operator does.
func TestOperatorUpgradeCutsNothing(t *testing.T) {
	disturbed(t, "operator-upgrade", func(s *stack.Stack) {
		kubectl(t, "rollout", "restart", "-n", operatorNamespace, "deployment/"+operatorRelease)
		kubectl(t, "rollout", "status", "-n", operatorNamespace, "deployment/"+operatorRelease, "--timeout", replacing.String())
		awaitWhole(t, s, operatorNamespace)
	})
}

// disturbed runs f while streams are open and short requests go on, prints what became of them, and fails the test unless every one of
// them was answered completely: a stream has as many events as an undisturbed one, and [DONE] at its end.
func disturbed(t *testing.T, name string, f func(s *stack.Stack)) {
	t.Helper()
	s, c := connect(t)
	alias := upstream(t, s, name, func(a *v1alpha1.ModelAlias) { a.Spec.Targets[0].Model = v1alpha1.ModelPattern(name) })
	whole, err := c.Stream(t.Context(), alias, "go on", streamTokens)
	if err != nil {
		t.Fatal(err)
	}
	load := &stack.Load{
		Client: c, Model: alias, Rate: disturbedRate, Workers: workers,
		StreamModel: alias, Streams: disturbedStreams, StreamTokens: streamTokens, StreamEvents: whole,
	}
	finish := load.Start(t.Context())
	awaitAsked(t, s, name, disturbedStreams)
	began := time.Now()
	f(s)
	took := time.Since(began)
	result := finish()
	figures := bench.NewFigures(t.Output())
	figures.Print(name+"_seconds", took.Seconds(), "s")
	figures.Print(name+"_requests", float64(result.Chats), "requests")
	figures.Print(name+"_streams", float64(result.Streams), "streams")
	figures.Print(name+"_failed", float64(result.Failed), "requests")
	if result.Failed > 0 {
		t.Errorf("expected no failed or cut request, found %d: %q", result.Failed, result.Failures)
	}
	if result.Streams < disturbedStreams || result.Chats == 0 {
		t.Errorf("expected a load of requests and at least %d streams, found %s", disturbedStreams, result)
	}
}

// awaitAsked waits until the upstream has been asked for a model so many times.
func awaitAsked(t *testing.T, s *stack.Stack, model string, times int) {
	t.Helper()
	await(t, "the streams to be open", func(ctx context.Context) (bool, error) {
		n, err := s.Asked(ctx, model)
		return n >= times, err
	})
}

// evict asks for the eviction of a Pod until the disruption budgets let it go, and waits until it is gone.
func evict(t *testing.T, s *stack.Stack, pod *corev1.Pod) {
	t.Helper()
	await(t, "the eviction of "+pod.Name, func(ctx context.Context) (bool, error) {
		err := s.Client.SubResource("eviction").Create(ctx, pod, &policyv1.Eviction{ObjectMeta: metav1.ObjectMeta{Namespace: pod.Namespace, Name: pod.Name}})
		if apierrors.IsTooManyRequests(err) {
			return false, nil
		}
		return true, client.IgnoreNotFound(err)
	})
	await(t, pod.Name+" to be gone", func(ctx context.Context) (bool, error) {
		var now corev1.Pod
		err := s.Client.Get(ctx, client.ObjectKeyFromObject(pod), &now)
		return apierrors.IsNotFound(err) || (err == nil && now.UID != pod.UID), client.IgnoreNotFound(err)
	})
}

// await asks done a few times a second until it says yes. It fails the test when that does not come, from whichever goroutine.
func await(t *testing.T, what string, done wait.ConditionWithContextFunc) {
	t.Helper()
	if err := wait.PollUntilContextTimeout(t.Context(), 200*time.Millisecond, replacing, true, done); err != nil {
		t.Errorf("waiting for %s: %v", what, err)
	}
}
