//go:build linux

package main

import (
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"net"
	"net/http"
	"os"
	"strings"
	"time"
)

// await returns as soon as a place such as "tcp:127.0.0.1:2379", "unix:/run/socket" or "https://172.30.0.1:6443/readyz" answers; at once if
// there is none to wait for.
func await(place string, client *http.Client) {
	for place != "" && !answers(place, client) {
		time.Sleep(50 * time.Millisecond)
	}
}

func answers(place string, client *http.Client) bool {
	if strings.HasPrefix(place, "https:") {
		response, err := client.Get(place)
		if err != nil {
			return false
		}
		response.Body.Close()
		return response.StatusCode == http.StatusOK
	}
	network, address, _ := strings.Cut(place, ":")
	connection, err := net.Dial(network, address)
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
