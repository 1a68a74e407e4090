package snapshot

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"syscall"
	"time"

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

// newTransport returns the transport to base, which trusts the certificates of caPEM instead of the system's where there are any.
//
// It never decompresses, because the bytes of an answer are the client's. HTTPS_PROXY and NO_PROXY of the environment apply to
// https upstreams, which are the hosted ones; plain http is for what is near, and is always reached directly.
func newTransport(base *url.URL, caPEM []byte) (connections, error) {
	dialer := &net.Dialer{Timeout: connectTimeout, KeepAlive: 30 * time.Second, ControlContext: guardDial}
	if base.Scheme != "https" {
		return upstream.New(dialer.DialContext), nil
	}
	t := &http.Transport{
		DialContext:            dialer.DialContext,
		MaxIdleConnsPerHost:    idleConnections,
		IdleConnTimeout:        idleTimeout,
		DisableCompression:     true,
		MaxResponseHeaderBytes: maxResponseHeader,
		ReadBufferSize:         ioBuffer,
		WriteBufferSize:        ioBuffer,
		Proxy:                  http.ProxyFromEnvironment,
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
	return t, nil
}

// guardedClient asks the servers that give out tokens. Where they are is in credentials that somebody else wrote, so that it is as
// careful as with upstreams.
func guardedClient() *http.Client {
	dialer := &net.Dialer{Timeout: connectTimeout, ControlContext: guardDial}
	return &http.Client{
		Transport:     &http.Transport{DialContext: dialer.DialContext, Proxy: http.ProxyFromEnvironment, TLSHandshakeTimeout: connectTimeout},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

// isMetadata says whether a cloud serves a machine's credentials at an address that is not link-local: AWS, Alibaba Cloud, Azure.
// Sources: https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/instancedata-data-retrieval.html,
// https://www.alibabacloud.com/help/en/ecs/user-guide/view-instance-metadata,
// https://learn.microsoft.com/en-us/azure/virtual-network/what-is-ip-address-168-63-129-16
func isMetadata(ip netip.Addr) bool {
	switch ip.String() {
	case "fd00:ec2::254", "100.100.100.200", "168.63.129.16":
		return true
	}
	return false
}

// behindNAT64 is the IPv4 address that a network with NAT64 translates ip to, or ip itself where it is none of those.
// Source: RFC 6052, section 2.1
func behindNAT64(ip netip.Addr) netip.Addr {
	nat64 := netip.MustParsePrefix("64:ff9b::/96")
	if !nat64.Contains(ip) {
		return ip
	}
	b := ip.As16()
	return netip.AddrFrom4([4]byte(b[nat64.Bits()/8:]))
}

// guardDial refuses addresses at which no model is served but a machine's own credentials may be: link-local ones, where the
// metadata services of clouds are, and multicast. It sees the address after every name has been resolved, so that no name
// leads around it.
func guardDial(_ context.Context, _, address string, _ syscall.RawConn) error {
	ap, err := netip.ParseAddrPort(address)
	if err != nil {
		return fmt.Errorf("reading the address to dial: %w", err)
	}
	ip := behindNAT64(ap.Addr().Unmap().WithZone(""))
	if ip.IsLinkLocalUnicast() || ip.IsMulticast() || isMetadata(ip) {
		return fmt.Errorf("refusing to connect to %s: link-local, multicast and metadata addresses are not upstreams", ip)
	}
	return nil
}
