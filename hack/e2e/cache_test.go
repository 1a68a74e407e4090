package e2e

import (
	"fmt"
	"net/http"
	"testing"
	"time"

	"github.com/fairlead-dev/fairlead/api/v1alpha1"
)

// TestCacheIsShared asks one replica, and then the other the same: it answers from the cache, and says so.
func TestCacheIsShared(t *testing.T) {
	s, c := connect(t)
	alias := upstream(t, s, "cached", func(a *v1alpha1.ModelAlias) {
		a.Spec.Targets[0].Model, a.Spec.Cache = "cached-model", &v1alpha1.CachePolicy{Mode: v1alpha1.CacheExact, TTL: "10m"}
		a.Spec.Targets[0].Pricing = &v1alpha1.Pricing{PerRequest: "0.01"}
	})
	asked, want := asked(t, s, "cached-model"), "miss"
	prompt := fmt.Sprintf("asked at %s", time.Now()) // Redis may remember an earlier run
	for pod, replica := range replicas(t, s, c) {
		answer, err := replica.Chat(t.Context(), alias, prompt)
		if err != nil || answer.Status != http.StatusOK {
			t.Fatalf("%s: expected 200, found %+v (%v)", pod, answer, err)
		}
		if got := answer.Header.Get("X-Fairlead-Cache"); got != want {
			t.Errorf("%s: expected x-fairlead-cache: %s, found %q", pod, want, got)
		}
		want = "hit"
	}
	if n := asked(); n != 1 {
		t.Errorf("expected the upstream to be asked once, found %d times", n)
	}
}
