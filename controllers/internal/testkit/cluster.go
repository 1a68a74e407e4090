package testkit

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"testing"

	corev1 "k8s.io/api/core/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	apiruntime "k8s.io/apimachinery/pkg/runtime"
	"k8s.io/client-go/rest"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/envtest"
)

// Assets is the environment variable that says where etcd and kube-apiserver are.
const Assets = "KUBEBUILDER_ASSETS"

// OperatorNamespace is where the operator under test is said to run, and has its ServiceAccount.
const OperatorNamespace = "fairlead-system"

// Cluster is an API server and an etcd, with the project's CRDs, and with the operator's own rights.
type Cluster struct {
	// Admin may do everything; Operator may do what the installation grants to the operator, and nothing else.
	Admin, Operator *rest.Config
	// Client acts as Admin.
	Client client.WithWatch
	env    *envtest.Environment
	reader *rbacv1.Role
}

// Start starts a cluster. rules are what the operator is granted, and readerRules what the role of that name grants: a ClusterRole, and a Role
// in each namespace of the tests.
// It returns nil where the tests were not told of any assets.
func Start(scheme *apiruntime.Scheme, rules []rbacv1.PolicyRule, reader string, readerRules []rbacv1.PolicyRule) (*Cluster, error) {
	if os.Getenv(Assets) == "" {
		return nil, nil
	}
	env := &envtest.Environment{CRDDirectoryPaths: []string{crds()}, ErrorIfCRDPathMissing: true}
	admin, err := env.Start()
	if err != nil {
		return nil, fmt.Errorf("starting the control plane: %w", err)
	}
	admin.QPS = -1
	c := &Cluster{Admin: admin, env: env, reader: &rbacv1.Role{ObjectMeta: metav1.ObjectMeta{Name: reader}, Rules: readerRules}}
	if c.Client, err = client.NewWithWatch(admin, client.Options{Scheme: scheme}); err != nil {
		return nil, fmt.Errorf("making a client: %w", err)
	}
	c.Operator = rest.CopyConfig(admin)
	c.Operator.Impersonate = rest.ImpersonationConfig{
		UserName: "system:serviceaccount:" + OperatorNamespace + ":fairlead-operator",
		Groups:   []string{"system:serviceaccounts", "system:serviceaccounts:" + OperatorNamespace, "system:authenticated"},
	}
	return c, c.grant(rules)
}

// Stop ends the cluster.
func (c *Cluster) Stop() error { return c.env.Stop() }

func (c *Cluster) grant(rules []rbacv1.PolicyRule) error {
	operator := metav1.ObjectMeta{Name: "fairlead-operator"}
	for _, o := range []client.Object{
		&corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: OperatorNamespace}},
		&rbacv1.ClusterRole{ObjectMeta: operator, Rules: rules},
		&rbacv1.ClusterRole{ObjectMeta: metav1.ObjectMeta{Name: c.reader.Name}, Rules: c.reader.Rules},
		&rbacv1.ClusterRoleBinding{
			ObjectMeta: operator,
			RoleRef:    rbacv1.RoleRef{APIGroup: rbacv1.GroupName, Kind: "ClusterRole", Name: operator.Name},
			Subjects:   []rbacv1.Subject{{Kind: rbacv1.ServiceAccountKind, Namespace: OperatorNamespace, Name: operator.Name}},
		},
	} {
		if err := c.Client.Create(context.Background(), o); err != nil {
			return fmt.Errorf("creating %s: %w", o.GetName(), err)
		}
	}
	return nil
}

// Namespace creates a namespace with a name of its own and the labels given, and with the role by which gateways read there.
func (c *Cluster) Namespace(t testing.TB, labels map[string]string) string {
	t.Helper()
	n := &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{GenerateName: "test-", Labels: labels}}
	reader := c.reader.DeepCopy()
	c.Create(t, n)
	reader.Namespace = n.Name
	c.Create(t, reader)
	return n.Name
}

// Create creates objects.
func (c *Cluster) Create(t testing.TB, objects ...client.Object) {
	t.Helper()
	for _, o := range objects {
		if err := c.Client.Create(t.Context(), o); err != nil {
			t.Fatalf("creating %T %s: %v", o, o.GetName(), err)
		}
	}
}

// Edit changes an object, read anew.
func Edit[T client.Object](t testing.TB, c client.Client, o T, change func(T)) {
	t.Helper()
	Eventually(t, func() error {
		if err := c.Get(t.Context(), client.ObjectKeyFromObject(o), o); err != nil {
			return err
		}
		change(o)
		return c.Update(t.Context(), o)
	})
}

// crds is the folder of the project's CRDs, found from where this file is.
func crds() string {
	_, file, _, _ := runtime.Caller(0)
	return filepath.Join(filepath.Dir(file), "..", "..", "..", "config", "crd")
}
