package operator_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/rest"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/fairlead-dev/fairlead/api/v1alpha1"
	"github.com/fairlead-dev/fairlead/controllers/internal/testkit"
	"github.com/fairlead-dev/fairlead/controllers/rbac"
	"github.com/fairlead-dev/fairlead/controllers/render"
)

// denial answers every write of one kind as an API server does that may not take it, until it is lifted.
type denial struct {
	// path is part of those of the writes.
	path   string
	answer metav1.Status
	lifted atomic.Bool
}

// through returns a config whose requests go through d.
func (d *denial) through(config *rest.Config) *rest.Config {
	config = rest.CopyConfig(config)
	config.Wrap(func(next http.RoundTripper) http.RoundTripper {
		return &denied{denial: d, next: next}
	})
	return config
}

type denied struct {
	*denial
	next http.RoundTripper
}

// RoundTrip sends a request, or answers it.
func (d *denied) RoundTrip(r *http.Request) (*http.Response, error) {
	if d.lifted.Load() || r.Method != http.MethodPatch || !strings.Contains(r.URL.Path, d.path) {
		return d.next.RoundTrip(r)
	}
	status := d.answer
	status.TypeMeta = metav1.TypeMeta{APIVersion: "v1", Kind: "Status"}
	status.Status = metav1.StatusFailure
	body, err := json.Marshal(status)
	if err != nil {
		return nil, err
	}
	return &http.Response{
		StatusCode: int(status.Code), Request: r, ProtoMajor: 1, ProtoMinor: 1,
		Header: http.Header{"Content-Type": {"application/json"}}, Body: io.NopCloser(bytes.NewReader(body)),
	}, nil
}

// TestDenied: what a policy of the cluster does not let the operator make is told in the words of the policy, keeps nothing else from
// running, and is made as soon as the policy lets it.
func TestDenied(t *testing.T) {
	for name, answer := range map[string]metav1.Status{
		"ByWebhook": {
			Code: http.StatusBadRequest, Reason: metav1.StatusReasonBadRequest,
			Message: `admission webhook "validate.example.com" denied the request: host "ai.example.com" is already defined`,
		},
		"ByQuota": {
			Code: http.StatusForbidden, Reason: metav1.StatusReasonForbidden,
			Message: `ingresses.networking.k8s.io "main" is forbidden: exceeded quota: few, requested: count/ingresses=1`,
		},
	} {
		t.Run(name, func(t *testing.T) {
			c := needCluster(t)
			ns := c.Namespace(t, nil)
			d := &denial{path: "/ingresses/", answer: answer}
			startAs(t, d.through(shared.Operator), options(ns))
			g := testkit.Gateway(ns, "main", func(g *v1alpha1.Gateway) {
				g.Spec.Ingress = &v1alpha1.Ingress{Hosts: []v1alpha1.Hostname{"ai.example.com"}}
			})
			c.Create(t, g)
			testkit.ExpectThere(t, c.Client, &appsv1.Deployment{ObjectMeta: named(ns, "main")})
			message := testkit.ExpectCondition(t, c.Client, g, v1alpha1.ConditionAccepted, no, v1alpha1.ReasonInvalid)
			if !strings.Contains(message, `Ingress "main"`) || !strings.Contains(message, answer.Message) {
				t.Errorf("message = %q", message)
			}
			d.lifted.Store(true)
			testkit.ExpectCondition(t, c.Client, g, v1alpha1.ConditionAccepted, yes, v1alpha1.ReasonAccepted)
			testkit.ExpectThere(t, c.Client, &networkingv1.Ingress{ObjectMeta: named(ns, "main")})
		})
	}
}

// TestDeniedServers: the same for servers that the operator runs, of which nothing else brings it to look again.
func TestDeniedServers(t *testing.T) {
	c := needCluster(t)
	ns := c.Namespace(t, nil)
	d := &denial{path: "/statefulsets/", answer: metav1.Status{
		Code: http.StatusForbidden, Reason: metav1.StatusReasonForbidden, Message: "exceeded quota: few",
	}}
	startAs(t, d.through(shared.Operator), options(ns))
	p := testkit.Ollama(ns, "local", nil)
	c.Create(t, p)
	message := testkit.ExpectCondition(t, c.Client, p, v1alpha1.ConditionAccepted, no, v1alpha1.ReasonInvalid)
	if !strings.Contains(message, `StatefulSet "local-ollama"`) || !strings.Contains(message, "exceeded quota: few") {
		t.Errorf("message = %q", message)
	}
	d.lifted.Store(true)
	testkit.ExpectCondition(t, c.Client, p, v1alpha1.ConditionAccepted, yes, v1alpha1.ReasonAccepted)
}

// TestWebhookIsAway: where one object cannot be applied for now, all others are.
func TestWebhookIsAway(t *testing.T) {
	c := needCluster(t)
	ns := c.Namespace(t, nil)
	d := &denial{path: "/ingresses/", answer: metav1.Status{
		Code: http.StatusInternalServerError, Reason: metav1.StatusReasonInternalError,
		Message: `Internal error occurred: failed calling webhook "validate.example.com": connection refused`,
	}}
	startAs(t, d.through(shared.Operator), options(ns))
	g := testkit.Gateway(ns, "main", func(g *v1alpha1.Gateway) {
		g.Spec.Ingress = &v1alpha1.Ingress{Hosts: []v1alpha1.Hostname{"ai.example.com"}}
		g.Spec.Monitoring = &v1alpha1.Monitoring{GrafanaDashboard: &v1alpha1.Monitor{}}
	})
	c.Create(t, g)
	testkit.ExpectThere(t, c.Client, &appsv1.Deployment{ObjectMeta: named(ns, "main")})
	testkit.ExpectThere(t, c.Client, &corev1.ConfigMap{ObjectMeta: named(ns, "main-dashboard")})
	testkit.ExpectCondition(t, c.Client, g, v1alpha1.ConditionAccepted, yes, v1alpha1.ReasonAccepted)
	d.lifted.Store(true)
	testkit.ExpectThere(t, c.Client, &networkingv1.Ingress{ObjectMeta: named(ns, "main")})
}

// TestNamespaceIsNotThereYet: a namespace that an operator is to serve may come later. What a gateway reads there waits for it, and
// nothing else does.
func TestNamespaceIsNotThereYet(t *testing.T) {
	c := needCluster(t)
	ns := c.Namespace(t, nil)
	later := ns + "-later"
	startAs(t, shared.Operator, options(ns, later))
	g := testkit.Gateway(ns, "main", func(g *v1alpha1.Gateway) {
		g.Spec.Monitoring = &v1alpha1.Monitoring{GrafanaDashboard: &v1alpha1.Monitor{}}
	})
	c.Create(t, g)
	testkit.ExpectThere(t, c.Client, &corev1.ConfigMap{ObjectMeta: named(ns, "main-dashboard")})
	message := testkit.ExpectCondition(t, c.Client, g, v1alpha1.ConditionAccepted, no, v1alpha1.ReasonInvalid)
	if !strings.Contains(message, fmt.Sprintf("namespaces %q not found", later)) {
		t.Errorf("message = %q", message)
	}
	c.Create(t, &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: later}})
	testkit.Eventually(t, func() error {
		message := testkit.ExpectCondition(t, c.Client, g, v1alpha1.ConditionAccepted, no, v1alpha1.ReasonInvalid)
		if !strings.Contains(message, fmt.Sprintf("%q not found", render.ReaderRole)) {
			return fmt.Errorf("message = %q, want that the role is missing", message)
		}
		return nil
	})
	c.Create(t, &rbacv1.Role{ObjectMeta: named(later, render.ReaderRole), Rules: rbac.ReaderRules()})
	testkit.ExpectCondition(t, c.Client, g, v1alpha1.ConditionAccepted, yes, v1alpha1.ReasonAccepted)
	testkit.ExpectThere(t, c.Client, &rbacv1.RoleBinding{ObjectMeta: named(later, render.ReaderRole+":"+ns+":main")})
}

// TestOldDefinition: the definition of an older version has no timeouts. That the route cannot be made is told.
func TestOldDefinition(t *testing.T) {
	c := needCluster(t)
	ns := c.Namespace(t, nil)
	c.InstallHTTPRoute(t)
	withoutTimeouts(t, c)
	start(t, options(ns))
	g := testkit.Gateway(ns, "main", func(g *v1alpha1.Gateway) {
		g.Spec.HTTPRoute = &v1alpha1.HTTPRoute{ParentRefs: []v1alpha1.ParentReference{{Name: "public"}}}
	})
	c.Create(t, g)
	message := testkit.ExpectCondition(t, c.Client, g, v1alpha1.ConditionAccepted, no, v1alpha1.ReasonInvalid)
	if !strings.Contains(message, `HTTPRoute "main"`) || !strings.Contains(message, "timeouts: field not declared") {
		t.Errorf("message = %q", message)
	}
}

// withoutTimeouts takes the timeouts out of the definition of HTTPRoutes, and waits until the API server knows none.
func withoutTimeouts(t *testing.T, c *testkit.Cluster) {
	t.Helper()
	definition := &unstructured.Unstructured{}
	definition.SetGroupVersionKind(schema.GroupVersionKind{Group: "apiextensions.k8s.io", Version: "v1", Kind: "CustomResourceDefinition"})
	definition.SetName("httproutes.gateway.networking.k8s.io")
	testkit.Edit(t, c.Client, definition, func(d *unstructured.Unstructured) {
		versions, _, err := unstructured.NestedSlice(d.Object, "spec", "versions")
		if err != nil {
			t.Fatal(err)
		}
		for _, v := range versions {
			version, ok := v.(map[string]any)
			rules, _, err := unstructured.NestedFieldNoCopy(version, "schema", "openAPIV3Schema", "properties", "spec", "properties", "rules")
			fields, ok2 := rules.(map[string]any)
			if !ok || !ok2 || err != nil {
				t.Fatalf("the definition has no rules: %v", err)
			}
			unstructured.RemoveNestedField(fields, "items", "properties", "timeouts")
		}
		if err := unstructured.SetNestedSlice(d.Object, versions, "spec", "versions"); err != nil {
			t.Fatal(err)
		}
	})
	testkit.Eventually(t, func() error {
		probe := route("default")
		probe.Object["spec"] = map[string]any{"rules": []any{map[string]any{"timeouts": map[string]any{"request": "0s"}}}}
		err := c.Client.Apply(t.Context(), client.ApplyConfigurationFromUnstructured(probe), client.FieldOwner("probe"), client.DryRunAll)
		if err == nil || !strings.Contains(err.Error(), "not declared") {
			return fmt.Errorf("want that timeouts are not known, got %w", err)
		}
		return nil
	})
}
