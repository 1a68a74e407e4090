package server

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/go-logr/logr"
	"github.com/prometheus/client_golang/prometheus"

	"github.com/fairlead-dev/fairlead/api/v1alpha1"
	"github.com/fairlead-dev/fairlead/gateway/activation"
	"github.com/fairlead-dev/fairlead/gateway/cache"
	"github.com/fairlead-dev/fairlead/gateway/snapshot"
)

// TestEqualRequestsWaitForTheServerThemselves: those that would have the answer of another one wait as it does. They are counted, they
// are told, and no longer than it.
func TestEqualRequestsWaitForTheServerThemselves(t *testing.T) {
	const requests = 3
	h := holdWith(t, Options{Cache: cache.New(cache.Options{Registerer: prometheus.NewRegistry(), Log: logr.Discard()})},
		activation.Options{}, newSleeper(t), v1alpha1.ActivationScaledToZero, "3s", func(in *snapshot.Input) {
			in.Aliases[0].Route.Cache = &v1alpha1.CachePolicy{Mode: v1alpha1.CacheExact, TTL: "1h", Scope: v1alpha1.CacheScopeGateway, MaxBytes: 1 << 20}
		})
	began := time.Now()
	replies := make(chan reply, requests)
	for range requests {
		go func() { replies <- h.chat(chatStream) }()
	}
	eventually(t, testDeadline, "all are held", func() bool { return h.metric("fairlead_requests_held") == requests })
	for range requests {
		r := <-replies
		if r.StatusCode != http.StatusOK || !strings.HasPrefix(r.body, ": starting chat\n\n") || !strings.Contains(r.body, "model_starting") {
			t.Errorf("status %d: %s", r.StatusCode, r.body)
		}
	}
	if took := time.Since(began); took > 5*time.Second {
		t.Errorf("it took %s until all were told that nothing starts, want about 3s", took)
	}
}
