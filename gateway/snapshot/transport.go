package snapshot

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"time"

	"github.com/fairlead-dev/fairlead/api/egress"
	"github.com/fairlead-dev/fairlead/api/v1alpha1"
	"github.com/fairlead-dev/fairlead/gateway/upstream"
)

const (
	// connectTimeout leaves time for another target within the usual first-byte timeout.
	connectTimeout = 5 * time.Second
	// idleConnections per upstream is more than one gateway keeps busy; what is beyond it is closed after its request.
	idleConnections = 1024
	idleTimeout     = 90 * time.Second
	// pingAfter and pingTimeout find out that an HTTP/2 connection is dead before many requests wait on it.
	pingAfter   = 15 * time.Second
	pingTimeout = 10 * time.Second
	// ioBuffer holds a usual request or event at once.
	ioBuffer = 16 << 10
	// maxResponseHeader bounds what an upstream may say before its body.
	maxResponseHeader = 64 << 10
)

// connections is what an Upstream sends through.
type connections interface {
	http.RoundTripper
	CloseIdleConnections()
}

// newTransport returns the transport to base, which trusts the certificates of caPEM instead of the system's where there are any, and
// connects to what guard lets it.
//
// It never decompresses, because the bytes of an answer are the client's. HTTPS_PROXY and NO_PROXY of the environment apply to
// https upstreams, which are the hosted ones; plain http is for what is near, and is always reached directly.
func newTransport(base *url.URL, caPEM []byte, guard *egress.Guard) (connections, error) {
	if base.Scheme != "https" {
		return upstream.New(guard.Dialer(connectTimeout).DialContext), nil
	}
	t := &http.Transport{
		MaxIdleConnsPerHost:    idleConnections,
		IdleConnTimeout:        idleTimeout,
		DisableCompression:     true,
		MaxResponseHeaderBytes: maxResponseHeader,
		ReadBufferSize:         ioBuffer,
		WriteBufferSize:        ioBuffer,
		TLSHandshakeTimeout:    connectTimeout,
		ForceAttemptHTTP2:      true,
		HTTP2:                  &http.HTTP2Config{SendPingTimeout: pingAfter, PingTimeout: pingTimeout},
		TLSClientConfig:        &tls.Config{MinVersion: tls.VersionTLS12},
	}
	if len(caPEM) > 0 {
		roots := x509.NewCertPool()
		if !roots.AppendCertsFromPEM(caPEM) {
			return nil, errors.New("CA bundle: expected certificates in PEM, found none")
		}
		t.TLSClientConfig.RootCAs = roots
	}
	return guard.Transport(t, connectTimeout), nil
}

// guards say what may be connected to. The operator's own servers have addresses that nobody else may name.
type guards struct {
	named, own *egress.Guard
	// revision is another one where the networks are others.
	revision string
}

// newGuards reads the networks that a gateway's upstreams may be in. The error is about the first that cannot be read; what is
// private is closed then.
func newGuards(config *v1alpha1.GatewayConfig) (guards, error) {
	var allowed []v1alpha1.CIDR
	if config != nil {
		allowed = config.AllowedNetworks
	}
	networks, err := egress.ParseNetworks(allowed)
	if err != nil {
		err = fmt.Errorf("config.allowedNetworks: %w", err)
	}
	return guards{named: egress.New(networks), own: egress.New(egress.Private()), revision: fmt.Sprint(networks)}, err
}

// of returns the guard of the connections to an endpoint.
func (g *guards) of(e *v1alpha1.ResolvedEndpoint) *egress.Guard {
	if e.Private {
		return g.own
	}
	return g.named
}

// tokenClient asks the servers that give out tokens. Where they are is in credentials that somebody else wrote, so that it is as
// careful as with upstreams. It keeps no connection: a token is asked for once an hour, and nobody closes what an upstream that is
// replaced leaves behind.
func tokenClient(guard *egress.Guard) *http.Client {
	return guard.Client(&http.Transport{TLSHandshakeTimeout: connectTimeout, DisableKeepAlives: true}, connectTimeout)
}
