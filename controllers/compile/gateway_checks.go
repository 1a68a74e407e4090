package compile

import (
	"fmt"
	"net/url"
	"slices"

	"github.com/fairlead-dev/fairlead/api/v1alpha1"
)

// checkGateway finds what the schema admits and no gateway could serve. The first thing found decides.
func checkGateway(in GatewayInput) *Problem {
	spec := &in.Gateway.Spec
	if d := spec.Defaults; d != nil {
		if problem := checkTimeouts("spec.defaults.timeouts", d.Timeouts); problem != nil {
			return problem
		}
		if problem := checkCache("spec.defaults.cache", d.Cache); problem != nil {
			return problem
		}
	}
	if problem := checkBudgets(in); problem != nil {
		return problem
	}
	if problem := checkAutoscaling(spec); problem != nil {
		return problem
	}
	if problem := checkBackup(spec.Postgres); problem != nil {
		return problem
	}
	return checkPolicy(spec.AllowedNamespaces)
}

// checkBudgets: what was spent is added up in PostgreSQL. A budget that nobody adds up would bound nothing.
func checkBudgets(in GatewayInput) *Problem {
	spec := &in.Gateway.Spec
	if len(spec.Budgets) > 0 && !used(spec.Postgres.AsStore()) && !in.OwnLedger {
		return invalid("spec.budgets needs PostgreSQL, where spend is added up, and spec.postgres.mode is Disabled. Set it to Managed or External, or remove spec.budgets.")
	}
	for i := range spec.Budgets {
		path := fmt.Sprintf("spec.budgets[%s].keySelector", spec.Budgets[i].Name)
		if problem := checkSelector(path, spec.Budgets[i].KeySelector); problem != nil {
			return problem
		}
	}
	return nil
}

// used says whether a store is wanted.
func used(s *v1alpha1.Store) bool {
	return s != nil && s.Mode != v1alpha1.StoreDisabled && s.Mode != ""
}

// shortestUserToken is the least length of a secret that HMAC-SHA256 signs with, in bytes: that of its output.
// Source: https://www.rfc-editor.org/rfc/rfc7518#section-3.2
const shortestUserToken = 32

// UserToken returns the secret that ref names exactly as it is stored: whoever signs with it reads the same bytes. It is nil where
// there is none, and where it is too short to sign anything.
func (s Secrets) UserToken(ref *v1alpha1.SecretKeyReference) []byte {
	if ref == nil || len(s[string(ref.Name)][entryOf(*ref)]) < shortestUserToken {
		return nil
	}
	return s[string(ref.Name)][entryOf(*ref)]
}

// userToken finds what keeps the secret that ref names from being signed with.
func (s Secrets) userToken(subject string, ref *v1alpha1.SecretKeyReference) *Problem {
	if ref == nil {
		return nil
	}
	if problem := s.missing(subject, *ref); problem != nil {
		return problem
	}
	mistake := ""
	if s.UserToken(ref) == nil {
		mistake = "a secret that tokens are signed with must be at least 32 bytes long"
	}
	return unusable(subject, *ref, mistake)
}

// checkGatewaySecrets finds the first Secret that the gateway cannot use, and says which will not be usable for long.
func checkGatewaySecrets(in GatewayInput) (notice string, problem *Problem) {
	subject := fmt.Sprintf("Gateway %s/%s", in.Gateway.Namespace, in.Gateway.Name)
	if problem := checkKeysAndStores(in, subject); problem != nil {
		return "", problem
	}
	return checkListener(in, subject)
}

func checkKeysAndStores(in GatewayInput, subject string) *Problem {
	g := in.Gateway
	if ref := g.Spec.Keys.MasterKeySecretRef; ref != nil {
		if problem := in.Secrets.missing(subject, *ref); problem != nil {
			return problem
		}
	}
	if problem := in.Secrets.userToken(subject, g.Spec.Keys.UserTokenSecretRef); problem != nil {
		return problem
	}
	for _, s := range []struct {
		name    string
		store   *v1alpha1.Store
		schemes []string
	}{
		{"redis", g.Spec.Redis, redisSchemes()},
		{"postgres", g.Spec.Postgres.AsStore(), postgresSchemes()},
	} {
		if s.store == nil || s.store.External == nil {
			continue
		}
		if problem := in.Secrets.storeURI(subject+" (spec."+s.name+")", string(s.store.External.SecretRef.Name), s.schemes); problem != nil {
			return problem
		}
	}
	return nil
}

func redisSchemes() []string { return []string{"redis", "rediss"} }

func postgresSchemes() []string { return []string{"postgres", "postgresql"} }

// SaysRedis says whether a Secret says where a Redis is.
func (s Secrets) SaysRedis(name string) bool { return s.storeURI("", name, redisSchemes()) == nil }

// SaysPostgres says whether a Secret says where a PostgreSQL is.
func (s Secrets) SaysPostgres(name string) bool {
	return s.storeURI("", name, postgresSchemes()) == nil
}

// storeURI finds what keeps a Secret from saying where a store is: it has to hold `uri`, or at least `host`.
func (s Secrets) storeURI(subject, name string, schemes []string) *Problem {
	uri := v1alpha1.SecretKeyReference{Name: v1alpha1.ObjectName(name), Key: "uri"}
	host := v1alpha1.SecretKeyReference{Name: v1alpha1.ObjectName(name), Key: "host"}
	if s.Key(uri) == nil {
		if s.Key(host) != nil {
			return nil
		}
		return s.missing(subject, uri).with(`Alternatively the keys "host", "port", "username", "password" and "database".`)
	}
	// The parser's own message would quote the URI, and with it the password.
	u, err := url.Parse(string(s.Key(uri)))
	if err != nil || u.Host == "" || !slices.Contains(schemes, u.Scheme) {
		return invalid("%s: key \"uri\" in Secret %q must be a URL that begins with %s://.", subject, name, schemes[0])
	}
	return nil
}
