package operator_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/fairlead-dev/fairlead/api/v1alpha1"
	"github.com/fairlead-dev/fairlead/controllers/internal/testkit"
	"github.com/fairlead-dev/fairlead/controllers/render"
	"github.com/fairlead-dev/fairlead/controllers/secrets"
)

// postgresCluster is the Cluster of a gateway, as far as it is known by its name.
func postgresCluster(ns string) *unstructured.Unstructured {
	u := &unstructured.Unstructured{}
	u.SetGroupVersionKind(render.KindCluster())
	u.SetNamespace(ns)
	u.SetName("main-postgres")
	return u
}

// TestCloudNativePG goes through the life of a gateway's Cluster: not to be had, asked for, set up, used, without its primary, and given up.
func TestCloudNativePG(t *testing.T) {
	c := needCluster(t)
	ns := c.Namespace(t, nil)
	w := &writes{}
	startAs(t, w.through(shared.Operator), options(ns))
	g := testkit.Gateway(ns, "main", func(g *v1alpha1.Gateway) {
		g.Spec.Postgres = &v1alpha1.Postgres{Store: v1alpha1.Store{Mode: v1alpha1.StoreCloudNativePG}}
	})
	c.Create(t, g)
	testkit.StartDataPlane(t, c.Client, ns, "main", 1)
	testkit.ReadyDeployment(t, c.Client, ns, "main")
	expectPostgres(t, c, g, no, v1alpha1.ReasonNotInstalled,
		"This cluster has no CloudNativePG: install it, or set spec.postgres.mode to Managed or External.")
	testkit.ExpectCondition(t, c.Client, g, v1alpha1.ConditionReady, yes, v1alpha1.ReasonDegraded)

	c.InstallCloudNativePG(t)
	cluster := postgresCluster(ns)
	testkit.ExpectThere(t, c.Client, cluster)
	expectSpec(t, cluster)
	expectPostgres(t, c, g, no, v1alpha1.ReasonPending, "CloudNativePG has not begun to set up Cluster main-postgres.")
	play(t, c, ns, map[string]any{"phase": "Setting up primary", "instances": int64(1), "targetPrimary": "main-postgres-1"})
	expectPostgres(t, c, g, no, v1alpha1.ReasonUnavailable, "No instance of Cluster main-postgres is ready: Setting up primary.")
	play(t, c, ns, primary("main-postgres-1", "main-postgres-1", 1))
	expectPostgres(t, c, g, no, v1alpha1.ReasonPending,
		"CloudNativePG has not written the Secrets main-postgres-app and main-postgres-ca yet.")
	c.Create(t,
		testkit.Secret(ns, "main-postgres-app", map[string]string{"uri": "postgresql://fairlead:canary@main-postgres-rw." + ns + ":5432/fairlead"}),
		testkit.Secret(ns, "main-postgres-ca", map[string]string{"ca.crt": "a certificate", "ca.key": "canary"}))
	expectPostgres(t, c, g, yes, v1alpha1.ReasonAvailable, "1 of 3 instances of Cluster main-postgres are ready.")
	expectCredentials(t, c, ns)
	play(t, c, ns, primary("main-postgres-1", "pending", 2))
	expectPostgres(t, c, g, no, v1alpha1.ReasonUnavailable, "Cluster main-postgres changes its primary: Failing over.")
	play(t, c, ns, primary("main-postgres-2", "main-postgres-2", 3))
	expectPostgres(t, c, g, yes, v1alpha1.ReasonAvailable, "Every instance of Cluster main-postgres is ready.")

	settle(t, w)
	settled := w.count(t)
	<-time.After(secrets.ReadAgain + time.Second)
	if extra := w.list()[settled:]; len(extra) > 0 {
		t.Errorf("%d writes at rest: %q", len(extra), extra)
	}
	giveUp(t, c, g)
}

// giveUp: one that is to be retained stays when its gateway uses it no longer, and one that is not goes.
func giveUp(t *testing.T, c *testkit.Cluster, g *v1alpha1.Gateway) {
	t.Helper()
	cluster := postgresCluster(g.Namespace)
	testkit.Edit(t, c.Client, g, func(g *v1alpha1.Gateway) { g.Spec.Postgres.Mode = v1alpha1.StoreDisabled })
	expectPostgres(t, c, g, yes, v1alpha1.ReasonDisabled, "PostgreSQL is not used.")
	testkit.ExpectThere(t, c.Client, cluster)

	testkit.Edit(t, c.Client, g, func(g *v1alpha1.Gateway) {
		g.Spec.Postgres.Mode = v1alpha1.StoreCloudNativePG
		g.Spec.Postgres.CloudNativePG = &v1alpha1.CloudNativePG{Storage: &v1alpha1.Storage{ReclaimPolicy: v1alpha1.ReclaimDelete}}
	})
	testkit.Eventually(t, func() error {
		if err := c.Client.Get(t.Context(), client.ObjectKeyFromObject(cluster), cluster); err != nil {
			return err
		}
		if !metav1.IsControlledBy(cluster, g) {
			return fmt.Errorf("the Cluster belongs to %v", cluster.GetOwnerReferences())
		}
		return nil
	})
	testkit.Edit(t, c.Client, g, func(g *v1alpha1.Gateway) {
		g.Spec.Postgres.Mode, g.Spec.Postgres.CloudNativePG = v1alpha1.StoreDisabled, nil
	})
	testkit.ExpectGone(t, c.Client, cluster)
}

func expectPostgres(t *testing.T, c *testkit.Cluster, g *v1alpha1.Gateway, s metav1.ConditionStatus, reason, want string) {
	t.Helper()
	testkit.Eventually(t, func() error {
		got := testkit.ExpectCondition(t, c.Client, g, v1alpha1.ConditionPostgresReady, s, reason)
		if got != want {
			return fmt.Errorf("the message is %q, want %q", got, want)
		}
		return nil
	})
}

func expectSpec(t *testing.T, cluster *unstructured.Unstructured) {
	t.Helper()
	spec, _, _ := unstructured.NestedMap(cluster.Object, "spec")
	database, _, _ := unstructured.NestedString(spec, "bootstrap", "initdb", "database")
	size, _, _ := unstructured.NestedString(spec, "storage", "size")
	got := []any{spec["instances"], database, size, len(cluster.GetOwnerReferences()), cluster.GetAnnotations()[v1alpha1.AnnotationRetain]}
	if diff := cmp.Diff([]any{int64(3), "fairlead", "10Gi", 0, "true"}, got); diff != "" {
		t.Errorf("Cluster (-want +got):\n%s", diff)
	}
}

// expectCredentials: the replicas get the URI and the authority, and never its key.
func expectCredentials(t *testing.T, c *testkit.Cluster, ns string) {
	t.Helper()
	s := &corev1.Secret{ObjectMeta: named(ns, v1alpha1.CredentialsSecretName("main"))}
	testkit.Eventually(t, func() error {
		testkit.ExpectThere(t, c.Client, s)
		got := []string{string(s.Data[v1alpha1.CredentialPostgres]), string(s.Data[v1alpha1.CredentialPostgresCA])}
		want := []string{"postgresql://fairlead:canary@main-postgres-rw." + ns + ":5432/fairlead", "a certificate"}
		if diff := cmp.Diff(want, got); diff != "" {
			return fmt.Errorf("credentials (-want +got):\n%s", diff)
		}
		return nil
	})
}

// primary is the status of a Cluster with so many instances ready.
func primary(current, target string, ready int64) map[string]any {
	phase := "Cluster in healthy state"
	if current != target {
		phase = "Failing over"
	}
	return map[string]any{
		"phase": phase, "instances": int64(3), "readyInstances": ready, "currentPrimary": current, "targetPrimary": target,
	}
}

// play does what CloudNativePG does: it says how far it is.
func play(t *testing.T, c *testkit.Cluster, ns string, status map[string]any) {
	t.Helper()
	testkit.Eventually(t, func() error {
		cluster := postgresCluster(ns)
		testkit.ExpectThere(t, c.Client, cluster)
		cluster.Object["status"] = status
		return c.Client.Status().Update(t.Context(), cluster)
	})
}
