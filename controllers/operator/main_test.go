package operator_test

import (
	"context"
	"fmt"
	"os"
	"testing"
	"time"

	"github.com/go-logr/logr"
	"go.uber.org/goleak"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/client-go/rest"
	"sigs.k8s.io/controller-runtime/pkg/log"
	"sigs.k8s.io/controller-runtime/pkg/manager"

	"github.com/fairlead-dev/fairlead/api/egress"
	"github.com/fairlead-dev/fairlead/controllers/internal/testkit"
	"github.com/fairlead-dev/fairlead/controllers/ollama"
	"github.com/fairlead-dev/fairlead/controllers/operator"
	"github.com/fairlead-dev/fairlead/controllers/rbac"
	"github.com/fairlead-dev/fairlead/controllers/render"
)

// shared is the one control plane of this package's tests; nil where there is none.
var shared *testkit.Cluster

func TestMain(m *testing.M) { os.Exit(run(m)) }

// run runs the tests on one control plane, and checks that nothing which they started is left when it is gone.
func run(m *testing.M) int {
	log.SetLogger(logr.Discard())
	var err error
	shared, err = testkit.Start(operator.NewScheme(), rbac.Rules(), render.ReaderRole, rbac.ReaderRules())
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	code := m.Run()
	if shared != nil {
		if err := shared.Stop(); err != nil {
			fmt.Fprintln(os.Stderr, "stopping the control plane:", err)
			return 1
		}
	}
	// The cache's watch of metadata leaves this one behind when it is stopped between two events; it is not ours to stop.
	if err := goleak.Find(goleak.IgnoreTopFunction("k8s.io/apimachinery/pkg/watch.(*filteredWatch).loop")); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return code
}

// needCluster skips a test where there is no control plane.
func needCluster(t *testing.T) *testkit.Cluster {
	t.Helper()
	if shared == nil {
		t.Skipf("SKIP: %s does not name a folder with etcd and kube-apiserver", testkit.Assets)
	}
	return shared
}

// options of an operator that serves some namespaces, or all where none is given.
func options(namespaces ...string) operator.Options {
	return operator.Options{
		Installation: render.Installation{
			AllowedNetworks: egress.Private(),
			Images:          render.Images{Gateway: "fairlead:test", Ollama: "ollama:test", Redis: "redis:test", Postgres: "postgres:test"},
			ClusterDomain:   "cluster.local", OperatorNamespace: testkit.OperatorNamespace, Namespaces: namespaces,
			ReaderRole: render.ReaderRole,
		},
		MetricsAddress: "0", HealthAddress: "0",
		Pace: ollama.Pace{
			Retry: 20 * time.Millisecond, MaxRetry: 100 * time.Millisecond, Look: 100 * time.Millisecond, Stall: time.Minute,
		},
	}
}

// start runs an operator, with the rights of the operator, until stop is called or the test ends.
func start(t *testing.T, o operator.Options) (stop func()) {
	t.Helper()
	return startAs(t, shared.Operator, o)
}

func startAs(t *testing.T, config *rest.Config, o operator.Options) (stop func()) {
	t.Helper()
	adjust := o.Adjust
	o.Adjust = func(m *manager.Options) {
		m.Controller.SkipNameValidation = new(true)
		m.GracefulShutdownTimeout = new(20 * time.Second)
		if adjust != nil {
			adjust(m)
		}
	}
	ctx, cancel := context.WithCancel(context.WithoutCancel(t.Context()))
	mgr, err := operator.New(ctx, config, o)
	if err != nil {
		t.Fatalf("making the operator: %v", err)
	}
	done := make(chan error, 1)
	go func() { done <- mgr.Start(ctx) }()
	stopped := false
	stop = func() {
		if stopped {
			return
		}
		stopped = true
		cancel()
		if err := <-done; err != nil {
			t.Errorf("running the operator: %v", err)
		}
	}
	t.Cleanup(stop)
	if !mgr.GetCache().WaitForCacheSync(ctx) {
		t.Fatal("the operator's caches did not fill")
	}
	return stop
}

// podURL sends everything that is for the Pods of a managed Ollama to one server.
func podURL(url string) func(*corev1.Pod) string {
	return func(*corev1.Pod) string { return url }
}
