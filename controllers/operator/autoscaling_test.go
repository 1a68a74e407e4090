package operator_test

import (
	"errors"
	"fmt"
	"testing"

	appsv1 "k8s.io/api/apps/v1"
	autoscalingv1 "k8s.io/api/autoscaling/v1"
	autoscalingv2 "k8s.io/api/autoscaling/v2"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/fairlead-dev/fairlead/api/v1alpha1"
	"github.com/fairlead-dev/fairlead/controllers/internal/testkit"
)

// scale sets the number of Pods by the scale subresource, as kubectl and autoscalers do.
func scale(t *testing.T, o client.Object, replicas int32) {
	t.Helper()
	s := &autoscalingv1.Scale{Spec: autoscalingv1.ScaleSpec{Replicas: replicas}}
	if err := shared.Client.SubResource("scale").Update(t.Context(), o, client.WithSubResourceBody(s)); err != nil {
		t.Fatalf("scaling %T to %d: %v", o, replicas, err)
	}
}

// expectReplicas waits until the gateway's configuration says how many Pods there are to be, and checks that the Deployment says so too.
func expectReplicas(t *testing.T, g *v1alpha1.Gateway, want int32) {
	t.Helper()
	d := &appsv1.Deployment{ObjectMeta: named(g.Namespace, g.Name)}
	testkit.Eventually(t, func() error {
		testkit.ExpectThere(t, shared.Client, g)
		testkit.ExpectThere(t, shared.Client, d)
		switch {
		case g.Status.Config == nil || g.Status.ObservedGeneration != g.Generation:
			return errors.New("the spec has not been looked at")
		case *d.Spec.Replicas != want || g.Status.Config.Replicas != want:
			return fmt.Errorf("the Deployment asks for %d Pods and the configuration counts with %d, want %d", *d.Spec.Replicas, g.Status.Config.Replicas, want)
		}
		return nil
	})
}

// TestScale: `kubectl scale` of a Gateway is the Deployment's number of Pods.
func TestScale(t *testing.T) {
	c := needCluster(t)
	ns := c.Namespace(t, nil)
	start(t, options(ns))
	g := testkit.Gateway(ns, "main")
	c.Create(t, g)
	expectReplicas(t, g, 1)
	scale(t, g, 3)
	expectReplicas(t, g, 3)
}

// TestAutoscaling: an autoscaler begins with as many Pods as there are, keeps what it chooses through every other change, and gives the
// number back.
func TestAutoscaling(t *testing.T) {
	c := needCluster(t)
	ns := c.Namespace(t, nil)
	start(t, options(ns))
	g := testkit.Gateway(ns, "main", func(g *v1alpha1.Gateway) { g.Spec.Replicas = new(int32(5)) })
	c.Create(t, g)
	expectReplicas(t, g, 5)
	d := &appsv1.Deployment{ObjectMeta: named(ns, "main")}
	seen := watchReplicas(t, d)
	on := func(g *v1alpha1.Gateway) { g.Spec.Autoscaling = &v1alpha1.Autoscaling{MaxReplicas: 10} }
	autoscaler := &autoscalingv2.HorizontalPodAutoscaler{ObjectMeta: named(ns, "main")}

	testkit.Edit(t, c.Client, g, on)
	testkit.ExpectThere(t, c.Client, autoscaler)
	expectReplicas(t, g, 5)
	scale(t, d, 7)
	expectReplicas(t, g, 7)
	testkit.Edit(t, c.Client, g, func(g *v1alpha1.Gateway) { g.Spec.Image = "other:1" })
	testkit.Eventually(t, func() error {
		testkit.ExpectThere(t, c.Client, d)
		if d.Spec.Template.Spec.Containers[0].Image != "other:1" {
			return errors.New("the image is the old one")
		}
		return nil
	})
	expectReplicas(t, g, 7)

	testkit.Edit(t, c.Client, g, func(g *v1alpha1.Gateway) { g.Spec.Autoscaling = nil })
	testkit.ExpectGone(t, c.Client, autoscaler)
	expectReplicas(t, g, 5)
	scale(t, g, 4)
	expectReplicas(t, g, 4)

	testkit.Edit(t, c.Client, g, on)
	testkit.ExpectThere(t, c.Client, autoscaler)
	expectReplicas(t, g, 4)
	scale(t, d, 6)
	expectReplicas(t, g, 6)
	for _, n := range seen() {
		if n < 4 {
			t.Errorf("there were to be %d Pods for a moment", n)
		}
	}
}

// TestAutoscalingFromZero: an autoscaler leaves a Deployment of no Pods alone, so it is not handed one.
func TestAutoscalingFromZero(t *testing.T) {
	c := needCluster(t)
	ns := c.Namespace(t, nil)
	start(t, options(ns))
	g := testkit.Gateway(ns, "main", func(g *v1alpha1.Gateway) { g.Spec.Replicas = new(int32(0)) })
	c.Create(t, g)
	expectReplicas(t, g, 0)
	testkit.Edit(t, c.Client, g, func(g *v1alpha1.Gateway) { g.Spec.Autoscaling = &v1alpha1.Autoscaling{MaxReplicas: 10} })
	expectReplicas(t, g, 2)
}

// watchReplicas notes every number of Pods that a Deployment asks for from now on.
func watchReplicas(t *testing.T, d *appsv1.Deployment) (seen func() []int32) {
	t.Helper()
	w, err := shared.Client.Watch(t.Context(), &appsv1.DeploymentList{}, client.InNamespace(d.Namespace))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(w.Stop)
	done := make(chan []int32)
	go func() {
		var numbers []int32
		for e := range w.ResultChan() {
			if d, ok := e.Object.(*appsv1.Deployment); ok {
				numbers = append(numbers, *d.Spec.Replicas)
			}
		}
		done <- numbers
	}()
	return func() []int32 {
		w.Stop()
		return <-done
	}
}
