package chart

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes"
	"sigs.k8s.io/controller-runtime/pkg/envtest"
)

// previous is the chart of version 0.1.0, as it was packaged.
const previous = root + "/hack/e2e/testdata/fairlead-0.1.0.tgz"

// cluster is an API server that Helm installs on. Nothing runs there.
type cluster struct {
	kubernetes.Interface
	kubeconfig string
}

func startCluster(t *testing.T) cluster {
	t.Helper()
	const assets = "KUBEBUILDER_ASSETS"
	if os.Getenv(assets) == "" {
		t.Skipf("SKIP: %s does not name a folder with etcd and kube-apiserver", assets)
	}
	env := &envtest.Environment{}
	config, err := env.Start()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := env.Stop(); err != nil {
			t.Errorf("stopping the control plane: %v", err)
		}
	})
	c := cluster{kubeconfig: filepath.Join(t.TempDir(), "kubeconfig")}
	if err := os.WriteFile(c.kubeconfig, env.KubeConfig, 0o600); err != nil {
		t.Fatal(err)
	}
	if c.Interface, err = kubernetes.NewForConfig(config); err != nil {
		t.Fatal(err)
	}
	return c
}

// anyVersion is a copy of a chart for an API server that was built without a version, as that of the tests may be.
func anyVersion(t *testing.T, chart string) string {
	t.Helper()
	dir := t.TempDir()
	if strings.HasSuffix(chart, ".tgz") {
		if out, err := exec.CommandContext(t.Context(), "tar", "-xzf", chart, "-C", dir).CombinedOutput(); err != nil {
			t.Fatalf("unpacking %s: %v: %s", chart, err, out)
		}
		dir = filepath.Join(dir, "fairlead")
	} else if err := os.CopyFS(dir, os.DirFS(chart)); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(dir, "Chart.yaml")
	about, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, regexp.MustCompile(`(?m)^kubeVersion:.*$`).ReplaceAll(about, nil), 0o600); err != nil {
		t.Fatal(err)
	}
	return dir
}

// TestReleases goes through the life of releases on a real API server, which judges every object: the version before is installed and
// upgraded, a second release comes beside it, and the first goes and comes back elsewhere.
func TestReleases(t *testing.T) {
	c := startCluster(t)
	previous, fairlead := anyVersion(t, previous), anyVersion(t, fairlead)
	for _, namespace := range []string{"fairlead-system", "team-blue"} {
		c.create(t, namespace)
	}
	const foreign = "invalid ownership metadata"
	for _, step := range []struct {
		release, namespace string
		args               []string
		// want is in Helm's error; there is to be none when it is empty.
		want string
		// readers are the ClusterRoles that gateways read by afterwards.
		readers []string
	}{
		{"fairlead", "fairlead-system", []string{"install", previous}, "", []string{"fairlead-gateway-reader"}},
		{
			"fairlead", "fairlead-system",
			[]string{"upgrade", fairlead, "--reset-then-reuse-values"},
			"",
			[]string{"fairlead-gateway-reader", "fairlead:fairlead-system:gateway-reader"},
		},
		{"fairlead", "fairlead-system", []string{"upgrade", fairlead}, "", []string{"fairlead:fairlead-system:gateway-reader"}},
		{
			"blue", "team-blue",
			[]string{"install", fairlead, "--set=watchNamespaces={team-blue}"},
			foreign,
			[]string{"fairlead:fairlead-system:gateway-reader"},
		},
		{
			"blue", "team-blue",
			[]string{"install", fairlead, "--set=watchNamespaces={team-blue},crds.enabled=false,userRoles.enabled=false"},
			"",
			[]string{"fairlead:fairlead-system:gateway-reader"},
		},
		{"fairlead", "fairlead-system", []string{"upgrade", fairlead, "--set=watchNamespaces={default,fairlead-system}"}, "", nil},
		{"fairlead", "fairlead-system", []string{"uninstall"}, "", nil},
		{"fairlead", "default", []string{"install", fairlead}, foreign, nil},
		{"fairlead", "default", []string{"install", fairlead, "--take-ownership"}, "", []string{"fairlead:default:gateway-reader"}},
	} {
		args := append([]string{step.args[0], step.release}, step.args[1:]...)
		_, err := runHelm(t, append(args, "--namespace", step.namespace, "--kubeconfig", c.kubeconfig)...)
		if step.want == "" && err != nil || step.want != "" && (err == nil || !strings.Contains(err.Error(), step.want)) {
			t.Fatalf("helm %s in %s: error = %v, want %q", strings.Join(args, " "), step.namespace, err, step.want)
		}
		if diff := cmp.Diff(step.readers, c.readers(t)); diff != "" {
			t.Errorf("after helm %s in %s: roles of gateways (-want +got):\n%s", strings.Join(args, " "), step.namespace, diff)
		}
	}
}

// readers are the ClusterRoles that gateways read by.
func (c cluster) readers(t *testing.T) []string {
	t.Helper()
	roles, err := c.RbacV1().ClusterRoles().List(t.Context(), metav1.ListOptions{})
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for i := range roles.Items {
		if name := roles.Items[i].Name; strings.HasSuffix(name, "gateway-reader") {
			names = append(names, name)
		}
	}
	return names
}

// create creates a namespace.
func (c cluster) create(t *testing.T, namespace string) {
	t.Helper()
	_, err := c.CoreV1().Namespaces().Create(t.Context(), &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: namespace}}, metav1.CreateOptions{})
	if err != nil {
		t.Fatal(err)
	}
}
