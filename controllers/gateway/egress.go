package gateway

import (
	"net"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"k8s.io/apimachinery/pkg/util/validation"

	"github.com/fairlead-dev/fairlead/api/egress"
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

// server is one that replicas have to reach.
type server struct {
	host string
	port int32
}

// egressOf lists what the replicas of g have to reach besides what all do: the providers that its routes lead to, and stores that the
// operator does not run. credentials say where those are.
func egressOf(g *v1alpha1.Gateway, grants []grant, credentials map[string][]byte, clusterDomain string) render.Egress {
	var e render.Egress
	var upstreams []server
	for _, granted := range grants {
		endpoint := granted.provider.Status.Endpoint
		if endpoint == nil {
			continue
		}
		e.GoogleIdentity = e.GoogleIdentity || endpoint.CredentialType == v1alpha1.CredentialGoogleAmbient
		e.AWSIdentity = e.AWSIdentity || endpoint.CredentialType == v1alpha1.CredentialAWSAmbient
		if o := granted.provider.Spec.Ollama; o == nil || o.Managed == nil {
			upstreams = append(upstreams, upstream(endpoint.URL)...)
		}
	}
	stores := externalStores(g, credentials)
	e.Namespaces = namespacesOf(slices.Concat(upstreams, stores), g.Namespace, clusterDomain)
	if render.OfCloudNativePG(g) {
		// Its Pods listen where its Services do.
		stores = append(stores, servers(string(credentials[v1alpha1.CredentialPostgres]), portPostgres)...)
	}
	e.Upstreams, e.Stores = portsOf(upstreams), portsOf(stores)
	return e
}

// externalStores are the servers of stores that exist already.
func externalStores(g *v1alpha1.Gateway, credentials map[string][]byte) []server {
	var list []server
	if r := g.Spec.Redis; r != nil && r.External != nil {
		list = append(list, redisServers(r.External, string(credentials[v1alpha1.CredentialRedis]))...)
	}
	if p := g.Spec.Postgres; p != nil && p.External != nil {
		list = append(list, servers(string(credentials[v1alpha1.CredentialPostgres]), portPostgres)...)
	}
	return list
}

// upstream is the server of a provider's URL; none where there is none in it.
func upstream(address string) []server {
	u, err := url.Parse(address)
	if err != nil {
		return nil
	}
	if u.Scheme == "http" {
		return servers(address, portHTTP)
	}
	return servers(address, portHTTPS)
}

// redisServers are those that the URI names, further ones in its parameters addr included, and the Redis that Sentinels and nodes of a
// Cluster lead on to, whose host nobody knows.
func redisServers(store *v1alpha1.ExternalStore, uri string) []server {
	builtin := int32(portRedis)
	if store.Sentinel != nil {
		builtin = portSentinel
	}
	list := servers(uri, builtin)
	u, err := url.Parse(uri)
	if err != nil || uri == "" || (store.Sentinel == nil && !store.Cluster) {
		return list
	}
	for _, address := range u.Query()["addr"] {
		list = append(list, servers("redis://"+address, builtin)...)
	}
	return append(list, server{port: portRedis})
}

// servers lists those of a URI, of which there may be several, separated by commas. One that names no port has the one that is built
// in.
func servers(uri string, builtin int32) []server {
	_, rest, found := strings.Cut(uri, "://")
	if !found {
		return nil
	}
	if end := strings.IndexAny(rest, "/?#"); end >= 0 {
		rest = rest[:end]
	}
	hosts := rest[strings.LastIndex(rest, "@")+1:]
	var list []server
	for host := range strings.SplitSeq(hosts, ",") {
		s := server{host: strings.Trim(host, "[]"), port: builtin}
		if name, text, err := net.SplitHostPort(host); err == nil {
			s.host = name
			if n, err := strconv.ParseUint(text, 10, 16); err == nil && n > 0 {
				s.port = int32(n)
			}
		}
		list = append(list, s)
	}
	return list
}

// portsOf lists the ports of servers, each once.
func portsOf(list []server) []int32 {
	ports := make([]int32, 0, len(list))
	for _, s := range list {
		ports = append(ports, s.port)
	}
	slices.Sort(ports)
	return slices.Compact(ports)
}

// namespacesOf lists the namespaces of those servers that are named as Services or Pods of the cluster are, each once. own is that of
// a name which says none.
func namespacesOf(list []server, own, clusterDomain string) []string {
	var namespaces []string
	for _, s := range list {
		if n := namespaceOf(s.host, own, clusterDomain); len(validation.IsDNS1123Label(n)) == 0 {
			namespaces = append(namespaces, n)
		}
	}
	slices.Sort(namespaces)
	return slices.Compact(namespaces)
}

// namespaceOf is what stands before svc or pod in a name of the cluster; empty where nothing does.
func namespaceOf(host, own, clusterDomain string) string {
	host = strings.ToLower(strings.TrimSuffix(host, "."))
	if place, _ := egress.PlaceOf(host, clusterDomain); place != egress.Cluster || host == "" {
		return ""
	}
	labels := strings.Split(strings.TrimSuffix(host, "."+strings.ToLower(clusterDomain)), ".")
	switch last := len(labels) - 1; {
	case last == 0:
		return own
	case last >= 2 && (labels[last] == "svc" || labels[last] == "pod"):
		return labels[last-1]
	}
	return ""
}
