package snapshot

import (
	"crypto/tls"
	"encoding/pem"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
)

func TestGuardDial(t *testing.T) {
	cases := map[string]struct {
		address string
		refused bool
	}{
		"Loopback":         {"127.0.0.1:11434", false},
		"Private":          {"10.0.0.7:80", false},
		"Public":           {"[2606:4700::1111]:443", false},
		"MetadataIPv4":     {"169.254.169.254:80", true},
		"MetadataMapped":   {"[::ffff:169.254.169.254]:80", true},
		"MetadataIPv6":     {"[fd00:ec2::254]:80", true},
		"MetadataNAT64":    {"[64:ff9b::169.254.169.254]:80", true},
		"PublicNAT64":      {"[64:ff9b::1.1.1.1]:443", false},
		"MetadataAlibaba":  {"100.100.100.200:80", true},
		"MetadataAzure":    {"168.63.129.16:80", true},
		"LinkLocalInAZone": {"[fe80::1%eth0]:80", true},
		"Multicast":        {"224.0.0.1:80", true},
		"NotAnAddress":     {"example.com:80", true},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			if err := guardDial(t.Context(), "tcp", tc.address, nil); (err != nil) != tc.refused {
				t.Errorf("got %v, want refused: %v", err, tc.refused)
			}
		})
	}
}

func TestTransportRefusesMetadata(t *testing.T) {
	base := &url.URL{Scheme: "http", Host: "169.254.169.254"}
	transport, err := newTransport(base, nil)
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
	if err == nil || !strings.Contains(err.Error(), "refusing to connect to 169.254.169.254") {
		t.Errorf("got %v, want a refusal", err)
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
		transport, err := newTransport(base, ca)
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
