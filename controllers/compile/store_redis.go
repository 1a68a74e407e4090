package compile

import (
	"net/url"

	"github.com/fairlead-dev/fairlead/api/v1alpha1"
)

// Ports of Redis and of its Sentinels.
const (
	redisPort    = "6379"
	sentinelPort = "26379"
)

// topologyParameters are those of go-redis by which a URI names Sentinels or several hosts. The spec says that instead.
func topologyParameters() []string { return []string{"master_name", "addr"} }

// redis returns where a Redis is, in the form that go-redis has for its kind: see package stores.
func (s Secrets) redis(subject string, e *v1alpha1.ExternalStore) (StoreAddress, *Problem) {
	port := redisPort
	if e.Sentinel != nil {
		port = sentinelPort
	}
	parts, problem := s.storeParts(subject, e, port, "redis", "rediss")
	if problem != nil {
		return StoreAddress{}, problem
	}
	if problem := checkTopology(storeSubject{subject, string(e.SecretRef.Name)}, e, parts); problem != nil {
		return StoreAddress{}, problem
	}
	ca, problem := s.storeCA(subject, e)
	if problem != nil {
		return StoreAddress{}, problem
	}
	if ca != "" {
		parts.url.Scheme = "rediss"
	}
	var uri string
	switch {
	case e.Sentinel != nil:
		if uri, problem = s.sentinels(subject, e.Sentinel, parts); problem != nil {
			return StoreAddress{}, problem
		}
	case e.Cluster:
		parts.url.Scheme += "+cluster"
		uri = parts.seeds(parts.url.Query())
	default:
		uri = parts.all()
	}
	return StoreAddress{URI: uri, CA: ca}, nil
}

// checkTopology finds where Secret and spec contradict each other about how many servers there are.
func checkTopology(who storeSubject, e *v1alpha1.ExternalStore, parts storeParts) *Problem {
	query := parts.url.Query()
	for _, p := range topologyParameters() {
		if query.Has(p) {
			return who.invalid("has the parameter %q in \"uri\". List the hosts, separated by commas, and set external.sentinel or external.cluster.", p)
		}
	}
	switch path := parts.url.Path; {
	case len(parts.hosts) > 1 && e.Sentinel == nil && !e.Cluster:
		return who.invalid("names %d hosts. Set external.sentinel or external.cluster, or name one.", len(parts.hosts))
	case e.Cluster && path != "" && path != "/" && path != "/0":
		return who.invalid("names a database, and a Redis Cluster has none but 0. Leave it out.")
	}
	return nil
}

// sentinels returns the URI of a Redis behind Sentinels. In it the user is theirs; that of the Redis is among the parameters.
func (s Secrets) sentinels(subject string, r *v1alpha1.RedisSentinel, parts storeParts) (string, *Problem) {
	query := parts.url.Query()
	query.Set("master_name", r.MasterName)
	if user := parts.url.User; user != nil {
		password, _ := user.Password()
		setSome(query, "username", user.Username())
		setSome(query, "password", password)
	}
	parts.url.User = nil
	if ref := r.PasswordSecretRef; ref != nil {
		if problem := s.missing(subject, *ref); problem != nil {
			return "", problem
		}
		parts.url.User = url.UserPassword("", string(s.Key(*ref)))
	}
	return parts.seeds(query), nil
}

func setSome(query url.Values, key, value string) {
	if value != "" {
		query.Set(key, value)
	}
}

// seeds is the URI with the first host, and the others as parameters.
func (p storeParts) seeds(query url.Values) string {
	u := p.url
	u.Host = p.hosts[0]
	for _, h := range p.hosts[1:] {
		query.Add("addr", h)
	}
	u.RawQuery = query.Encode()
	return u.String()
}
