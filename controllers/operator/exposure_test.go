package operator_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	autoscalingv2 "k8s.io/api/autoscaling/v2"
	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/fairlead-dev/fairlead/api/v1alpha1"
	"github.com/fairlead-dev/fairlead/controllers/internal/testkit"
	"github.com/fairlead-dev/fairlead/controllers/render"
	"github.com/fairlead-dev/fairlead/controllers/secrets"
)

// exposed says everything about how a gateway is reached, watched and guarded.
func exposed(g *v1alpha1.Gateway) {
	g.Spec.Autoscaling = &v1alpha1.Autoscaling{MaxReplicas: 4}
	g.Spec.Service = v1alpha1.Service{
		Type: "LoadBalancer", Port: 80, Annotations: map[string]string{"example.com/internal": "true"},
		LoadBalancerClass: new("example.com/lb"), ExternalTrafficPolicy: corev1.ServiceExternalTrafficPolicyLocal,
	}
	g.Spec.Ingress = &v1alpha1.Ingress{ClassName: new("nginx"), Hosts: []v1alpha1.Hostname{"ai.example.com", "*.example.org"}, TLSSecretName: "tls"}
	g.Spec.HTTPRoute = &v1alpha1.HTTPRoute{
		ParentRefs: []v1alpha1.ParentReference{{Name: "public", Namespace: "edge", SectionName: "https"}}, Hostnames: []v1alpha1.Hostname{"ai.example.com"},
	}
	g.Spec.Monitoring = &v1alpha1.Monitoring{
		PodMonitor:       &v1alpha1.Monitor{Labels: map[string]string{"release": "prometheus"}},
		PrometheusRule:   &v1alpha1.Monitor{},
		GrafanaDashboard: &v1alpha1.Monitor{},
	}
	g.Spec.TopologySpreadConstraints = []corev1.TopologySpreadConstraint{{
		MaxSkew: 1, TopologyKey: corev1.LabelHostname, WhenUnsatisfiable: corev1.DoNotSchedule,
	}}
}

// foreign are the objects of other projects' kinds that an exposed gateway has.
func foreign(ns string) []client.Object {
	return []client.Object{route(ns), ofKind(ns, render.KindPodMonitor()), ofKind(ns, render.KindPrometheusRule())}
}

func route(ns string) *unstructured.Unstructured { return ofKind(ns, render.KindHTTPRoute()) }

func ofKind(ns string, kind schema.GroupVersionKind) *unstructured.Unstructured {
	u := &unstructured.Unstructured{}
	u.SetGroupVersionKind(kind)
	u.SetNamespace(ns)
	u.SetName("main")
	return u
}

// TestExposed: everything that a gateway can be given is taken by the API server; what belongs to other projects comes when they are
// installed; nothing of it is written at rest; what somebody changes is put back; and all of it goes when it is not wanted.
func TestExposed(t *testing.T) {
	c := needCluster(t)
	ns := c.Namespace(t, nil)
	w := &writes{}
	startAs(t, w.through(shared.Operator), options(ns))
	g := testkit.Gateway(ns, "main", exposed)
	c.Create(t, g)
	testkit.StartDataPlane(t, c.Client, ns, "main", 2)
	testkit.ReadyDeployment(t, c.Client, ns, "main")
	message := testkit.ExpectCondition(t, c.Client, g, v1alpha1.ConditionReady, yes, v1alpha1.ReasonDegraded)
	if !strings.Contains(message, "the cluster has no HTTPRoute") {
		t.Errorf("without the Gateway API the message is %q", message)
	}
	own := []client.Object{
		&autoscalingv2.HorizontalPodAutoscaler{ObjectMeta: named(ns, "main")}, &networkingv1.Ingress{ObjectMeta: named(ns, "main")},
		&corev1.ConfigMap{ObjectMeta: named(ns, "main-dashboard")},
	}
	for _, o := range own {
		testkit.ExpectThere(t, c.Client, o)
	}

	c.InstallHTTPRoute(t)
	c.InstallMonitoring(t)
	for _, o := range foreign(ns) {
		testkit.ExpectThere(t, c.Client, o)
	}
	testkit.ExpectCondition(t, c.Client, g, v1alpha1.ConditionReady, yes, v1alpha1.ReasonReady)
	settle(t, w)
	settled := w.count(t)
	<-time.After(secrets.ReadAgain + time.Second)
	if extra := w.list()[settled:]; len(extra) > 0 {
		t.Errorf("%d writes at rest: %q", len(extra), extra)
	}

	expectRepaired(t, route(ns))
	testkit.Edit(t, c.Client, g, func(g *v1alpha1.Gateway) {
		g.Spec.Autoscaling, g.Spec.Ingress, g.Spec.HTTPRoute, g.Spec.Monitoring = nil, nil, nil, nil
		g.Spec.Service = v1alpha1.Service{}
	})
	for _, o := range append(own, foreign(ns)...) {
		testkit.ExpectGone(t, c.Client, o)
	}
	service := &corev1.Service{ObjectMeta: named(ns, "main")}
	testkit.Eventually(t, func() error {
		testkit.ExpectThere(t, c.Client, service)
		if service.Spec.Type != corev1.ServiceTypeClusterIP || service.Spec.Ports[0].Port != 4000 || len(service.Annotations) > 1 {
			return errors.New("the Service is still the exposed one")
		}
		return nil
	})
}

// expectRepaired changes a route's hostnames and waits until they are what they were.
func expectRepaired(t *testing.T, route *unstructured.Unstructured) {
	t.Helper()
	testkit.ExpectThere(t, shared.Client, route)
	if err := unstructured.SetNestedStringSlice(route.Object, []string{"evil.example.com"}, "spec", "hostnames"); err != nil {
		t.Fatal(err)
	}
	if err := shared.Client.Update(t.Context(), route); err != nil {
		t.Fatal(err)
	}
	testkit.Eventually(t, func() error {
		testkit.ExpectThere(t, shared.Client, route)
		if hosts, _, _ := unstructured.NestedStringSlice(route.Object, "spec", "hostnames"); len(hosts) != 1 || hosts[0] != "ai.example.com" {
			return fmt.Errorf("the hostnames are %v", hosts)
		}
		return nil
	})
}

// TestForeignExtras: an object of another owner is left alone, and said to be in the way.
func TestForeignExtras(t *testing.T) {
	c := needCluster(t)
	ns := c.Namespace(t, nil)
	start(t, options(ns))
	theirs := &corev1.ConfigMap{ObjectMeta: named(ns, "main-dashboard"), Data: map[string]string{"theirs": "stays"}}
	g := testkit.Gateway(ns, "main", func(g *v1alpha1.Gateway) {
		g.Spec.Monitoring = &v1alpha1.Monitoring{GrafanaDashboard: &v1alpha1.Monitor{}}
	})
	c.Create(t, theirs, g)
	message := testkit.ExpectCondition(t, c.Client, g, v1alpha1.ConditionAccepted, no, v1alpha1.ReasonInvalid)
	if !strings.Contains(message, `ConfigMap "main-dashboard"`) {
		t.Errorf("message = %q", message)
	}
	testkit.Edit(t, c.Client, g, func(g *v1alpha1.Gateway) { g.Spec.Monitoring = nil })
	testkit.ExpectCondition(t, c.Client, g, v1alpha1.ConditionAccepted, yes, v1alpha1.ReasonAccepted)
	testkit.ExpectThere(t, c.Client, theirs)
	if theirs.Data["theirs"] != "stays" {
		t.Errorf("it holds %v now", theirs.Data)
	}
}
