package egress

import (
	"net/http"
	"net/url"
	"time"

	"golang.org/x/net/http/httpproxy"
)

// Transport sends requests over connections that have passed a Guard, except to the proxy that the environment of the process names
// (HTTP_PROXY, HTTPS_PROXY and NO_PROXY): where that is, the administrator says. What is sent through a proxy is sent to a name that
// the proxy resolves, so that which addresses it may reach is for the proxy to say; the Guard still refuses hosts that are such
// addresses themselves. It follows no redirects, as no http.RoundTripper does.
type Transport struct {
	guard   *Guard
	proxy   func(*url.URL) (*url.URL, error)
	direct  *http.Transport
	proxied *http.Transport
}

// Transport returns a Transport of this Guard. connect bounds the time to open a connection, and settings are copied; what they say
// about dialing and proxies does not count.
func (g *Guard) Transport(settings *http.Transport, connect time.Duration) *Transport {
	t := &Transport{guard: g, proxy: httpproxy.FromEnvironment().ProxyFunc(), direct: settings.Clone(), proxied: settings.Clone()}
	t.direct.Proxy, t.direct.DialContext = nil, g.Dialer(connect).DialContext
	proxyDialer := g.Dialer(connect)
	proxyDialer.ControlContext = nil
	t.proxied.DialContext = proxyDialer.DialContext
	t.proxied.Proxy = func(r *http.Request) (*url.URL, error) { return t.proxy(r.URL) }
	return t
}

// Proxied says whether the environment names a proxy for https, which then decides where it leads.
func Proxied() bool { return httpproxy.FromEnvironment().HTTPSProxy != "" }

// RoundTrip sends a request. The error wraps a *RefusedError where the Guard does not let it through.
func (t *Transport) RoundTrip(r *http.Request) (*http.Response, error) {
	proxy, err := t.proxy(r.URL)
	if err == nil && proxy == nil {
		return t.direct.RoundTrip(r)
	}
	if err == nil {
		err = t.guard.CheckHost(r.URL.Hostname())
	}
	if err == nil {
		return t.proxied.RoundTrip(r)
	}
	if r.Body != nil {
		_ = r.Body.Close()
	}
	return nil, err
}

// CloseIdleConnections closes the connections that are not in use.
func (t *Transport) CloseIdleConnections() {
	t.direct.CloseIdleConnections()
	t.proxied.CloseIdleConnections()
}

// Client returns a client for requests that are few and far between. It follows no redirects, which could carry a credential anywhere.
func (g *Guard) Client(settings *http.Transport, connect time.Duration) *http.Client {
	return &http.Client{
		Transport:     g.Transport(settings, connect),
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}
