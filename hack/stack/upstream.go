package stack

import (
	"context"
	"fmt"
	"net/http"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/intstr"
	"k8s.io/utils/ptr"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/controller/controllerutil"

	"github.com/fairlead-dev/fairlead/api/v1alpha1"
)

// upstreamName is the name of the fake upstream's objects.
const upstreamName = "fake-upstream"

// DeployUpstream runs the fake upstream in the stack's namespace and adds it as a ModelProvider, whose name it returns.
func (s *Stack) DeployUpstream(ctx context.Context, image string) (provider string, err error) {
	meta := metav1.ObjectMeta{Name: upstreamName, Namespace: s.Namespace}
	deployment, wanted := &appsv1.Deployment{ObjectMeta: meta}, upstreamDeployment(meta, image).Spec
	if _, err := controllerutil.CreateOrUpdate(ctx, s.Client, deployment, func() error { deployment.Spec = wanted; return nil }); err != nil {
		return "", fmt.Errorf("deploying the fake upstream: %w", err)
	}
	for _, object := range []client.Object{
		&corev1.Service{ObjectMeta: meta, Spec: corev1.ServiceSpec{
			Selector: map[string]string{"app": upstreamName}, Ports: []corev1.ServicePort{{Port: 8080}},
		}},
		&v1alpha1.ModelProvider{ObjectMeta: meta, Spec: v1alpha1.ModelProviderSpec{
			Type:     v1alpha1.ProviderOpenAICompatible,
			Endpoint: &v1alpha1.Endpoint{URL: fmt.Sprintf("http://%s.%s.svc:8080/v1", upstreamName, s.Namespace)},
		}},
	} {
		if err := s.Client.Create(ctx, object); client.IgnoreAlreadyExists(err) != nil {
			return "", fmt.Errorf("deploying the fake upstream: %w", err)
		}
	}
	if err := s.awaitDeployment(ctx, upstreamName, time.Minute); err != nil {
		return "", err
	}
	return upstreamName, s.awaitService(ctx, s.upstreamURL()+"/healthz", time.Minute)
}

func (s *Stack) upstreamURL() string {
	return fmt.Sprintf("http://%s.%s.svc.cluster.local:8080", upstreamName, s.Namespace)
}

// Asked is how often the fake upstream was asked for a model since it started.
func (s *Stack) Asked(ctx context.Context, model string) (int, error) {
	answer, err := call(ctx, s.HTTP, http.MethodGet, s.upstreamURL()+"/asked", "", nil)
	if err != nil {
		return 0, err
	}
	counts := map[string]int{}
	if err := answer.Decode(&counts); err != nil {
		return 0, err
	}
	return counts[model], nil
}

// awaitService waits until a Service answers: its endpoints reach the node's rules up to a second after its Pod is ready.
func (s *Stack) awaitService(ctx context.Context, url string, limit time.Duration) error {
	return poll(ctx, limit, url, func() (bool, error) {
		request, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
		if err != nil {
			return false, fmt.Errorf("asking %s: %w", url, err)
		}
		if response, err := s.HTTP.Do(request); err == nil {
			defer response.Body.Close()
			return response.StatusCode == http.StatusOK, nil
		}
		return false, nil
	})
}

func upstreamDeployment(meta metav1.ObjectMeta, image string) *appsv1.Deployment {
	labels := map[string]string{"app": upstreamName}
	return &appsv1.Deployment{ObjectMeta: meta, Spec: appsv1.DeploymentSpec{
		Selector: &metav1.LabelSelector{MatchLabels: labels},
		Template: corev1.PodTemplateSpec{
			ObjectMeta: metav1.ObjectMeta{Labels: labels},
			Spec: corev1.PodSpec{
				AutomountServiceAccountToken: ptr.To(false),
				SecurityContext: &corev1.PodSecurityContext{
					RunAsNonRoot: ptr.To(true), RunAsUser: ptr.To[int64](65532),
					SeccompProfile: &corev1.SeccompProfile{Type: corev1.SeccompProfileTypeRuntimeDefault},
				},
				Containers: []corev1.Container{{
					Name: "upstream", Image: image, ImagePullPolicy: corev1.PullNever,
					ReadinessProbe: &corev1.Probe{PeriodSeconds: 1, ProbeHandler: corev1.ProbeHandler{
						HTTPGet: &corev1.HTTPGetAction{Path: "/healthz", Port: intstr.FromInt32(8080)},
					}},
					SecurityContext: &corev1.SecurityContext{
						AllowPrivilegeEscalation: ptr.To(false), ReadOnlyRootFilesystem: ptr.To(true),
						Capabilities: &corev1.Capabilities{Drop: []corev1.Capability{"ALL"}},
					},
				}},
			},
		},
	}}
}

func (s *Stack) awaitDeployment(ctx context.Context, name string, limit time.Duration) error {
	return poll(ctx, limit, "deployment "+name, func() (bool, error) {
		var deployment appsv1.Deployment
		if err := s.Client.Get(ctx, client.ObjectKey{Namespace: s.Namespace, Name: name}, &deployment); err != nil {
			return false, fmt.Errorf("reading deployment %s: %w", name, err)
		}
		now := deployment.Status
		return now.ObservedGeneration == deployment.Generation && now.Replicas == 1 && now.UpdatedReplicas == 1 && now.ReadyReplicas == 1, nil
	})
}

// poll asks done every 100 ms until it says yes or fails, or the limit is reached.
func poll(ctx context.Context, limit time.Duration, what string, done func() (bool, error)) error {
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	ticker := time.NewTicker(100 * time.Millisecond)
	defer ticker.Stop()
	for {
		if ok, err := done(); err != nil || ok {
			return err
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("waiting for %s: not there within %s", what, limit)
		case <-ticker.C:
		}
	}
}
