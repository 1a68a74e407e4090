package snapshot

import (
	"errors"
	"fmt"
	"net/http"
	"net/textproto"
	"net/url"
	"strings"

	"golang.org/x/net/http/httpguts"

	"github.com/fairlead-dev/fairlead/api/egress"
	"github.com/fairlead-dev/fairlead/api/v1alpha1"
	"github.com/fairlead-dev/fairlead/gateway/credential"
)

// upstreamState is an upstream together with what is known of its models at the moment, which changes without the upstream.
type upstreamState struct {
	*Upstream
	// down says why no target of the upstream can answer; empty where it can.
	down string
	// renewed says that the upstream was there before, but another one.
	renewed bool
	// awaits says that something is missing that may arrive after the routes that need it.
	awaits bool
	// models that the provider lists.
	models map[string]v1alpha1.ModelState
	// servers that are called past the provider's address; none where that is called.
	servers []*Server
	// activation is nil for a provider whose servers always run.
	activation *Activation
}

// unavailable says why the upstream cannot answer for model now; empty where it can.
func (u *upstreamState) unavailable(model string) string {
	if u.down != "" {
		return u.down
	}
	switch u.stateOf(model) {
	case v1alpha1.ModelPending:
		return fmt.Sprintf("model %q of ModelProvider %s waits to be pulled", model, u.Provider)
	case v1alpha1.ModelPulling:
		return fmt.Sprintf("model %q of ModelProvider %s is being pulled", model, u.Provider)
	case v1alpha1.ModelFailed:
		return fmt.Sprintf("model %q of ModelProvider %s could not be pulled; it is tried again", model, u.Provider)
	}
	return ""
}

// latest is the tag that Ollama adds to a name without one.
const latest = ":latest"

func (u *upstreamState) stateOf(model string) v1alpha1.ModelState {
	if len(u.models) == 0 {
		return ""
	}
	if state, ok := u.models[model]; ok {
		return state
	}
	if plain, cut := strings.CutSuffix(model, latest); cut {
		return u.models[plain]
	}
	return u.models[model+latest]
}

// upstream returns the state of a provider. One that the input does not hold gets a state that says so.
func (b *builder) upstream(provider string) *upstreamState {
	u, ok := b.upstreams[provider]
	if !ok {
		u = b.awaitingUpstream(provider, fmt.Sprintf("ModelProvider %s is not there", provider))
		b.upstreams[provider] = u
	}
	return u
}

func (b *builder) buildUpstreams(providers []Provider) {
	b.upstreams = make(map[string]*upstreamState, len(providers))
	for i := range providers {
		p := &providers[i]
		u := b.provider(p)
		if len(p.Models) > 0 {
			u.models = make(map[string]v1alpha1.ModelState, len(p.Models))
			for _, m := range p.Models {
				u.models[string(m.Name)] = m.State
			}
		}
		b.addServers(u, p)
		b.addActivation(u, p)
		b.upstreams[p.Key()] = u
	}
}

func (b *builder) provider(p *Provider) *upstreamState {
	key := p.Key()
	if p.Endpoint == nil {
		return b.awaitingUpstream(key, fmt.Sprintf("ModelProvider %s has no endpoint that can be used", key))
	}
	if name := p.Endpoint.CredentialKey; name != "" && len(b.credentials[name]) == 0 {
		return b.awaitingUpstream(key, fmt.Sprintf("ModelProvider %s has no API key", key))
	}
	if name := p.Endpoint.CABundleKey; name != "" && len(b.credentials[name]) == 0 {
		return b.awaitingUpstream(key, fmt.Sprintf("ModelProvider %s has no CA certificates", key))
	}
	revision := digestEndpoint(p.Endpoint, b.credentials, b.guards.revision)
	if u, ok := b.prev.upstreams[key]; ok && u.Revision == revision {
		return &upstreamState{Upstream: u.Upstream}
	}
	u, err := b.newUpstream(p)
	if err != nil {
		b.refuse(v1alpha1.KindModelProvider, p.Namespace, p.Name, p.Endpoint.Revision, err)
		return b.downUpstream(key, fmt.Sprintf("ModelProvider %s cannot be used: %v", key, err))
	}
	u.Revision = revision
	_, renewed := b.prev.upstreams[key]
	return &upstreamState{Upstream: u, renewed: renewed}
}

// awaitingUpstream is down for want of something that the operator writes together with the routes that need it, and that may
// arrive a little after them.
func (b *builder) awaitingUpstream(key, reason string) *upstreamState {
	u := b.downUpstream(key, reason)
	u.awaits = true
	return u
}

// awaiting says whether a target of a model is down for want of something that may still arrive.
func (b *builder) awaiting(models map[string]*Model) bool {
	awaited := make(map[*Upstream]bool)
	for _, u := range b.upstreams {
		if u.awaits {
			awaited[u.Upstream] = true
		}
	}
	if len(awaited) == 0 {
		return false
	}
	for _, m := range models {
		for _, tier := range m.Tiers {
			for _, t := range tier {
				if awaited[t.Upstream] {
					return true
				}
			}
		}
	}
	return false
}

// downUpstream has a provider's name and nothing to send with.
func (b *builder) downUpstream(key, reason string) *upstreamState {
	if u, ok := b.prev.upstreams[key]; ok && u.Transport == nil {
		return &upstreamState{Upstream: u.Upstream, down: reason}
	}
	return &upstreamState{Upstream: &Upstream{Provider: key}, down: reason}
}

func (b *builder) newUpstream(p *Provider) (*Upstream, error) {
	e := p.Endpoint
	if p.Namespace != b.namespace && (e.CredentialType == v1alpha1.CredentialGoogleAmbient || e.CredentialType == v1alpha1.CredentialAWSAmbient) {
		return nil, errForeignIdentity
	}
	protocol, ok := b.protocols[e.Protocol]
	if !ok {
		return nil, fmt.Errorf("endpoint.protocol: expected one that this gateway speaks, found %q", e.Protocol)
	}
	base, err := parseBase(e.URL)
	if err != nil {
		return nil, err
	}
	header, key, err := upstreamHeader(e, b.credentials)
	if err != nil {
		return nil, err
	}
	transport, err := newTransport(base, b.credentials[e.CABundleKey], b.guards.of(e))
	if err != nil {
		return nil, err
	}
	authorizer, err := newAuthorizer(e, b.credentials, b.guards.of(e))
	if err != nil {
		return nil, err
	}
	health, checkEvery, err := newHealth(e.Health)
	if err != nil {
		return nil, fmt.Errorf("endpoint.health.%w", err)
	}
	return &Upstream{
		Provider: p.Key(), URL: base, Health: health, CheckEvery: checkEvery, Query: e.Query, Header: header, Key: key,
		Authorizer: authorizer, ParameterPolicy: e.ParameterPolicy, Protocol: protocol, Transport: transport,
	}, nil
}

// errForeignIdentity: whoever may make a provider in another namespace could have the gateway's own token sent wherever they like.
var errForeignIdentity = errors.New("credentialType: expected a credential of the provider's own, found the gateway's identity, " +
	"which is for providers in the gateway's namespace only")

func parseBase(text string) (*url.URL, error) {
	base, err := url.Parse(strings.TrimRight(text, "/"))
	if err != nil || base.Host == "" || (base.Scheme != "http" && base.Scheme != "https") {
		return nil, fmt.Errorf("endpoint.url: expected an absolute http or https URL, found %q", text)
	}
	if base.User != nil || base.RawQuery != "" || base.Fragment != "" {
		return nil, errors.New("endpoint.url: expected no user, query or fragment, found one")
	}
	return base, nil
}

// upstreamHeader returns what is sent with every request, and the API key in it. White space around a key is dropped: a Secret made
// from a file most often ends with a new line. No error contains the key.
func upstreamHeader(e *v1alpha1.ResolvedEndpoint, credentials map[string][]byte) (header http.Header, key string, err error) {
	header = make(http.Header, len(e.Headers)+1)
	for _, h := range e.Headers {
		if !httpguts.ValidHeaderFieldName(h.Name) || !httpguts.ValidHeaderFieldValue(h.Value) {
			return nil, "", fmt.Errorf("endpoint.headers[%s]: expected the name and the value of an HTTP header, found other characters", h.Name)
		}
		header.Set(h.Name, h.Value)
	}
	if e.CredentialKey == "" || e.CredentialType == v1alpha1.CredentialGoogleCredentials || e.CredentialType == v1alpha1.CredentialAWSCredentials {
		return header, "", nil
	}
	key = strings.TrimSpace(string(credentials[e.CredentialKey]))
	if key == "" || !httpguts.ValidHeaderFieldValue(key) {
		return nil, "", errors.New("API key: expected one line of printable characters, found others or none")
	}
	switch name := e.CredentialHeader; {
	case name == "":
		header.Set("Authorization", "Bearer "+key)
	case httpguts.ValidHeaderFieldName(name):
		header[textproto.CanonicalMIMEHeaderKey(name)] = []string{key}
	default:
		return nil, "", fmt.Errorf("endpoint.credentialHeader: expected the name of an HTTP header, found %q", name)
	}
	return header, key, nil
}

// newAuthorizer returns what authenticates each request, nil where a header does. No error contains a secret.
func newAuthorizer(e *v1alpha1.ResolvedEndpoint, credentials map[string][]byte, guard *egress.Guard) (credential.Authorizer, error) {
	switch secret := credentials[e.CredentialKey]; e.CredentialType {
	case v1alpha1.CredentialGoogleCredentials:
		return credential.Google(secret, tokenClient(guard))
	case v1alpha1.CredentialGoogleAmbient:
		return credential.GoogleAmbient(&http.Client{}), nil
	case v1alpha1.CredentialAWSCredentials:
		return credential.AWS(secret, e.Region)
	case v1alpha1.CredentialAWSAmbient:
		return credential.AWSAmbient(e.Region)
	}
	return nil, nil
}
