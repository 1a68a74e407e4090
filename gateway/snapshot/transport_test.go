package snapshot

import (
	"crypto/tls"
	"encoding/pem"
	"errors"
	"net/http"
	"net/http/httptest"
	"net/url"
	"testing"

	"github.com/fairlead-dev/fairlead/api/egress"
	"github.com/fairlead-dev/fairlead/api/v1alpha1"
)

// TestTransportGuards: what a provider names is held to the networks of the gateway's configuration; what the operator runs is not.
func TestTransportGuards(t *testing.T) {
	cases := map[string]struct {
		host     string
		endpoint v1alpha1.ResolvedEndpoint
		networks []v1alpha1.CIDR
		refused  bool
	}{
		"Loopback":        {host: "127.0.0.1:1", refused: true},
		"LoopbackAllowed": {host: "127.0.0.1:1", networks: []v1alpha1.CIDR{"127.0.0.0/8"}},
		"Own":             {host: "127.0.0.1:1", endpoint: v1alpha1.ResolvedEndpoint{Private: true}},
		"Metadata":        {host: "169.254.169.254", networks: []v1alpha1.CIDR{"0.0.0.0/0"}, refused: true},
		"OwnMetadata":     {host: "169.254.169.254", endpoint: v1alpha1.ResolvedEndpoint{Private: true}, refused: true},
	}
	for name, tc := range cases {
		for _, scheme := range []string{"http", "https"} {
			t.Run(name+"/"+scheme, func(t *testing.T) {
				g, err := newGuards(&v1alpha1.GatewayConfig{AllowedNetworks: tc.networks})
				if err != nil {
					t.Fatal(err)
				}
				base := &url.URL{Scheme: scheme, Host: tc.host}
				transport, err := newTransport(base, nil, g.of(&tc.endpoint))
				if err != nil {
					t.Fatal(err)
				}
				req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, base.String(), nil)
				if err != nil {
					t.Fatal(err)
				}
				resp, err := transport.RoundTrip(req)
				if err == nil {
					_ = resp.Body.Close()
				}
				if _, refused := errors.AsType[*egress.RefusedError](err); refused != tc.refused {
					t.Errorf("got %v, want refused: %v", err, tc.refused)
				}
			})
		}
	}
}

// TestGuardsFollowTheConfiguration: a network that is not allowed any more is closed for upstreams that there were before.
func TestGuardsFollowTheConfiguration(t *testing.T) {
	in := Input{
		Gateway: "ai/main", Config: &v1alpha1.GatewayConfig{AllowedNetworks: []v1alpha1.CIDR{"10.0.0.0/8"}},
		Providers: []Provider{
			{Namespace: "ai", Name: "named", Endpoint: &v1alpha1.ResolvedEndpoint{Protocol: v1alpha1.ProtocolOpenAI, URL: "http://10.0.0.1"}},
			{Namespace: "ai", Name: "own", Endpoint: &v1alpha1.ResolvedEndpoint{Protocol: v1alpha1.ProtocolOpenAI, URL: "http://10.0.0.1", Private: true}},
		},
	}
	speak := Protocols{v1alpha1.ProtocolOpenAI: nil}
	before := Build(in, nil, speak)
	in.Config = &v1alpha1.GatewayConfig{}
	after := Build(in, before, speak)
	if before.upstreams["ai/named"].Upstream == after.upstreams["ai/named"].Upstream {
		t.Error("the upstream in the network goes on as before")
	}
	if before.upstreams["ai/own"].Upstream != after.upstreams["ai/own"].Upstream {
		t.Error("the operator's own upstream lost its connections")
	}
	in.Config = &v1alpha1.GatewayConfig{AllowedNetworks: []v1alpha1.CIDR{"ten"}}
	if rejected := Build(in, after, speak).Confirmation.Rejected; len(rejected) != 1 || rejected[0].Kind != v1alpha1.KindGateway {
		t.Errorf("got %v, want the Gateway: its networks cannot be read", rejected)
	}
}

// TestTransportTLS reaches a server whose certificate only the bundle vouches for, over HTTP/2.
func TestTransportTLS(t *testing.T) {
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("X-Accept-Encoding", r.Header.Get("Accept-Encoding"))
	}))
	server.EnableHTTP2 = true
	server.StartTLS()
	defer server.Close()
	bundle := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw})
	base, err := url.Parse(server.URL)
	if err != nil {
		t.Fatal(err)
	}
	get := func(ca []byte) (*http.Response, error) {
		transport, err := newTransport(base, ca, egress.New(egress.Private()))
		if err != nil {
			t.Fatal(err)
		}
		defer transport.CloseIdleConnections()
		req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, server.URL, nil)
		if err != nil {
			t.Fatal(err)
		}
		return transport.RoundTrip(req)
	}
	resp, err := get(bundle)
	if err != nil {
		t.Fatalf("with its CA bundle: %v", err)
	}
	defer func() { _ = resp.Body.Close() }()
	if resp.ProtoMajor != 2 || resp.TLS.Version < tls.VersionTLS12 {
		t.Errorf("got %s, want HTTP/2 over TLS 1.2 or newer", resp.Proto)
	}
	if got := resp.Header.Get("X-Accept-Encoding"); got != "" {
		t.Errorf("sent Accept-Encoding %q, want none: an answer is never decompressed", got)
	}
	if resp, err := get(nil); err == nil {
		_ = resp.Body.Close()
		t.Error("without its CA bundle: want an error")
	}
}

// TestTokenConnectionsAreNotKept: those of an upstream that is replaced would stay open as long as the server likes.
func TestTokenConnectionsAreNotKept(t *testing.T) {
	kept := make(chan bool, 1)
	server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { kept <- !r.Close }))
	defer server.Close()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, server.URL, nil)
	if err != nil {
		t.Fatal(err)
	}
	resp, err := tokenClient(egress.New(egress.Private())).Do(req)
	if err != nil {
		t.Fatal(err)
	}
	_ = resp.Body.Close()
	if <-kept {
		t.Error("the connection is kept")
	}
}
