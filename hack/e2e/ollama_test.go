package e2e

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"testing"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/wait"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/fairlead-dev/fairlead/api/v1alpha1"
	"github.com/fairlead-dev/fairlead/hack/stack"
)

// big is the largest of the mirror's models, of about 20 MB.
const big = "tiny-big:latest"

// TestPullsOfOllama follows a managed Ollama that pulls from a slow registry: its progress shows, its death in the middle of a pull
// costs no more than what the registry sent last, a model that does not exist keeps no other away, and one that is listed no more is
// deleted.
func TestPullsOfOllama(t *testing.T) {
	s, _ := connect(t)
	registry := slowRegistry(t, s, 1_000_000)
	provider := &v1alpha1.ModelProvider{
		ObjectMeta: metav1.ObjectMeta{Namespace: s.Namespace, Name: "pulling"},
		Spec: v1alpha1.ModelProviderSpec{Type: v1alpha1.ProviderOllama, Ollama: &v1alpha1.Ollama{
			Managed:  &v1alpha1.ManagedOllama{},
			Registry: &v1alpha1.OllamaRegistry{Host: registry, Insecure: true},
			Models:   []v1alpha1.OllamaModel{{Name: big}, {Name: "nope:1b"}, {Name: "llama3.2:3b"}},
		}},
	}
	provider.Spec.Ollama.Managed.Storage = &v1alpha1.Storage{ReclaimPolicy: v1alpha1.ReclaimDelete}
	create(t, s, provider)
	create(t, s, stack.NewAlias(s.Namespace, "pulled", provider.Name, big))
	create(t, s, stack.NewAlias(s.Namespace, "missing", provider.Name, "nope:1b"))

	expectResumption(t, s, provider)
	unknown := awaitModel(t, s, provider, "nope:1b", func(m v1alpha1.ModelStatus) bool { return m.State == v1alpha1.ModelFailed })
	if unknown.Reason != v1alpha1.ModelNotFound {
		t.Errorf("nope:1b failed for %s: %s", unknown.Reason, unknown.Message)
	}
	awaitModel(t, s, provider, "llama3.2:3b", isReady)
	if err := s.AwaitReady(t.Context(), "pulled", limit); err != nil {
		t.Error(err)
	}
	poll(t, func(ctx context.Context) error {
		alias := &v1alpha1.ModelAlias{}
		if err := s.Client.Get(ctx, client.ObjectKey{Namespace: s.Namespace, Name: "missing"}, alias); err != nil {
			return err
		}
		if c := meta.FindStatusCondition(alias.Status.Conditions, v1alpha1.ConditionReady); c == nil || c.Reason != v1alpha1.ReasonNoTargetReady {
			return fmt.Errorf("the alias of a model that does not exist is %+v", c)
		}
		return nil
	})

	update(t, s, provider, func(p *v1alpha1.ModelProvider) { p.Spec.Ollama.Models = p.Spec.Ollama.Models[:1] })
	for _, reason := range []string{"PullStarted", "ModelPulled", v1alpha1.ReasonPullFailed, "ModelDeleted"} {
		awaitEvent(t, s, provider, reason)
	}
}

// expectResumption deletes the Pod in the middle of the pull of the big model, and sees it go on.
func expectResumption(t *testing.T, s *stack.Stack, provider *v1alpha1.ModelProvider) {
	t.Helper()
	before := awaitModel(t, s, provider, big, func(m v1alpha1.ModelStatus) bool { return m.State == v1alpha1.ModelPulling && m.Percent >= 30 })
	t.Logf("%s: %d of %d bytes", provider.Status.Progress, before.CompletedBytes, before.TotalBytes)
	killPod(t, s, provider.Name+"-ollama-0")
	after := awaitModel(t, s, provider, big, func(m v1alpha1.ModelStatus) bool {
		return m.State == v1alpha1.ModelReady || m.State == v1alpha1.ModelPulling && m.CompletedBytes != before.CompletedBytes && m.CompletedBytes > 0
	})
	t.Logf("after the Pod was deleted it went on at %d bytes, %s", after.CompletedBytes, after.State)
	if after.State == v1alpha1.ModelPulling && after.CompletedBytes < before.CompletedBytes {
		t.Errorf("the pull began anew: %d bytes before, %d after", before.CompletedBytes, after.CompletedBytes)
	}
	awaitModel(t, s, provider, big, isReady)
}

func isReady(m v1alpha1.ModelStatus) bool { return m.State == v1alpha1.ModelReady }

// slowRegistry runs the demo's registry a second time, at so many bytes a second, and returns its host.
func slowRegistry(t *testing.T, s *stack.Stack, rate int) string {
	t.Helper()
	mirror := &appsv1.Deployment{}
	if err := s.Client.Get(t.Context(), client.ObjectKey{Namespace: "fairlead-mirror", Name: "models"}, mirror); err != nil {
		t.Fatal(err)
	}
	labels := map[string]string{"app": "slow-models"}
	own := &appsv1.Deployment{
		ObjectMeta: metav1.ObjectMeta{Namespace: s.Namespace, Name: "slow-models"},
		Spec: appsv1.DeploymentSpec{
			Selector: &metav1.LabelSelector{MatchLabels: labels},
			Template: corev1.PodTemplateSpec{ObjectMeta: metav1.ObjectMeta{Labels: labels}, Spec: mirror.Spec.Template.Spec},
		},
	}
	own.Spec.Template.Spec.Containers[0].Args = []string{"-addr", ":5000", "-rate", strconv.Itoa(rate)}
	create(t, s, own)
	create(t, s, &corev1.Service{
		ObjectMeta: metav1.ObjectMeta{Namespace: s.Namespace, Name: "slow-models"},
		Spec:       corev1.ServiceSpec{Selector: labels, Ports: []corev1.ServicePort{{Port: 5000}}},
	})
	return "slow-models." + s.Namespace + ".svc.cluster.local:5000"
}

// awaitModel waits until a model of a provider is as wanted, and returns how it is; provider is as it was read last.
func awaitModel(t *testing.T, s *stack.Stack, provider *v1alpha1.ModelProvider, name v1alpha1.ModelName, wanted func(v1alpha1.ModelStatus) bool) v1alpha1.ModelStatus {
	t.Helper()
	var last v1alpha1.ModelStatus
	poll(t, func(ctx context.Context) error {
		if err := s.Client.Get(ctx, client.ObjectKeyFromObject(provider), provider); err != nil {
			return err
		}
		i := slices.IndexFunc(provider.Status.Models, func(m v1alpha1.ModelStatus) bool { return m.Name == name })
		if i < 0 {
			return fmt.Errorf("%s is not in the status", name)
		}
		if last = provider.Status.Models[i]; !wanted(last) {
			return fmt.Errorf("%s is %+v", name, last)
		}
		return nil
	})
	return last
}

func awaitEvent(t *testing.T, s *stack.Stack, about client.Object, reason string) {
	t.Helper()
	poll(t, func(ctx context.Context) error {
		var list corev1.EventList
		if err := s.Client.List(ctx, &list, client.InNamespace(s.Namespace)); err != nil {
			return err
		}
		if !slices.ContainsFunc(list.Items, func(e corev1.Event) bool { return e.InvolvedObject.UID == about.GetUID() && e.Reason == reason }) {
			return fmt.Errorf("no event %s about %s", reason, about.GetName())
		}
		return nil
	})
}

func killPod(t *testing.T, s *stack.Stack, name string) {
	t.Helper()
	pod := &corev1.Pod{ObjectMeta: metav1.ObjectMeta{Namespace: s.Namespace, Name: name}}
	if err := s.Client.Delete(t.Context(), pod); err != nil {
		t.Fatal(err)
	}
}

// update edits an object in the version that it has by then.
func update(t *testing.T, s *stack.Stack, provider *v1alpha1.ModelProvider, edit func(*v1alpha1.ModelProvider)) {
	t.Helper()
	poll(t, func(ctx context.Context) error {
		if err := s.Client.Get(ctx, client.ObjectKeyFromObject(provider), provider); err != nil {
			return err
		}
		edit(provider)
		return s.Client.Update(ctx, provider)
	})
}

// poll waits until check finds nothing wrong.
func poll(t *testing.T, check func(context.Context) error) {
	t.Helper()
	last := errors.New("not looked at")
	err := wait.PollUntilContextTimeout(t.Context(), 200*time.Millisecond, limit, true, func(ctx context.Context) (bool, error) {
		last = check(ctx)
		return last == nil, nil
	})
	if err != nil {
		t.Fatalf("not so within %s: %v", limit, last)
	}
}
