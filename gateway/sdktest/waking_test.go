package sdktest

import (
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/fairlead-dev/fairlead/api/v1alpha1"
	"github.com/fairlead-dev/fairlead/gateway/activation"
	"github.com/fairlead-dev/fairlead/gateway/provider/protocols"
	"github.com/fairlead-dev/fairlead/gateway/server"
	"github.com/fairlead-dev/fairlead/gateway/snapshot"
)

// startAsleep runs a gateway before an Ollama that is scaled to zero, and that answers from a while after it was first looked for. A
// request waits for as long as timeout says.
func startAsleep(t *testing.T, wakes time.Duration, timeout v1alpha1.Duration) gateway {
	t.Helper()
	var once sync.Once
	var ready time.Time
	ollama := serve(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		once.Do(func() { ready = time.Now().Add(wakes) })
		switch {
		case time.Now().Before(ready):
			http.Error(w, "nobody is here", http.StatusServiceUnavailable)
		case r.URL.Path == "/api/version":
			recorded(w, http.StatusOK, "ollama-chat.json")
		default:
			ollamaUpstream(w, r)
		}
	}))
	var table atomicTable
	table.Store(snapshot.Build(snapshot.Input{
		Gateway: "ai/main", Config: &v1alpha1.GatewayConfig{Revision: "1", KeysMode: v1alpha1.KeysOptional},
		Credentials: map[string][]byte{v1alpha1.CredentialPepper: []byte(strings.Repeat("p", 32))},
		Providers: []snapshot.Provider{{
			Namespace: "ai", Name: "ollama", Activation: &v1alpha1.Activation{State: v1alpha1.ActivationScaledToZero, Timeout: timeout},
			Endpoint: &v1alpha1.ResolvedEndpoint{Revision: "1", Protocol: v1alpha1.ProtocolOllama, URL: ollama, Private: true},
		}},
		Aliases: []snapshot.Alias{alias(local, "ollama")},
	}, nil, protocols.New()))
	registry := prometheus.NewRegistry()
	activator := activation.New(activation.Options{Snapshots: &table, Registerer: registry})
	return gateway{url: serve(t, server.New(server.Options{Snapshots: &table, Registry: registry, Activator: activator}).Handler()) + "/v1"}
}

// TestGoStreamWaitsForAServer: what keeps the connection alive while a server starts is nothing to the SDK.
func TestGoStreamWaitsForAServer(t *testing.T) {
	t.Parallel()
	acc, err := streamed(t, client(startAsleep(t, 2300*time.Millisecond, "1m")), hello(local))
	if err != nil || len(acc.Choices) != 1 || acc.Choices[0].Message.Content != tinyText {
		t.Errorf("%v, the stream makes %+v", err, acc.Choices)
	}
}

// TestGoStreamIsToldThatNoServerCame: the failure is an event of the stream that was begun, and the SDK's error.
func TestGoStreamIsToldThatNoServerCame(t *testing.T) {
	t.Parallel()
	acc, err := streamed(t, client(startAsleep(t, time.Hour, "2300ms")), hello(local))
	if err == nil || !strings.Contains(err.Error(), "are starting") || len(acc.Choices) != 0 {
		t.Errorf("%v, the stream makes %+v", err, acc.Choices)
	}
}

// TestGoWaitsForAServer: a whole answer comes late, and is an answer like any other.
func TestGoWaitsForAServer(t *testing.T) {
	t.Parallel()
	c := client(startAsleep(t, 300*time.Millisecond, "1m"))
	answer, err := c.Chat.Completions.New(t.Context(), hello(local))
	if err != nil || answer.Choices[0].Message.Content != tinyText {
		t.Errorf("%v: %+v", err, answer)
	}
}
