package snapshot

import (
	"net/http"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/fairlead-dev/fairlead/api/v1alpha1"
)

// withServers is an input whose provider has servers, and scales to zero.
func withServers(state v1alpha1.ActivationState, servers ...v1alpha1.OllamaServer) Input {
	in := testInput(testAlias("chat", testRoute("chat")))
	in.Providers[0].Servers = servers
	in.Providers[0].Activation = &v1alpha1.Activation{State: state, Timeout: "5m"}
	return in
}

func server(name, url string, missing ...v1alpha1.ModelName) v1alpha1.OllamaServer {
	return v1alpha1.OllamaServer{Name: name, URL: url, MissingModels: missing}
}

func TestServersOfATarget(t *testing.T) {
	s := Build(withServers(v1alpha1.ActivationActive, server("a", "http://10.0.0.1:11434"), server("b", "http://10.0.0.2:11434", "llama3")), nil, testProtocols())
	target := s.Models["chat"].Tiers[0][0]
	if len(target.Servers) != 2 || target.Asleep() || target.Activation.Timeout != 5*time.Minute {
		t.Fatalf("got %d servers, activation %+v", len(target.Servers), target.Activation)
	}
	a, b := target.Servers[0], target.Servers[1]
	if a.Name != "a" || a.URL.String() != "http://10.0.0.1:11434" || a.Transport == nil || a.Load == nil || a.Transport == b.Transport {
		t.Errorf("got %+v: want a server with connections and a load of its own", a)
	}
	for model, want := range map[string]bool{"llama3": false, "llama3:latest": false, "llama3:8b": true, "other": true} {
		if got := b.Has(model); got != want {
			t.Errorf("has %s: %v, want %v", model, got, want)
		}
	}
	if !a.Has("llama3") {
		t.Error("a server that misses nothing misses a model")
	}
}

func TestProvidersThatScaleToZero(t *testing.T) {
	s := Build(withServers(v1alpha1.ActivationActive), nil, testProtocols())
	if diff := cmp.Diff([]string{"ai/openai"}, s.Activations()); diff != "" {
		t.Errorf("activations (-want +got):\n%s", diff)
	}
	if u := s.UpstreamOf("ai/openai"); u == nil || u.Provider != "ai/openai" || s.UpstreamOf("ai/other") != nil || s.ServersOf("ai/other") != nil {
		t.Errorf("got %+v, or something of a provider that there is not", u)
	}
}

func TestServersStayWhileTheyAreTheSame(t *testing.T) {
	first := Build(withServers(v1alpha1.ActivationActive, server("a", "http://10.0.0.1:11434"), server("b", "http://10.0.0.2:11434")), nil, testProtocols())
	before := first.Models["chat"].Tiers[0][0]

	same := Build(withServers(v1alpha1.ActivationActive, server("a", "http://10.0.0.1:11434"), server("b", "http://10.0.0.2:11434")), first, testProtocols())
	if got := same.Models["chat"].Tiers[0][0]; !cmp.Equal(got.Servers, before.Servers, cmp.Comparer(func(x, y *Server) bool { return x == y })) ||
		got.Activation != before.Activation || same.Digest != first.Digest {
		t.Error("servers, activation or digest changed with nothing")
	}

	next := Build(withServers(v1alpha1.ActivationActive, server("a", "http://10.0.0.9:11434"), server("b", "http://10.0.0.2:11434", "llama3"), server("c", "http://10.0.0.3:11434")),
		same, testProtocols())
	after := next.Models["chat"].Tiers[0][0]
	if next.Digest == first.Digest || after.Upstream != before.Upstream {
		t.Error("the digest stayed, or the upstream's connections were made anew")
	}
	if after.Servers[0].Transport == before.Servers[0].Transport || after.Servers[0].Load == before.Servers[0].Load {
		t.Error("a server with another address kept its connections")
	}
	if after.Servers[1].Transport != before.Servers[1].Transport || after.Servers[1].Load != before.Servers[1].Load || after.Servers[1].Has("llama3") {
		t.Error("a server that lost a model lost its connections, or did not lose the model")
	}
}

// closing counts how often idle connections were closed.
type closing struct {
	http.RoundTripper
	closed int
}

func (c *closing) CloseIdleConnections() { c.closed++ }

func TestConnectionsOfServersThatWentAreClosed(t *testing.T) {
	first := Build(withServers(v1alpha1.ActivationActive, server("a", "http://10.0.0.1:11434"), server("b", "http://10.0.0.2:11434")), nil, testProtocols())
	a, b := &closing{}, &closing{}
	servers := first.ServersOf("ai/openai")
	servers[0].Transport, servers[1].Transport = a, b
	var store Store
	store.Swap(first)
	store.Swap(Build(withServers(v1alpha1.ActivationActive, server("b", "http://10.0.0.2:11434", "llama3")), first, testProtocols()))
	if a.closed != 1 || b.closed != 0 {
		t.Errorf("closed %d times those of the one that went, %d times those of the other; want 1 and 0", a.closed, b.closed)
	}
}

func TestActivationChangesTheDigest(t *testing.T) {
	active := Build(withServers(v1alpha1.ActivationActive), nil, testProtocols())
	for _, state := range []v1alpha1.ActivationState{v1alpha1.ActivationScaledToZero, v1alpha1.ActivationActivating} {
		asleep := Build(withServers(state), active, testProtocols())
		if target := asleep.Models["chat"].Tiers[0][0]; !target.Asleep() || target.Unavailable != "" || asleep.Digest == active.Digest {
			t.Errorf("%s: asleep %v, unavailable %q, same digest %v", state, target.Asleep(), target.Unavailable, asleep.Digest == active.Digest)
		}
	}
}

func TestMalformedServersAreLeftOut(t *testing.T) {
	in := withServers(v1alpha1.ActivationActive, server("a", "10.0.0.1:11434"), server("b", "https://10.0.0.2:11434"), server("c", "http://10.0.0.3:11434"))
	in.Providers[0].Activation.Timeout = "soon"
	s := Build(in, nil, testProtocols())
	target := s.Models["chat"].Tiers[0][0]
	if len(target.Servers) != 1 || target.Servers[0].Name != "c" || target.Activation != nil {
		t.Errorf("got servers %+v, activation %+v", target.Servers, target.Activation)
	}
	got := make([]string, len(s.Confirmation.Rejected))
	for i, r := range s.Confirmation.Rejected {
		got[i] = r.Message
	}
	want := []string{
		`servers[a]: endpoint.url: expected an absolute http or https URL, found "10.0.0.1:11434"`,
		`servers[b]: url: expected http://HOST:PORT, found another`,
		`activation.timeout: expected a time of more than 0 such as 60s, found "soon"`,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("rejections (-want +got):\n%s", diff)
	}
}

func TestServersAreKeptOnDisk(t *testing.T) {
	in := withServers(v1alpha1.ActivationScaledToZero, server("a", "http://10.0.0.1:11434", "llama3"))
	path := filepath.Join(t.TempDir(), "snapshot.json")
	if err := Save(path, in); err != nil {
		t.Fatal(err)
	}
	got, err := Load(path, testGateway)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(in.Providers, got.Providers); diff != "" {
		t.Errorf("providers (-want +got):\n%s", diff)
	}
}
