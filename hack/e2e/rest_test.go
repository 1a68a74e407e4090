package e2e

import (
	"context"
	"fmt"
	"os"
	"testing"
	"time"

	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/fairlead-dev/fairlead/api/v1alpha1"
	"github.com/fairlead-dev/fairlead/hack/audit"
	"github.com/fairlead-dev/fairlead/hack/bench"
	"github.com/fairlead-dev/fairlead/hack/stack"
)

const (
	// settling is how long after everything is ready something may still be written: counts, and Leases that run out.
	settling = 40 * time.Second
	// resting is how long nothing may be written after that.
	resting = 30 * time.Second
)

// awaitRest fails the test when Fairlead writes to the API server although nothing changes.
func awaitRest(t *testing.T) {
	t.Helper()
	pause(t, settling)
	log, err := audit.Open(os.Getenv("E2E_AUDIT_LOG"))
	if err != nil {
		t.Fatal(err)
	}
	defer log.Close()
	pause(t, resting)
	writes, err := log.Writes()
	if err != nil {
		t.Fatal(err)
	}
	bench.NewFigures(t.Output()).Print("rest_api_writes", float64(len(writes.Objects)), fmt.Sprintf("writes/%s", resting))
	if len(writes.Objects) > 0 {
		t.Errorf("expected no writes at rest, found %q", writes.Objects)
	}
}

// awaitReadyObjects waits until every object of the stack's namespace is ready.
func awaitReadyObjects(t *testing.T, s *stack.Stack) {
	t.Helper()
	await(t, "every object to be ready", func(ctx context.Context) (bool, error) {
		var gateways v1alpha1.GatewayList
		var providers v1alpha1.ModelProviderList
		var aliases v1alpha1.ModelAliasList
		for _, list := range []client.ObjectList{&gateways, &providers, &aliases} {
			if err := s.Client.List(ctx, list, client.InNamespace(s.Namespace)); err != nil {
				return false, err
			}
		}
		var all [][]metav1.Condition
		for i := range gateways.Items {
			all = append(all, gateways.Items[i].Status.Conditions)
		}
		for i := range providers.Items {
			all = append(all, providers.Items[i].Status.Conditions)
		}
		for i := range aliases.Items {
			all = append(all, aliases.Items[i].Status.Conditions)
		}
		for _, conditions := range all {
			if !meta.IsStatusConditionTrue(conditions, v1alpha1.ConditionReady) {
				return false, nil
			}
		}
		return len(all) > 0, nil
	})
}
