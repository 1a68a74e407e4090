package e2e

import (
	"context"
	"os"
	"slices"
	"strings"
	"testing"

	appsv1 "k8s.io/api/apps/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/fairlead-dev/fairlead/hack/stack"
)

// Charts of this version and of the one before it, seen from this folder.
const (
	chart         = "../../charts/fairlead"
	previousChart = "testdata/fairlead-0.1.0.tgz"
)

// TestChartUpgradeCutsNothing goes back to the previous version, chart and images, and upgrades from there while streams are open: the
// CustomResourceDefinitions, the rights, the operator, and then each gateway replica are replaced.
func TestChartUpgradeCutsNothing(t *testing.T) {
	s, _ := connect(t)
	previous, now := os.Getenv("E2E_PREVIOUS_IMAGE"), imageOf(t, s, operatorNamespace, operatorRelease)
	if previous == "" {
		t.Skip("E2E_PREVIOUS_IMAGE is not set: the history of the repository does not have the version before")
	}
	repository, tag := previous[:strings.LastIndex(previous, ":")], previous[strings.LastIndex(previous, ":")+1:]
	install(t, previousChart, "image.repository="+repository, "image.tag="+tag)
	t.Cleanup(func() { install(t, chart) })
	awaitImage(t, s, previous)
	disturbed(t, "chart-upgrade", func(s *stack.Stack) {
		install(t, chart)
		awaitImage(t, s, now)
	})
}

// install installs a chart as the demo does, or upgrades to it, with some values changed. What an earlier release was told is forgotten.
func install(t *testing.T, path string, values ...string) {
	t.Helper()
	helm(t, "upgrade", "--install", operatorRelease, path, "-n", operatorNamespace, "--wait", "--timeout=5m", "--reset-values",
		"--set", strings.Join(append([]string{os.Getenv("E2E_VALUES")}, values...), ","))
}

// awaitImage waits until the operator, and by it every replica of the gateway, runs from an image, and until nothing else runs any more.
func awaitImage(t *testing.T, s *stack.Stack, image string) {
	t.Helper()
	for namespace, name := range map[string]string{operatorNamespace: operatorRelease, s.Namespace: stack.Gateway} {
		await(t, "the image of "+name, func(ctx context.Context) (bool, error) {
			var d appsv1.Deployment
			err := s.Client.Get(ctx, client.ObjectKey{Namespace: namespace, Name: name}, &d)
			return err == nil && d.Spec.Template.Spec.Containers[0].Image == image, err
		})
		awaitWhole(t, s, namespace)
	}
	for _, pod := range slices.Concat(podsOf(t, s, operatorNamespace), podsOf(t, s, s.Namespace)) {
		component := pod.Labels["app.kubernetes.io/component"]
		if found := pod.Spec.Containers[0].Image; (component == "operator" || component == "gateway") && found != image {
			t.Errorf("Pod %s: expected image %s, found %s", pod.Name, image, found)
		}
	}
}

// imageOf is the image that a Deployment runs.
func imageOf(t *testing.T, s *stack.Stack, namespace, name string) string {
	t.Helper()
	var d appsv1.Deployment
	if err := s.Client.Get(t.Context(), client.ObjectKey{Namespace: namespace, Name: name}, &d); err != nil {
		t.Fatal(err)
	}
	return d.Spec.Template.Spec.Containers[0].Image
}
