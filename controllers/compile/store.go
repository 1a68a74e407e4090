package compile

import (
	"cmp"
	"net/url"
	"slices"
	"strings"

	"github.com/fairlead-dev/fairlead/api/v1alpha1"
)

// StoreAddress says how the replicas and the operator reach a store.
type StoreAddress struct {
	// URI of the store, passwords included: entry CredentialRedis or CredentialPostgres of the credentials.
	URI string
	// CA holds the certificates that the store's own is verified with: entry CredentialRedisCA or CredentialPostgresCA. It is empty
	// where the URI says how the store is verified.
	CA string
}

// Redis returns where an external Redis is, and false where the Secrets do not say that.
func (s Secrets) Redis(e *v1alpha1.ExternalStore) (StoreAddress, bool) {
	a, problem := s.redis("", e)
	return a, problem == nil
}

// Postgres returns where an external PostgreSQL is, and false where the Secrets do not say that. files says whether its URI may name
// files, which it may where the gateway runs beside them.
func (s Secrets) Postgres(e *v1alpha1.ExternalStore, files bool) (StoreAddress, bool) {
	a, problem := s.postgres("", e, files)
	return a, problem == nil
}

// storeSubject is who needs a store, and what the spec calls the Secret that says where it is.
type storeSubject struct{ subject, secret string }

func (s storeSubject) invalid(mistake string, args ...any) *Problem {
	return invalid("%s: Secret %q "+mistake, append([]any{s.subject, s.secret}, args...)...)
}

// storeCA returns the certificates that e names, and what keeps them from being used.
func (s Secrets) storeCA(subject string, e *v1alpha1.ExternalStore) (string, *Problem) {
	if e.CABundleSecretRef == nil {
		return "", nil
	}
	if problem := s.certificates(subject, *e.CABundleSecretRef); problem != nil {
		return "", problem
	}
	return string(s.Key(*e.CABundleSecretRef)), nil
}

// storeParts returns what the Secret says where a store is: its `uri`, or the other entries. Hosts without a port get the usual one.
func (s Secrets) storeParts(subject string, e *v1alpha1.ExternalStore, usualPort string, schemes ...string) (parts storeParts, problem *Problem) {
	name := e.SecretRef.Name
	uri := v1alpha1.SecretKeyReference{Name: name, Key: "uri"}
	entry := func(key string) string { return string(s.Key(v1alpha1.SecretKeyReference{Name: name, Key: key})) }
	if text := string(s.Key(uri)); text != "" {
		// The parser's own message would quote the URI, and with it the password.
		parts, ok := parseStore(text)
		if scheme, _, _ := strings.Cut(text, "://"); !slices.Contains(schemes, strings.ToLower(scheme)) {
			return parts, invalid("%s: key \"uri\" in Secret %q must be a URL that begins with %s://.", subject, name, schemes[0])
		}
		if !ok {
			return parts, invalid("%s: key \"uri\" in Secret %q is no URL. "+
				"In the user and the password, what means something in a URL is written %%40 for @, %%2F for /, %%3A for :, %%23 for # and so on.", subject, name)
		}
		return parts.withPort(usualPort), nil
	}
	if entry("host") == "" {
		return parts, s.missing(subject, uri).with(`Alternatively the keys "host", "port", "username", "password" and "database".`)
	}
	parts.url = url.URL{Scheme: schemes[0], Path: "/" + cmp.Or(entry("database"), entry("dbname"))}
	parts.hosts = strings.Split(entry("host"), ",")
	parts = parts.withPort(cmp.Or(entry("port"), usualPort))
	if user, password := entry("username"), entry("password"); user != "" || password != "" {
		parts.url.User = url.UserPassword(user, password)
	}
	if !parts.sound() {
		return parts, invalid("%s: keys \"host\" and \"port\" in Secret %q must be names or addresses, separated by commas, and a number.", subject, name)
	}
	return parts, nil
}

// fileParameters are those that name a file: whoever writes the Secret would have the operator read its own.
func fileParameters() []string {
	return []string{"sslcert", "sslkey", "sslrootcert", "passfile", "service", "servicefile"}
}

// postgres returns where a PostgreSQL is. Of several hosts it is the one that takes writes. files says whether the URI may name files.
func (s Secrets) postgres(subject string, e *v1alpha1.ExternalStore, files bool) (StoreAddress, *Problem) {
	parts, problem := s.storeParts(subject, e, "5432", "postgres", "postgresql")
	if problem != nil {
		return StoreAddress{}, problem
	}
	query := parts.url.Query()
	for _, p := range fileParameters() {
		if query.Has(p) && !files && query.Get(p) != "system" {
			return StoreAddress{}, storeSubject{subject, string(e.SecretRef.Name)}.invalid(
				"names a file with %q, and there is none where the gateway runs. Certificates to verify the server with go into external.caBundleSecretRef.", p)
		}
	}
	ca, problem := s.storeCA(subject, e)
	if problem != nil {
		return StoreAddress{}, problem
	}
	if len(parts.hosts) > 1 && !query.Has("target_session_attrs") {
		query.Set("target_session_attrs", "read-write")
		parts.url.RawQuery = query.Encode()
	}
	// It goes on as it was written where there is nothing to add.
	if text := s.Key(v1alpha1.SecretKeyReference{Name: e.SecretRef.Name, Key: "uri"}); text != nil && len(parts.hosts) == 1 {
		return StoreAddress{URI: string(text), CA: ca}, nil
	}
	return StoreAddress{URI: parts.all(), CA: ca}, nil
}
