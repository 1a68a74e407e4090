package snapshot

import (
	"net/http"
	"sync"
	"testing"

	"github.com/fairlead-dev/fairlead/api/v1alpha1"
)

// closeCounter counts how often its idle connections were closed.
type closeCounter struct {
	http.RoundTripper
	closed int
}

func (c *closeCounter) CloseIdleConnections() { c.closed++ }

func TestSwapClosesRetiredUpstreams(t *testing.T) {
	in := testInput(testAlias("chat", testRoute("chat")))
	first := Build(in, nil, testProtocols())
	counter := &closeCounter{}
	first.upstreams["ai/openai"].Transport = counter
	var store Store
	if store.Load() != nil || !store.Since().IsZero() {
		t.Error("an empty store has a snapshot or a time")
	}
	store.Swap(first)
	if store.Since().IsZero() {
		t.Error("nothing says since when the snapshot is served")
	}

	store.Swap(Build(in, first, testProtocols()))
	if counter.closed != 0 {
		t.Error("an upstream that is still in service was closed")
	}
	rotated := in
	rotated.Credentials = testCredentials()
	rotated.Credentials[v1alpha1.ProviderCredentialKey("ai", "openai")] = []byte("sk-rotated")
	store.Swap(Build(rotated, store.Load(), testProtocols()))
	if counter.closed != 1 {
		t.Errorf("the retired upstream was closed %d times, want once", counter.closed)
	}
	if got := store.Load().Models["chat"].Tiers[0][0].Upstream.Header.Get("Authorization"); got != "Bearer sk-rotated" {
		t.Error("the rotated key is not in service")
	}
}

// TestStoreUnderLoad swaps while readers look at everything that a request looks at; the race detector judges.
func TestStoreUnderLoad(t *testing.T) {
	var store Store
	in := testInput(testAlias("chat", testRoute("chat")), testAlias("embed", testRoute("embed")))
	store.Swap(Build(in, nil, testProtocols()))

	done := make(chan struct{})
	var readers sync.WaitGroup
	for range 4 {
		readers.Go(func() {
			for {
				select {
				case <-done:
					return
				default:
				}
				s := store.Load()
				m := s.Models["chat"]
				if m == nil || m.Tiers[0][0].Upstream.Header.Get("Authorization") == "" || len(s.Listed) != 2 {
					t.Error("a reader saw a snapshot that is not whole")
					return
				}
			}
		})
	}
	for i := range 500 {
		route := testRoute("chat")
		route.Generation = int64(i) + 2
		next := in
		next.Aliases = []Alias{testAlias("chat", route), in.Aliases[1]}
		store.Swap(Build(next, store.Load(), testProtocols()))
	}
	close(done)
	readers.Wait()
}
