package gateway

import (
	"net"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/fairlead-dev/fairlead/api/v1alpha1"
	"github.com/fairlead-dev/fairlead/controllers/render"
)

// Ports that URLs have where they say none, by their schemes, and that of a Sentinel.
const (
	portHTTP     = 80
	portHTTPS    = 443
	portRedis    = 6379
	portSentinel = 26379
	portPostgres = 5432
)

// egressOf lists what the replicas of g have to reach besides what all do: the ports of the providers that its routes lead to, and of
// stores that the operator does not run. credentials say where those are.
func egressOf(g *v1alpha1.Gateway, grants []grant, credentials map[string][]byte) render.Egress {
	var e render.Egress
	for _, granted := range grants {
		endpoint := granted.provider.Status.Endpoint
		if endpoint == nil {
			continue
		}
		e.GoogleIdentity = e.GoogleIdentity || endpoint.CredentialType == v1alpha1.CredentialGoogleAmbient
		e.AWSIdentity = e.AWSIdentity || endpoint.CredentialType == v1alpha1.CredentialAWSAmbient
		if o := granted.provider.Spec.Ollama; o == nil || o.Managed == nil {
			e.Upstreams = append(e.Upstreams, upstreamPort(endpoint.URL)...)
		}
	}
	if r := g.Spec.Redis; r != nil && r.External != nil {
		e.Stores = append(e.Stores, redisPorts(r.External, string(credentials[v1alpha1.CredentialRedis]))...)
	}
	if p := g.Spec.Postgres; p != nil && p.Mode != v1alpha1.StoreManaged {
		e.Stores = append(e.Stores, portsOf(string(credentials[v1alpha1.CredentialPostgres]), portPostgres)...)
	}
	for _, ports := range []*[]int32{&e.Upstreams, &e.Stores} {
		slices.Sort(*ports)
		*ports = slices.Compact(*ports)
	}
	return e
}

// upstreamPort is that of a provider's URL; none where there is none in it.
func upstreamPort(address string) []int32 {
	u, err := url.Parse(address)
	if err != nil {
		return nil
	}
	if u.Scheme == "http" {
		return portsOf(address, portHTTP)
	}
	return portsOf(address, portHTTPS)
}

// redisPorts are those of what the URI names, further servers in its parameters addr included, and of the Redis that Sentinels and nodes
// of a Cluster lead on to.
func redisPorts(store *v1alpha1.ExternalStore, uri string) []int32 {
	builtin := int32(portRedis)
	if store.Sentinel != nil {
		builtin = portSentinel
	}
	ports := portsOf(uri, builtin)
	u, err := url.Parse(uri)
	if err != nil || uri == "" || (store.Sentinel == nil && !store.Cluster) {
		return ports
	}
	for _, server := range u.Query()["addr"] {
		ports = append(ports, portsOf("redis://"+server, builtin)...)
	}
	return append(ports, portRedis)
}

// portsOf lists the ports of a URI's hosts, of which there may be several, separated by commas. One that names none has the one that is
// built in.
func portsOf(uri string, builtin int32) []int32 {
	_, rest, found := strings.Cut(uri, "://")
	if !found {
		return nil
	}
	if end := strings.IndexAny(rest, "/?#"); end >= 0 {
		rest = rest[:end]
	}
	hosts := rest[strings.LastIndex(rest, "@")+1:]
	var ports []int32
	for host := range strings.SplitSeq(hosts, ",") {
		port := builtin
		if _, text, err := net.SplitHostPort(host); err == nil {
			if n, err := strconv.ParseUint(text, 10, 16); err == nil && n > 0 {
				port = int32(n)
			}
		}
		ports = append(ports, port)
	}
	return ports
}
