package snapshot

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/fairlead-dev/fairlead/api/egress"
	"github.com/fairlead-dev/fairlead/api/v1alpha1"
	"github.com/fairlead-dev/fairlead/gateway/load"
	"github.com/fairlead-dev/fairlead/gateway/upstream"
)

// serverConnectTimeout is that of a server, which is in the same cluster. A Pod that is gone answers with silence, and there is another.
const serverConnectTimeout = 2 * time.Second

var errServerURL = errors.New("url: expected http://HOST:PORT, found another")

// Server is one of several servers of a provider, which the gateway calls past their common address: what one of them has in memory the
// others have not. It stays the same from one snapshot to the next while its name, its address and its models do.
type Server struct {
	// Name of the server: that of its Pod.
	Name string
	// URL is the base URL, without a slash at its end.
	URL *url.URL
	// Transport sends. Its connections outlive snapshots, and end with the server's address.
	Transport http.RoundTripper
	// Load is how busy the server is with all models, and whether it could be reached. It outlives snapshots as Transport does.
	Load *load.Endpoint

	// missing are the models that the provider lists and this server does not have yet.
	missing []string
}

// Has says whether the server has a model, as far as is known.
func (s *Server) Has(model string) bool {
	return len(s.missing) == 0 || !slices.ContainsFunc(s.missing, func(name string) bool { return sameModel(name, model) })
}

// sameModel knows that Ollama takes a name without a tag for its tag latest.
func sameModel(x, y string) bool {
	return strings.TrimSuffix(x, latest) == strings.TrimSuffix(y, latest)
}

// Activation is that of a provider whose servers stop when nobody asks for them.
type Activation struct {
	// Asleep says that no server was ready when the operator last looked. A server may have started since, or the last one stopped
	// although this is false: package activation finds out.
	Asleep bool
	// Timeout is how long a request waits for a server to start.
	Timeout time.Duration
	// Stopped is when this replica learnt that the servers were told to stop, which they do a few seconds later. It is zero where none
	// ran before, and while one is ready.
	Stopped time.Time
}

// Asleep says whether the servers of the target have been stopped, as far as the operator has said.
func (t *Target) Asleep() bool { return t.Activation != nil && t.Activation.Asleep }

// ServersOf returns the servers of a provider, none where it is called at its one address.
func (s *Snapshot) ServersOf(provider string) []*Server {
	if u := s.upstreams[provider]; u != nil {
		return u.servers
	}
	return nil
}

// UpstreamOf returns the upstream of a provider, nil where there is none. It may have nothing to send with.
func (s *Snapshot) UpstreamOf(provider string) *Upstream {
	if u := s.upstreams[provider]; u != nil {
		return u.Upstream
	}
	return nil
}

// ActivationOf returns how the servers of a provider are; nil where they always run, and where there is no such provider.
func (s *Snapshot) ActivationOf(provider string) *Activation {
	if u := s.upstreams[provider]; u != nil {
		return u.activation
	}
	return nil
}

// Activations are the names of all providers that scale to zero, in no order.
func (s *Snapshot) Activations() []string {
	var names []string
	for name, u := range s.upstreams {
		if u.activation != nil {
			names = append(names, name)
		}
	}
	return names
}

// addServers tells an upstream of its servers. One whose URL makes no sense is left out.
func (b *builder) addServers(u *upstreamState, p *Provider) {
	if u.Transport == nil {
		return
	}
	before := b.prev.ServersOf(u.Provider)
	for i := range p.Servers {
		s, err := newServer(&p.Servers[i], before, b.guards.own)
		if err != nil {
			b.refuse(v1alpha1.KindModelProvider, p.Namespace, p.Name, p.Endpoint.Revision, fmt.Errorf("servers[%s]: %w", p.Servers[i].Name, err))
			continue
		}
		u.servers = append(u.servers, s)
	}
	if slices.Equal(u.servers, before) {
		u.servers = before
	}
}

// newServer takes over from those that there were before what is still the same.
func newServer(s *v1alpha1.OllamaServer, before []*Server, guard *egress.Guard) (*Server, error) {
	base, err := parseBase(s.URL)
	if err != nil {
		return nil, err
	}
	missing := make([]string, len(s.MissingModels))
	for i, name := range s.MissingModels {
		missing[i] = string(name)
	}
	for _, old := range before {
		if old.Name != s.Name || old.URL.String() != base.String() {
			continue
		}
		if slices.Equal(old.missing, missing) {
			return old, nil
		}
		return &Server{Name: old.Name, URL: old.URL, Transport: old.Transport, Load: old.Load, missing: missing}, nil
	}
	if base.Scheme != "http" || base.Path != "" {
		return nil, errServerURL
	}
	return &Server{
		Name: s.Name, URL: base, Transport: upstream.New(guard.Dialer(serverConnectTimeout).DialContext),
		Load: load.NewEndpoint(time.Now()), missing: missing,
	}, nil
}

// addActivation tells an upstream whether its servers sleep. The value before is kept where nothing changed.
func (b *builder) addActivation(u *upstreamState, p *Provider) {
	if p.Activation == nil || u.Transport == nil {
		return
	}
	timeout, err := positive(p.Activation.Timeout)
	if err != nil {
		b.refuse(v1alpha1.KindModelProvider, p.Namespace, p.Name, p.Endpoint.Revision, fmt.Errorf("activation.timeout: %w", err))
		return
	}
	before := b.prev.ActivationOf(u.Provider)
	u.activation = &Activation{
		Asleep: p.Activation.State != v1alpha1.ActivationActive, Timeout: timeout, Stopped: stopped(p.Activation.State, before, time.Now()),
	}
	if before != nil && *before == *u.activation {
		u.activation = before
	}
}

// stopped is when the servers were told to stop that are in a state now.
func stopped(state v1alpha1.ActivationState, before *Activation, now time.Time) time.Time {
	switch {
	case before == nil || state == v1alpha1.ActivationActive:
		return time.Time{}
	case state == v1alpha1.ActivationScaledToZero && !before.Asleep:
		return now
	}
	return before.Stopped
}

// closeServers closes the idle connections of servers that next does not have.
func (u *upstreamState) closeServers(next *upstreamState) {
	for _, s := range u.servers {
		kept := next != nil && slices.ContainsFunc(next.servers, func(n *Server) bool { return n.Transport == s.Transport })
		if c, ok := s.Transport.(interface{ CloseIdleConnections() }); ok && !kept {
			c.CloseIdleConnections()
		}
	}
}
