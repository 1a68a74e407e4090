package status_test

import (
	"testing"
	"time"

	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"

	"github.com/fairlead-dev/fairlead/controllers/status"
)

// TestRetries: the wait grows, up to what it is to be at the most.
func TestRetries(t *testing.T) {
	const most = time.Second
	retries := status.Retries(most)
	object := reconcile.Request{NamespacedName: types.NamespacedName{Namespace: "ai", Name: "main"}}
	var last time.Duration
	for i := range 50 {
		wait := retries.When(object)
		if wait < last || wait > most {
			t.Fatalf("after error %d it waits for %s, and after the one before for %s", i+1, wait, last)
		}
		last = wait
	}
	if last != most {
		t.Errorf("it waits for %s at the most, want %s", last, most)
	}
}
