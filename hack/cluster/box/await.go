//go:build linux

package main

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"net"
	"net/http"
	"os"
	"strings"
	"time"
)

// poll asks every 20 ms until the answer is yes, and returns true, or until the context ends, and returns false. It asks at least once.
func poll(ctx context.Context, done func() bool) bool {
	ticker := time.NewTicker(20 * time.Millisecond)
	defer ticker.Stop()
	for !done() {
		select {
		case <-ctx.Done():
			return false
		case <-ticker.C:
		}
	}
	return true
}

// await returns as soon as a place such as "tcp:127.0.0.1:2379", "unix:/run/socket" or "https://172.30.0.1:6443/readyz" answers; at once if
// there is none to wait for.
func await(ctx context.Context, place string, client *http.Client) {
	poll(ctx, func() bool { return place == "" || answers(ctx, place, client) })
}

func answers(ctx context.Context, place string, client *http.Client) bool {
	if !strings.HasPrefix(place, "https:") {
		return accepts(ctx, place)
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, place, nil)
	if err != nil {
		return false
	}
	response, err := client.Do(request)
	if err != nil {
		return false
	}
	response.Body.Close()
	return response.StatusCode == http.StatusOK
}

// accepts reports whether somebody accepts connections at a place.
func accepts(ctx context.Context, place string) bool {
	network, address, _ := strings.Cut(place, ":")
	var way net.Dialer
	connection, err := way.DialContext(ctx, network, address)
	if err != nil {
		return false
	}
	connection.Close()
	return true
}

// newClient returns a client that trusts the authority in a PEM file.
func newClient(authority string) (*http.Client, error) {
	certificates, err := os.ReadFile(authority)
	if err != nil {
		return nil, fmt.Errorf("reading the authority: %w", err)
	}
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(certificates)
	transport := &http.Transport{TLSClientConfig: &tls.Config{RootCAs: roots}, DisableKeepAlives: true}
	return &http.Client{Transport: transport, Timeout: 5 * time.Second}, nil
}
