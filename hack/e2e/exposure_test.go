package e2e

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"strconv"
	"testing"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/fairlead-dev/fairlead/api/v1alpha1"
	"github.com/fairlead-dev/fairlead/hack/stack"
)

// TestScaling: a gateway has as many replicas as `kubectl scale` says, then as many as its autoscaler wants, and then as many as it says
// itself again. The cluster measures nothing, so the autoscaler keeps to its minimum.
func TestScaling(t *testing.T) {
	s, _ := connect(t)
	g := anotherGateway(t, s, "scaled", func(*v1alpha1.Gateway) {})
	awaitReplicas(t, s, g.Name, 1)
	kubectl(t, "scale", "-n", s.Namespace, "gateways.fairlead.dev/"+g.Name, "--replicas=2")
	awaitReplicas(t, s, g.Name, 2)
	patch := func(spec string) {
		kubectl(t, "patch", "-n", s.Namespace, "gateways.fairlead.dev/"+g.Name, "--type=merge", "-p", `{"spec":`+spec+`}`)
	}
	patch(`{"autoscaling":{"minReplicas":3,"maxReplicas":4}}`)
	awaitReplicas(t, s, g.Name, 3)
	patch(`{"autoscaling":null,"replicas":1}`)
	awaitReplicas(t, s, g.Name, 1)
}

// TestNodePort: a gateway answers at a port of every node, and an Ingress leads to it while its spec has one.
func TestNodePort(t *testing.T) {
	s, c := connect(t)
	g := anotherGateway(t, s, "exposed", func(g *v1alpha1.Gateway) {
		g.Spec.Service.Type = "NodePort"
		g.Spec.Ingress = &v1alpha1.Ingress{Hosts: []v1alpha1.Hostname{"ai.example.com"}}
	})
	awaitReplicas(t, s, g.Name, 1)
	name := types.NamespacedName{Namespace: s.Namespace, Name: g.Name}
	var service corev1.Service
	if err := s.Client.Get(t.Context(), name, &service); err != nil {
		t.Fatal(err)
	}
	var nodes corev1.NodeList
	if err := s.Client.List(t.Context(), &nodes); err != nil {
		t.Fatal(err)
	}
	for i := range nodes.Items {
		address := net.JoinHostPort(internalAddress(&nodes.Items[i]), strconv.Itoa(int(service.Spec.Ports[0].NodePort)))
		await(t, "an answer from "+address, func(ctx context.Context) (bool, error) {
			answer, err := c.At("http://"+address+"/v1").Call(ctx, http.MethodGet, "/readyz", nil)
			return err == nil && answer.Status == http.StatusOK, nil
		})
	}
	ingress := &networkingv1.Ingress{}
	if err := s.Client.Get(t.Context(), name, ingress); err != nil {
		t.Fatal(err)
	}
	kubectl(t, "patch", "-n", s.Namespace, "gateways.fairlead.dev/"+g.Name, "--type=merge", "-p", `{"spec":{"ingress":null}}`)
	await(t, "the Ingress to be gone", func(ctx context.Context) (bool, error) {
		err := s.Client.Get(ctx, name, ingress)
		return apierrors.IsNotFound(err), nil
	})
}

// anotherGateway makes a gateway of one replica beside the stack's.
func anotherGateway(t *testing.T, s *stack.Stack, name string, change func(*v1alpha1.Gateway)) *v1alpha1.Gateway {
	t.Helper()
	g := &v1alpha1.Gateway{ObjectMeta: metav1.ObjectMeta{Namespace: s.Namespace, Name: name}}
	g.Spec.Replicas = new(int32(1))
	change(g)
	create(t, s, g)
	return g
}

// awaitReplicas waits until a gateway wants and has so many ready replicas, and counts with them.
func awaitReplicas(t *testing.T, s *stack.Stack, gateway string, want int32) {
	t.Helper()
	var last string
	name := types.NamespacedName{Namespace: s.Namespace, Name: gateway}
	await(t, fmt.Sprintf("%d replicas of %s", want, gateway), func(ctx context.Context) (bool, error) {
		var g v1alpha1.Gateway
		var d appsv1.Deployment
		if err := s.Client.Get(ctx, name, &g); err != nil {
			return false, err
		}
		if err := s.Client.Get(ctx, name, &d); err != nil {
			// It has not been made yet.
			return false, client.IgnoreNotFound(err)
		}
		state := fmt.Sprint("wants ", *d.Spec.Replicas, ", has ", g.Status.Replicas, ", ready ", g.Status.ReadyReplicas)
		if state != last {
			t.Log(gateway, state)
			last = state
		}
		return *d.Spec.Replicas == want && g.Status.Replicas == want && g.Status.ReadyReplicas == want && g.Status.Config != nil &&
			g.Status.Config.Replicas == want, nil
	})
}

func internalAddress(n *corev1.Node) string {
	for _, a := range n.Status.Addresses {
		if a.Type == corev1.NodeInternalIP {
			return a.Address
		}
	}
	return ""
}
