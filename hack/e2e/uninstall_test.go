package e2e

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/fairlead-dev/fairlead/api/v1alpha1"
	"github.com/fairlead-dev/fairlead/hack/stack"
)

// samples is what the demo applies, seen from this folder.
const samples = "../demo/stack"

// Kinds of Fairlead, as kubectl is told.
const (
	everyKind = "gatewaykeys.fairlead.dev,modelaliases.fairlead.dev,modelproviders.fairlead.dev,gateways.fairlead.dev"
	everyCRD  = "gatewaykeys.fairlead.dev modelaliases.fairlead.dev modelproviders.fairlead.dev gateways.fairlead.dev"
)

// TestUninstallInAnyOrder installs a stack in a namespace of its own and takes it away, each time in another order. Nothing is stuck:
// what the operator made goes with what it was made for, whether the operator is there or not; volumes are kept or deleted as asked; and
// the namespace goes.
func TestUninstallInAnyOrder(t *testing.T) {
	for _, order := range []struct {
		name string
		run  func(t *testing.T, namespace string)
		// after brings back what other tests need; it may be nil.
		after func(t *testing.T)
	}{
		{name: "AliasesFirst", run: deleteKinds("gatewaykeys", "modelaliases", "modelproviders", "gateways")},
		{name: "ProvidersFirst", run: deleteKinds("modelproviders", "gateways", "gatewaykeys", "modelaliases")},
		{name: "GatewayFirst", run: deleteKinds("gateways", "modelaliases", "modelproviders", "gatewaykeys")},
		{name: "AllAtOnce", run: deleteKinds(everyKind)},
		{name: "OperatorFirst", run: withoutOperator, after: reinstall},
		{name: "DefinitionsFirst", run: func(t *testing.T, _ string) {
			kubectl(t, append([]string{"delete", "crd", "--timeout=2m"}, strings.Fields(everyCRD)...)...)
		}, after: restore},
	} {
		t.Run(order.name, func(t *testing.T) {
			s, _ := connect(t)
			namespace := "e2e-" + strings.ToLower(order.name)
			installStack(t, s, namespace)
			if order.after != nil {
				defer order.after(t)
			}
			order.run(t, namespace)
			awaitNothingLeft(t, s, namespace)
			kubectl(t, "delete", "namespace", namespace, "--timeout=3m")
		})
	}
}

// withoutOperator uninstalls the operator and then deletes everything, which goes without it but for the one right that is granted outside of
// the namespace. An operator that is installed again takes that back.
func withoutOperator(t *testing.T, namespace string) {
	t.Helper()
	s, _ := connect(t)
	uninstall(t)
	deleteKinds(everyKind)(t, namespace)
	awaitLeft(t, s, namespace, leftInside)
	reinstall(t)
}

// namespaceGoes bounds the deletion of a namespace in which gateways run. Kubernetes deletes its Pods first, and then looks again after half
// of the longest time that one of them may take to end, which for a gateway is 650 s however soon it ends.
// Source: https://github.com/kubernetes/kubernetes/blob/master/pkg/controller/namespace/namespace_controller.go
const namespaceGoes = 8 * time.Minute

// TestNamespaceIsDeleted deletes two namespaces with everything in them: one while the operator is there, and one when it is gone.
func TestNamespaceIsDeleted(t *testing.T) {
	s, _ := connect(t)
	const with, without = "e2e-namespace-with-operator", "e2e-namespace-without-operator"
	installStack(t, s, with)
	installStack(t, s, without)
	kubectl(t, "delete", "namespace", with, "--wait=false")
	await(t, "the Pods to be gone", func(ctx context.Context) (bool, error) {
		pods, err := namesOf(ctx, s, []string{"v1/Pod"}, client.InNamespace(with))
		return err == nil && len(pods) == 0, err
	})
	defer reinstall(t)
	uninstall(t)
	kubectl(t, "delete", "namespace", with, without, "--ignore-not-found", "--timeout="+namespaceGoes.String())
}

// deleteKinds deletes all objects of some kinds, one kind after the other, without waiting for what becomes of one.
func deleteKinds(kinds ...string) func(*testing.T, string) {
	return func(t *testing.T, namespace string) {
		t.Helper()
		for _, kind := range kinds {
			kubectl(t, "delete", "-n", namespace, kind, "--all", "--timeout=2m")
		}
	}
}

// uninstall uninstalls the chart.
func uninstall(t *testing.T) {
	t.Helper()
	helm(t, "uninstall", operatorRelease, "-n", operatorNamespace, "--wait", "--timeout=3m")
}

// reinstall installs it again, as the demo did.
func reinstall(t *testing.T) {
	t.Helper()
	install(t, chart)
}

// restore brings back the definitions, and the demo's objects that went with them.
func restore(t *testing.T) {
	t.Helper()
	install(t, chart)
	kubectl(t, "apply", "-n", stack.Namespace, "-k", samples)
	kubectl(t, "wait", "-n", stack.Namespace, "modelalias/llama3", "modelalias/coder", "--for=condition=Ready", "--timeout=5m")
}

// stackManifest is one of everything. The volume of PostgreSQL goes with the Gateway, the others stay.
const stackManifest = `
apiVersion: v1
kind: Namespace
metadata: {name: NAMESPACE, labels: {pod-security.kubernetes.io/enforce: restricted}}
---
apiVersion: fairlead.dev/v1alpha1
kind: Gateway
metadata: {name: main, namespace: NAMESPACE}
spec:
  replicas: 1
  redis: {mode: Managed}
  postgres: {mode: Managed, managed: {storage: {size: 1Gi, reclaimPolicy: Delete}}}
---
apiVersion: fairlead.dev/v1alpha1
kind: ModelProvider
metadata: {name: local, namespace: NAMESPACE}
spec:
  type: Ollama
  ollama:
    managed: {storage: {size: 1Gi}}
    registry: {host: "models.fairlead-mirror.svc.cluster.local:5000", insecure: true}
    models: [{name: "llama3.2:3b"}]
---
apiVersion: fairlead.dev/v1alpha1
kind: ModelAlias
metadata: {name: chat, namespace: NAMESPACE}
spec: {gatewayRef: {name: main}, targets: [{name: local, providerRef: {name: local}, model: "llama3.2:3b"}]}
---
apiVersion: fairlead.dev/v1alpha1
kind: GatewayKey
metadata: {name: ci, namespace: NAMESPACE}
spec: {gatewayRef: {name: main}}
`

// installStack applies one of everything in a namespace and waits until all of it is ready.
func installStack(t *testing.T, s *stack.Stack, namespace string) {
	t.Helper()
	feedKubectl(t, strings.ReplaceAll(stackManifest, "NAMESPACE", namespace), "apply", "-f", "-")
	for _, object := range []string{"gateway/main", "modelprovider/local", "modelalias/chat", "gatewaykey/ci"} {
		kubectl(t, "wait", "-n", namespace, object, "--for=condition=Ready", "--timeout=5m")
	}
	awaitWhole(t, s, namespace)
}

// awaitNothingLeft waits until nothing of what the operator made is left, here or elsewhere, but the volumes that are kept.
func awaitNothingLeft(t *testing.T, s *stack.Stack, namespace string) {
	t.Helper()
	awaitLeft(t, s, namespace, func(ctx context.Context, s *stack.Stack, namespace string) ([]string, error) {
		inside, err := leftInside(ctx, s, namespace)
		if err != nil {
			return nil, err
		}
		outside, err := leftOutside(ctx, s, namespace)
		return append(inside, outside...), err
	})
}

// awaitLeft waits until all that is left is the volumes that are kept.
func awaitLeft(t *testing.T, s *stack.Stack, namespace string, left func(context.Context, *stack.Stack, string) ([]string, error)) {
	t.Helper()
	want := []string{"PersistentVolumeClaim data-local-ollama-0", "PersistentVolumeClaim data-main-redis-0"}
	var diff string
	await(t, "everything to be gone from "+namespace, func(ctx context.Context) (bool, error) {
		found, err := left(ctx, s, namespace)
		diff = cmp.Diff(want, found)
		return diff == "", err
	})
	if t.Failed() {
		t.Fatalf("left in %s (-want +got):\n%s", namespace, diff)
	}
}

// leftInside lists what the operator made in a namespace and is still there, as "Kind name".
func leftInside(ctx context.Context, s *stack.Stack, namespace string) ([]string, error) {
	return namesOf(ctx, s, []string{
		"v1/Pod", "v1/Service", "v1/ServiceAccount", "v1/ConfigMap", "v1/Secret", "v1/PersistentVolumeClaim", "apps/v1/Deployment",
		"apps/v1/StatefulSet", "batch/v1/CronJob", "policy/v1/PodDisruptionBudget", "autoscaling/v2/HorizontalPodAutoscaler",
		"networking.k8s.io/v1/NetworkPolicy", "rbac.authorization.k8s.io/v1/Role", "rbac.authorization.k8s.io/v1/RoleBinding",
	}, client.InNamespace(namespace), client.MatchingLabels{"app.kubernetes.io/managed-by": "fairlead"})
}

// leftOutside lists what the operator made elsewhere for a gateway of the namespace.
func leftOutside(ctx context.Context, s *stack.Stack, namespace string) ([]string, error) {
	return namesOf(ctx, s, []string{"rbac.authorization.k8s.io/v1/RoleBinding", "rbac.authorization.k8s.io/v1/ClusterRoleBinding"},
		client.MatchingLabels{v1alpha1.LabelGatewayNamespace: namespace})
}

// namesOf lists the objects of some kinds, each given as group/version/Kind.
func namesOf(ctx context.Context, s *stack.Stack, kinds []string, options ...client.ListOption) ([]string, error) {
	var names []string
	for _, kind := range kinds {
		list := &unstructured.UnstructuredList{}
		slash := strings.LastIndex(kind, "/")
		list.SetAPIVersion(kind[:slash])
		list.SetKind(kind[slash+1:])
		if err := s.Client.List(ctx, list, options...); err != nil {
			return nil, err
		}
		for _, o := range list.Items {
			names = append(names, o.GetKind()+" "+o.GetName())
		}
	}
	return names, nil
}
