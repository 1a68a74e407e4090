package operator_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	policyv1 "k8s.io/api/policy/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/fairlead-dev/fairlead/api/v1alpha1"
	"github.com/fairlead-dev/fairlead/controllers/internal/testkit"
	"github.com/fairlead-dev/fairlead/controllers/render"
	"github.com/fairlead-dev/fairlead/controllers/secrets"
)

func named(namespace, name string) metav1.ObjectMeta {
	return metav1.ObjectMeta{Namespace: namespace, Name: name}
}

// TestDriftIsRepaired: what somebody changes, strips of its labels or deletes is put back; what they add beside it stays.
func TestDriftIsRepaired(t *testing.T) {
	c := needCluster(t)
	ns := c.Namespace(t, nil)
	start(t, options(ns))
	c.Create(t, testkit.Gateway(ns, "main"))
	deployment, service := &appsv1.Deployment{ObjectMeta: named(ns, "main")}, &corev1.Service{ObjectMeta: named(ns, "main")}
	role := &rbacv1.Role{ObjectMeta: named(ns, "main")}
	for _, o := range []client.Object{deployment, service, role} {
		testkit.ExpectThere(t, c.Client, o)
	}
	testkit.Edit(t, c.Client, deployment, func(d *appsv1.Deployment) {
		d.Spec.Template.Spec.Containers[0].Image = "evil:1"
		d.Annotations["theirs"] = "stays"
	})
	testkit.Edit(t, c.Client, service, func(s *corev1.Service) { s.Labels = nil })
	testkit.Edit(t, c.Client, role, func(r *rbacv1.Role) { r.Rules[0].ResourceNames = nil })
	policy := &networkingv1.NetworkPolicy{ObjectMeta: named(ns, "main")}
	testkit.ExpectThere(t, c.Client, policy)
	uid := policy.UID
	if err := c.Client.Delete(t.Context(), policy); err != nil {
		t.Fatal(err)
	}
	testkit.Eventually(t, func() error {
		for _, o := range []client.Object{deployment, service, role, policy} {
			if err := c.Client.Get(t.Context(), client.ObjectKeyFromObject(o), o); err != nil {
				return err
			}
		}
		switch {
		case deployment.Spec.Template.Spec.Containers[0].Image != "fairlead:test":
			return fmt.Errorf("image is %s", deployment.Spec.Template.Spec.Containers[0].Image)
		case service.Labels["app.kubernetes.io/managed-by"] != "fairlead":
			return fmt.Errorf("labels are %v", service.Labels)
		case len(role.Rules[0].ResourceNames) != 1:
			return fmt.Errorf("rules are %v", role.Rules)
		case policy.UID == uid:
			return errors.New("the NetworkPolicy is the old one")
		}
		return nil
	})
	if deployment.Annotations["theirs"] != "stays" {
		t.Error("an annotation of somebody else was removed")
	}
}

// TestAnnotationsStay: what gives a ServiceAccount an identity at a cloud, and what restarts a Deployment, stays when the rest of
// the object is repaired.
func TestAnnotationsStay(t *testing.T) {
	c := needCluster(t)
	ns := c.Namespace(t, nil)
	start(t, options(ns))
	c.Create(t, testkit.Gateway(ns, "main"))
	account, deployment := &corev1.ServiceAccount{ObjectMeta: named(ns, "main")}, &appsv1.Deployment{ObjectMeta: named(ns, "main")}
	const role, restart = "eks.amazonaws.com/role-arn", "kubectl.kubernetes.io/restartedAt"
	for _, o := range []client.Object{account, deployment} {
		testkit.ExpectThere(t, c.Client, o)
		testkit.Edit(t, c.Client, o, func(o client.Object) {
			o.SetLabels(nil)
			o.SetAnnotations(map[string]string{role: "theirs"})
			if d, ok := o.(*appsv1.Deployment); ok {
				d.Spec.Template.Annotations = map[string]string{restart: "theirs"}
			}
		})
		testkit.Eventually(t, func() error {
			testkit.ExpectThere(t, c.Client, o)
			if o.GetLabels()["app.kubernetes.io/managed-by"] != "fairlead" {
				return fmt.Errorf("the labels of %T are %v", o, o.GetLabels())
			}
			return nil
		})
		if o.GetAnnotations()[role] != "theirs" {
			t.Errorf("the annotations of %T are %v", o, o.GetAnnotations())
		}
	}
	if got := deployment.Spec.Template.Annotations[restart]; got != "theirs" {
		t.Errorf("the Pods' annotation %s is %q", restart, got)
	}
}

// TestWhatOthersAddStays: a container that somebody else owns and the proxy that somebody tells a replica of are left alone, and are no
// reason to write for ever.
func TestWhatOthersAddStays(t *testing.T) {
	c := needCluster(t)
	ns := c.Namespace(t, nil)
	w := &writes{}
	startAs(t, w.through(shared.Operator), options(ns))
	gateway, deployment := testkit.Gateway(ns, "main"), &appsv1.Deployment{ObjectMeta: named(ns, "main")}
	c.Create(t, gateway)
	testkit.ExpectCondition(t, c.Client, gateway, v1alpha1.ConditionAccepted, yes, v1alpha1.ReasonAccepted)
	testkit.ExpectThere(t, c.Client, deployment)
	testkit.Edit(t, c.Client, deployment, func(d *appsv1.Deployment) {
		containers := &d.Spec.Template.Spec.Containers
		(*containers)[0].Env = append((*containers)[0].Env, corev1.EnvVar{Name: "HTTPS_PROXY", Value: "theirs"})
		*containers = append(*containers, corev1.Container{Name: "sidecar", Image: "theirs"})
	})
	tried := len(w.list())
	testkit.Eventually(t, func() error {
		if len(w.list()) == tried {
			return errors.New("the operator has not looked at the Deployment")
		}
		return nil
	})
	<-time.After(2 * secrets.ReadAgain)
	if extra := w.list()[tried:]; len(extra) > 2 {
		t.Errorf("%d writes because of a container of somebody else: %q", len(extra), extra)
	}
	testkit.ExpectThere(t, c.Client, deployment)
	if n := len(deployment.Spec.Template.Spec.Containers); n != 2 {
		t.Errorf("the Pod has %d containers, want 2", n)
	}
	if env := deployment.Spec.Template.Spec.Containers[0].Env; env[len(env)-1].Value != "theirs" {
		t.Errorf("the environment is %v, without what was added", env)
	}
}

// TestStores: a managed store runs until it is disabled, and its volume and the password that opens it stay. Nobody else is let
// in to it. A field that a spec no longer says goes from the workload.
func TestStores(t *testing.T) {
	c := needCluster(t)
	ns := c.Namespace(t, nil)
	start(t, options(ns))
	gateway := testkit.Gateway(ns, "main", func(g *v1alpha1.Gateway) {
		g.Spec.Postgres = &v1alpha1.Postgres{Store: v1alpha1.Store{Mode: v1alpha1.StoreManaged, Managed: &v1alpha1.ManagedStore{
			Placement: v1alpha1.Placement{NodeSelector: map[string]string{"disk": "ssd"}},
		}}}
		g.Spec.Redis = &v1alpha1.Store{Mode: v1alpha1.StoreManaged}
	})
	c.Create(t, gateway)
	testkit.ExpectCondition(t, c.Client, gateway, v1alpha1.ConditionPostgresReady, no, v1alpha1.ReasonPending)
	testkit.ReadyStatefulSet(t, c.Client, ns, "main-postgres")
	testkit.ReadyStatefulSet(t, c.Client, ns, "main-redis")
	testkit.ExpectCondition(t, c.Client, gateway, v1alpha1.ConditionPostgresReady, yes, v1alpha1.ReasonAvailable)
	testkit.ExpectCondition(t, c.Client, gateway, v1alpha1.ConditionRedisReady, yes, v1alpha1.ReasonAvailable)
	widened := &networkingv1.NetworkPolicy{ObjectMeta: named(ns, "main-redis")}
	testkit.Edit(t, c.Client, widened, func(p *networkingv1.NetworkPolicy) {
		p.Spec.Ingress[0].From[0].NamespaceSelector = &metav1.LabelSelector{}
	})
	testkit.Eventually(t, func() error {
		testkit.ExpectThere(t, c.Client, widened)
		if widened.Spec.Ingress[0].From[0].NamespaceSelector != nil {
			return errors.New("Redis admits every namespace")
		}
		return nil
	})
	password := string(read(t, c.Client, ns, "main-postgres", anything).Data["password"])

	testkit.Edit(t, c.Client, gateway, func(g *v1alpha1.Gateway) { g.Spec.Postgres.Managed.NodeSelector = nil })
	set := &appsv1.StatefulSet{ObjectMeta: named(ns, "main-postgres")}
	testkit.Eventually(t, func() error {
		testkit.ExpectThere(t, c.Client, set)
		if s := set.Spec.Template.Spec.NodeSelector; len(s) > 0 {
			return fmt.Errorf("node selector is still %v", s)
		}
		return nil
	})

	testkit.Edit(t, c.Client, gateway, func(g *v1alpha1.Gateway) {
		g.Spec.Postgres = &v1alpha1.Postgres{Store: v1alpha1.Store{Mode: v1alpha1.StoreDisabled}}
		g.Spec.PodDisruptionBudget.Mode = v1alpha1.GuardDisabled
	})
	testkit.ExpectCondition(t, c.Client, gateway, v1alpha1.ConditionPostgresReady, yes, v1alpha1.ReasonDisabled)
	for _, o := range []client.Object{
		set, &corev1.Service{ObjectMeta: named(ns, "main-postgres")},
		&networkingv1.NetworkPolicy{ObjectMeta: named(ns, "main-postgres")}, &policyv1.PodDisruptionBudget{ObjectMeta: named(ns, "main")},
	} {
		testkit.ExpectGone(t, c.Client, o)
	}
	testkit.ExpectThere(t, c.Client, &appsv1.StatefulSet{ObjectMeta: named(ns, "main-redis")})
	kept := read(t, c.Client, ns, "main-postgres", holds("password", password))
	if metav1.GetControllerOf(kept) != nil {
		t.Error("the password would be deleted with the gateway, and the volume would not")
	}
	if p := set.Spec.PersistentVolumeClaimRetentionPolicy; p == nil || p.WhenDeleted != appsv1.RetainPersistentVolumeClaimRetentionPolicyType {
		t.Errorf("claims are not retained: %v", p)
	}

	testkit.Edit(t, c.Client, gateway, func(g *v1alpha1.Gateway) {
		g.Spec.Postgres = &v1alpha1.Postgres{Store: v1alpha1.Store{Mode: v1alpha1.StoreManaged}}
	})
	testkit.ExpectThere(t, c.Client, &appsv1.StatefulSet{ObjectMeta: named(ns, "main-postgres")})
	read(t, c.Client, ns, "main-postgres", holds("password", password))
}

// TestStorageCannotChange: a new size cannot be applied to a StatefulSet, and keeps nothing else from being applied.
func TestStorageCannotChange(t *testing.T) {
	c := needCluster(t)
	ns := c.Namespace(t, nil)
	start(t, options(ns))
	provider := testkit.Ollama(ns, "local", nil)
	c.Create(t, provider)
	set := &appsv1.StatefulSet{ObjectMeta: named(ns, "local-ollama")}
	testkit.ExpectThere(t, c.Client, set)
	testkit.Edit(t, c.Client, provider, func(p *v1alpha1.ModelProvider) {
		p.Spec.Ollama.Managed.Storage = &v1alpha1.Storage{StorageClassName: new("fast")}
		p.Spec.Ollama.Managed.Replicas = new(int32(3))
	})
	testkit.Eventually(t, func() error {
		testkit.ExpectThere(t, c.Client, set)
		if *set.Spec.Replicas != 3 {
			return fmt.Errorf("replicas = %d", *set.Spec.Replicas)
		}
		return nil
	})
	testkit.ExpectCondition(t, c.Client, provider, v1alpha1.ConditionAccepted, yes, v1alpha1.ReasonAccepted)
}

// TestForeignObjects: nothing that somebody else made is taken over, and the status says what is in the way.
func TestForeignObjects(t *testing.T) {
	c := needCluster(t)
	ns := c.Namespace(t, nil)
	start(t, options(ns))
	theirs := &corev1.Service{ObjectMeta: named(ns, "main"), Spec: corev1.ServiceSpec{Ports: []corev1.ServicePort{{Port: 1}}}}
	password := testkit.Secret(ns, "other-master-key", map[string]string{"api-key": "theirs"})
	c.Create(t, theirs, password)
	gateway, other := testkit.Gateway(ns, "main"), testkit.Gateway(ns, "other")
	c.Create(t, gateway, other)
	message := testkit.ExpectCondition(t, c.Client, gateway, v1alpha1.ConditionAccepted, no, v1alpha1.ReasonInvalid)
	if !strings.Contains(message, `Service "main"`) {
		t.Errorf("message = %q", message)
	}
	testkit.ExpectCondition(t, c.Client, other, v1alpha1.ConditionAccepted, no, v1alpha1.ReasonInvalid)
	version := theirs.ResourceVersion
	testkit.ExpectThere(t, c.Client, theirs)
	if theirs.ResourceVersion != version {
		t.Error("a Service of somebody else was written")
	}
	if err := c.Client.Delete(t.Context(), theirs); err != nil {
		t.Fatal(err)
	}
	testkit.ExpectCondition(t, c.Client, gateway, v1alpha1.ConditionAccepted, yes, v1alpha1.ReasonAccepted)
}

// TestRefusedWorkload: a spec that makes no valid workload is told in the status, in the API server's words, and keeps nothing
// else from running.
func TestRefusedWorkload(t *testing.T) {
	c := needCluster(t)
	ns := c.Namespace(t, nil)
	start(t, options(ns))
	tooMuch := &corev1.ResourceRequirements{
		Requests: corev1.ResourceList{corev1.ResourceCPU: resource.MustParse("2")},
		Limits:   corev1.ResourceList{corev1.ResourceCPU: resource.MustParse("1")},
	}
	gateway := testkit.Gateway(ns, "main", func(g *v1alpha1.Gateway) {
		g.Spec.Redis = &v1alpha1.Store{Mode: v1alpha1.StoreManaged, Managed: &v1alpha1.ManagedStore{
			Placement: v1alpha1.Placement{Resources: tooMuch},
		}}
	})
	provider := testkit.Ollama(ns, "local", nil, func(p *v1alpha1.ModelProvider) { p.Spec.Ollama.Managed.Resources = tooMuch })
	c.Create(t, gateway, provider)
	for o, workload := range map[client.Object]string{gateway: "main-redis", provider: "local-ollama"} {
		message := testkit.ExpectCondition(t, c.Client, o, v1alpha1.ConditionAccepted, no, v1alpha1.ReasonInvalid)
		if !strings.Contains(message, fmt.Sprintf("StatefulSet %q", workload)) || !strings.Contains(message, "cpu limit of 1") {
			t.Errorf("message = %q", message)
		}
	}
	testkit.ExpectThere(t, c.Client, &appsv1.Deployment{ObjectMeta: named(ns, "main")})
	testkit.Edit(t, c.Client, gateway, func(g *v1alpha1.Gateway) { g.Spec.Redis.Managed.Resources = nil })
	testkit.ExpectCondition(t, c.Client, gateway, v1alpha1.ConditionAccepted, yes, v1alpha1.ReasonAccepted)
	testkit.Edit(t, c.Client, provider, func(p *v1alpha1.ModelProvider) { p.Spec.Ollama.Managed.Resources = nil })
	testkit.ExpectCondition(t, c.Client, provider, v1alpha1.ConditionAccepted, yes, v1alpha1.ReasonAccepted)
}

// TestReadersGoWithTheirGateway: a binding that nothing owns is deleted when its gateway is gone, even if the operator was away.
func TestReadersGoWithTheirGateway(t *testing.T) {
	c := needCluster(t)
	ns := c.Namespace(t, nil)
	stop := start(t, options())
	gateway := testkit.Gateway(ns, "main")
	c.Create(t, gateway)
	binding := &rbacv1.ClusterRoleBinding{ObjectMeta: metav1.ObjectMeta{Name: render.ReaderRole + ":" + ns + ":main"}}
	testkit.ExpectThere(t, c.Client, binding)
	stop()
	if err := c.Client.Delete(t.Context(), gateway); err != nil {
		t.Fatal(err)
	}
	start(t, options())
	testkit.ExpectGone(t, c.Client, binding)
}
