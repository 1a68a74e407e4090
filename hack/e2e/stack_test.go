package e2e

import (
	"context"
	"os"
	"strconv"
	"testing"

	"github.com/go-logr/logr"
	"sigs.k8s.io/controller-runtime/pkg/client"
	ctrllog "sigs.k8s.io/controller-runtime/pkg/log"

	"github.com/fairlead-dev/fairlead/api/v1alpha1"
	"github.com/fairlead-dev/fairlead/hack/stack"
)

// TestMain silences a library: what goes wrong is an error of a test.
func TestMain(m *testing.M) {
	ctrllog.SetLogger(logr.Discard())
	m.Run()
}

// connect returns the stack that `make e2e` brought up, and a client of its gateway.
func connect(t *testing.T) (*stack.Stack, *stack.Client) {
	t.Helper()
	kubeconfig, pid, dns := os.Getenv("E2E_KUBECONFIG"), os.Getenv("E2E_NETWORK_PID"), os.Getenv("E2E_DNS")
	if kubeconfig == "" || pid == "" {
		t.Skip("E2E_KUBECONFIG and E2E_NETWORK_PID are not set: run `make e2e`, which brings a cluster up (as root) and sets them")
	}
	process, err := strconv.Atoi(pid)
	if err != nil {
		t.Fatalf("E2E_NETWORK_PID: expected a process id, found %q", pid)
	}
	s, err := stack.Connect(kubeconfig, stack.InNamespace(process, dns))
	if err != nil {
		t.Fatal(err)
	}
	client, err := s.NewClient(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return s, client
}

// upstream deploys the fake upstream and an alias of that name that answers from it, and returns the alias.
func upstream(t *testing.T, s *stack.Stack, alias string, edits ...func(*v1alpha1.ModelAlias)) string {
	t.Helper()
	provider, err := s.DeployUpstream(t.Context(), os.Getenv("E2E_UPSTREAM_IMAGE"))
	if err != nil {
		t.Fatal(err)
	}
	object := stack.NewAlias(s.Namespace, alias, provider, "first")
	for _, edit := range edits {
		edit(object)
	}
	create(t, s, object)
	if err := s.AwaitProgrammed(t.Context(), alias, object.Generation, limit); err != nil {
		t.Fatal(err)
	}
	return alias
}

// create makes an object that is deleted with the test.
func create(t *testing.T, s *stack.Stack, object client.Object) {
	t.Helper()
	if err := s.Client.Create(t.Context(), object); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Client.Delete(context.WithoutCancel(t.Context()), object); client.IgnoreNotFound(err) != nil {
			t.Errorf("deleting %s: %v", object.GetName(), err)
		}
	})
}
