package modelprovider

import (
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"encoding/hex"
	"encoding/json"
	"net/http"
	"time"

	"k8s.io/apimachinery/pkg/types"

	"github.com/fairlead-dev/fairlead/api/egress"
	"github.com/fairlead-dev/fairlead/api/v1alpha1"
	"github.com/fairlead-dev/fairlead/controllers/compile"
	"github.com/fairlead-dev/fairlead/controllers/ollama"
)

// servers lists the Ollamas that are to be filled: every ready Pod of a managed one, which loses the models that are not listed, or the
// one at the endpoint. There are none where the provider cannot be used, or where nothing is asked of another's server.
func (r *Reconciler) servers(p *v1alpha1.ModelProvider, compiled compile.ProviderResult, s surroundings) []ollama.Server {
	if p.Spec.Ollama == nil || compiled.Accepted != nil || compiled.Endpoint == nil {
		return nil
	}
	if p.Spec.Ollama.Managed == nil {
		if len(p.Spec.Ollama.Models) == 0 {
			return nil
		}
		key := string(s.secrets.Credential(p))
		return []ollama.Server{server(p, ollama.Client{
			URL: compiled.Endpoint.URL, HTTP: r.externalHTTP(p, s.secrets), Header: header(p, key),
		}, key)}
	}
	var servers []ollama.Server
	for _, pod := range reachable(s.pods) {
		c := ollama.Client{URL: r.PodURL(pod), HTTP: ownHTTP()}
		servers = append(servers, server(p, c, ""))
	}
	return servers
}

// server asks for what the spec lists. Its revision changes with everything that a worker has to start anew for, a rotated
// credential among it, and with nothing else: a pull goes on while the server is scaled.
func server(p *v1alpha1.ModelProvider, c ollama.Client, secret string) ollama.Server {
	o := p.Spec.Ollama
	s := ollama.Server{
		Client: c, Models: o.Models, Registry: o.Registry, Secret: secret, Own: managed(p), Renew: o.Updates == v1alpha1.UpdatesPull,
	}
	encoded, err := json.Marshal(struct {
		Models   []v1alpha1.OllamaModel
		Registry *v1alpha1.OllamaRegistry
		Endpoint *v1alpha1.Endpoint
		Header   http.Header
		Renew    bool
		Owner    types.UID
	}{s.Models, s.Registry, p.Spec.Endpoint, c.Header, s.Renew, p.UID})
	// A value of these types can always be encoded; if one could not, the worker would go on with what it has.
	if err == nil {
		sum := sha256.Sum256(encoded)
		s.Revision = hex.EncodeToString(sum[:])
	}
	return s
}

// header holds what the endpoint wants with every request.
func header(p *v1alpha1.ModelProvider, key string) http.Header {
	h := http.Header{}
	for _, e := range p.Spec.Endpoint.Headers {
		h.Set(e.Name, e.Value)
	}
	if auth := p.Spec.Auth; auth != nil {
		if auth.Header != "" {
			h.Set(auth.Header, key)
		} else {
			h.Set("Authorization", "Bearer "+key)
		}
	}
	return h
}

// externalHTTP asks a server whose address somebody else chose: it goes no further than gateways do.
func (r *Reconciler) externalHTTP(p *v1alpha1.ModelProvider, s compile.Secrets) *http.Client {
	var roots *x509.CertPool
	if ref := p.Spec.Endpoint.CABundleSecretRef; ref != nil {
		roots = x509.NewCertPool()
		roots.AppendCertsFromPEM(s.Key(*ref))
	}
	return egress.New(r.Installation.AllowedNetworks).Client(transport(roots), connectWithin)
}

// ownHTTP asks a server that the operator runs, past every proxy.
func ownHTTP() *http.Client {
	t := transport(nil)
	t.DialContext = egress.New(egress.Private()).Dialer(connectWithin).DialContext
	return &http.Client{Transport: t, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
}

// connectWithin bounds the time to open a connection.
const connectWithin = 5 * time.Second

// transport keeps no connection: a server is asked twice a minute.
func transport(roots *x509.CertPool) *http.Transport {
	return &http.Transport{
		TLSClientConfig:   &tls.Config{MinVersion: tls.VersionTLS12, RootCAs: roots},
		DisableKeepAlives: true,
	}
}
