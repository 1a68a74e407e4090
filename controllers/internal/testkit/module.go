package testkit

import (
	"encoding/json"
	"os/exec"
	"path/filepath"
	"testing"

	"sigs.k8s.io/controller-runtime/pkg/envtest"
)

// Definitions of other projects, as their modules hold them.
const (
	gatewayAPI         = "sigs.k8s.io/gateway-api@v1.6.3"
	prometheusOperator = "github.com/prometheus-operator/prometheus-operator@v0.85.0"
	cloudNativePG      = "github.com/cloudnative-pg/cloudnative-pg@v1.27.0"
)

// InstallHTTPRoute installs the definition of the Gateway API's HTTPRoute.
func (c *Cluster) InstallHTTPRoute(t testing.TB) {
	t.Helper()
	c.install(t, filepath.Join(module(t, gatewayAPI), "config/crd/standard/gateway.networking.k8s.io_httproutes.yaml"))
}

// InstallMonitoring installs those of the Prometheus operator's PodMonitor and PrometheusRule.
func (c *Cluster) InstallMonitoring(t testing.TB) {
	t.Helper()
	dir := filepath.Join(module(t, prometheusOperator), "example/prometheus-operator-crd")
	c.install(t, filepath.Join(dir, "monitoring.coreos.com_podmonitors.yaml"), filepath.Join(dir, "monitoring.coreos.com_prometheusrules.yaml"))
}

// InstallCloudNativePG installs that of CloudNativePG's Cluster.
func (c *Cluster) InstallCloudNativePG(t testing.TB) {
	t.Helper()
	c.install(t, filepath.Join(module(t, cloudNativePG), "config/crd/bases/postgresql.cnpg.io_clusters.yaml"))
}

// install installs definitions until the end of the test, so that another one finds them absent.
func (c *Cluster) install(t testing.TB, files ...string) {
	t.Helper()
	options := envtest.CRDInstallOptions{Paths: files, ErrorIfPathMissing: true}
	if _, err := envtest.InstallCRDs(c.Admin, options); err != nil {
		t.Fatalf("installing definitions: %v", err)
	}
	t.Cleanup(func() {
		if err := envtest.UninstallCRDs(c.Admin, options); err != nil {
			t.Errorf("uninstalling definitions: %v", err)
		}
	})
}

// module is the folder of a Go module, which is downloaded where it is not there yet.
func module(t testing.TB, version string) string {
	t.Helper()
	out, err := exec.CommandContext(t.Context(), "go", "mod", "download", "-json", version).Output()
	var found struct{ Dir, Error string }
	if jsonErr := json.Unmarshal(out, &found); jsonErr != nil || found.Dir == "" {
		t.Fatalf("downloading module %s: %v %s", version, err, found.Error)
	}
	return found.Dir
}
