package server

import (
	"net/http"
	"testing"
	"time"

	"github.com/go-logr/logr"
	"github.com/prometheus/client_golang/prometheus"

	"github.com/fairlead-dev/fairlead/api/v1alpha1"
	"github.com/fairlead-dev/fairlead/gateway/cache"
	"github.com/fairlead-dev/fairlead/gateway/snapshot"
)

// TestErrorsAreNotKept: neither a stream that ends with an error, nor an error that is sent with 200.
func TestErrorsAreNotKept(t *testing.T) {
	const failing = "data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"y\"}}]}\n\ndata: {\"error\":{\"message\":\"overloaded\"}}\n\n"
	for name, c := range map[string]struct {
		answer http.HandlerFunc
		body   string
		want   string
	}{
		"Whole":       {answersChat(), chatRequest, "hit"},
		"Stream":      {streamsChat(), chatStream, "hit"},
		"FailedWhole": {answering(http.StatusOK, "application/json", `{"id":"x","error":{"message":"overloaded"}}`), chatRequest, "miss"},
		"FailedMidst": {answering(http.StatusOK, "text/event-stream", failing), chatStream, "miss"},
		"FailedDone":  {answering(http.StatusOK, "text/event-stream", failing+"data: [DONE]\n\n"), chatStream, "miss"},
	} {
		t.Run(name, func(t *testing.T) {
			m := model("chat", target(t, "a", c.answer))
			m.Cache = &snapshot.Cache{TTL: time.Minute, Scope: v1alpha1.CacheScopeGateway, MaxBytes: 1 << 20}
			tb := &table{}
			tb.Store(routes(m))
			kept := cache.New(cache.Options{Registerer: prometheus.NewRegistry(), Log: logr.Discard()})
			g := startWith(t, Options{Snapshots: tb, MaxBody: 1 << 20, Cache: kept})
			first, again := g.chat(c.body), g.chat(c.body)
			if got := again.Header.Get("X-Fairlead-Cache"); got != c.want || first.body != again.body {
				t.Errorf("the second answer is a %q, want a %q", got, c.want)
			}
		})
	}
}
