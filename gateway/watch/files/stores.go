package files

import (
	"fmt"
	"net/url"
	"slices"
	"strings"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"

	"github.com/fairlead-dev/fairlead/api/v1alpha1"
	"github.com/fairlead-dev/fairlead/controllers/compile"
)

// RedisVariable is the environment variable that holds the URI of the Redis where the Gateway names no Secret with one.
const RedisVariable = "REDIS_URL"

// stores are what a Gateway's Secrets say besides the master key.
type stores struct {
	// credentials are entries as the credentials Secret of a cluster has them.
	credentials map[string][]byte
	problems    []storeProblem
}

// storeProblem is what keeps one Secret from being used. The gateway serves without it.
type storeProblem struct {
	// where is the file or the variable at fault; empty where it is the manifest of the Gateway.
	where, message string
}

// localGateway is a Gateway as it is without a cluster: one process, and no store that an operator would have to run.
func localGateway(name types.NamespacedName, manifest *object, mode v1alpha1.KeysMode) *v1alpha1.Gateway {
	g := &v1alpha1.Gateway{ObjectMeta: metav1.ObjectMeta{Namespace: name.Namespace, Name: name.Name}}
	if manifest != nil {
		g = manifest.gateway.DeepCopy()
	}
	g.Spec.Keys.Mode = mode
	g.Spec.Replicas = new(int32(1))
	// Which certificate this machine shows is said on the command line.
	g.Spec.TLS = nil
	if g.Spec.Redis != nil && g.Spec.Redis.Mode != v1alpha1.StoreExternal {
		g.Spec.Redis = nil
	}
	if g.Spec.Postgres != nil && g.Spec.Postgres.Mode != v1alpha1.StoreExternal {
		g.Spec.Postgres = nil
	}
	return g
}

// stores reads what the Secrets of g say, and takes out of g what cannot be used.
func (o *Options) stores(g *v1alpha1.Gateway, secrets secrets) stores {
	s := stores{credentials: map[string][]byte{}}
	if ref := g.Spec.Keys.UserTokenSecretRef; ref != nil {
		only := v1alpha1.GatewaySpec{Keys: v1alpha1.Keys{UserTokenSecretRef: ref}}
		if own, ok := s.judge(g, only, secrets, "spec.keys.userTokenSecretRef", need{ref.Name, []string{ref.Key}}); ok {
			s.credentials[v1alpha1.CredentialUserToken] = own.UserToken(ref)
		} else {
			g.Spec.Keys.UserTokenSecretRef = nil
		}
	}
	if g.Spec.Redis != nil {
		redis := storeKind{path: "spec.redis", uri: v1alpha1.CredentialRedis, ca: v1alpha1.CredentialRedisCA, address: compile.Secrets.Redis}
		if !s.external(g, v1alpha1.GatewaySpec{Redis: g.Spec.Redis}, secrets, g.Spec.Redis, redis) {
			g.Spec.Redis = nil
		}
	} else if uri, _ := o.Getenv(RedisVariable); strings.TrimSpace(uri) != "" {
		g.Spec.Redis = s.variable(strings.TrimSpace(uri))
	}
	if g.Spec.Postgres != nil {
		postgres := storeKind{path: "spec.postgres", uri: v1alpha1.CredentialPostgres, ca: v1alpha1.CredentialPostgresCA, address: localPostgres}
		if !s.external(g, v1alpha1.GatewaySpec{Postgres: g.Spec.Postgres}, secrets, g.Spec.Postgres.AsStore(), postgres) {
			g.Spec.Postgres = nil
		}
	}
	return s
}

// storeKind is what the two kinds of stores differ in. uri and ca are entries of the credentials.
type storeKind struct {
	path, uri, ca string
	address       func(compile.Secrets, *v1alpha1.ExternalStore) (compile.StoreAddress, bool)
}

// localPostgres: a gateway of these manifests runs beside the files that the URI names.
func localPostgres(s compile.Secrets, e *v1alpha1.ExternalStore) (compile.StoreAddress, bool) {
	return s.Postgres(e, true)
}

// external notes where a store is, and says whether its Secrets tell. only is a spec with nothing but the store.
func (s *stores) external(g *v1alpha1.Gateway, only v1alpha1.GatewaySpec, secrets secrets, store *v1alpha1.Store, kind storeKind) bool {
	e := store.External
	needed := []need{{e.SecretRef.Name, []string{"uri", "host", "port", "username", "password", "database", "dbname"}}}
	if e.CABundleSecretRef != nil {
		needed = append(needed, need{e.CABundleSecretRef.Name, []string{e.CABundleSecretRef.Key}})
	}
	if e.Sentinel != nil && e.Sentinel.PasswordSecretRef != nil {
		needed = append(needed, need{e.Sentinel.PasswordSecretRef.Name, []string{e.Sentinel.PasswordSecretRef.Key}})
	}
	own, ok := s.judge(g, only, secrets, kind.path, needed...)
	if !ok {
		return false
	}
	address, ok := kind.address(own, e)
	s.credentials[kind.uri] = []byte(address.URI)
	if address.CA != "" {
		s.credentials[kind.ca] = []byte(address.CA)
	}
	return ok
}

// need is a Secret that a part of a Gateway names, and the entries that it may be asked for.
type need struct {
	secret  v1alpha1.ObjectName
	entries []string
}

// judge returns the Secrets that a part of g needs. ok is false where they cannot be used, and the reason is kept.
func (s *stores) judge(
	g *v1alpha1.Gateway, only v1alpha1.GatewaySpec, secrets secrets, path string, needed ...need,
) (own compile.Secrets, ok bool) {
	names := make([]string, len(needed))
	for i, n := range needed {
		names[i] = string(n.secret)
		if variable := secrets.unset(g.Namespace, n.secret, n.entries...); variable != "" {
			s.problems = append(s.problems, storeProblem{message: fmt.Sprintf("%s: expected a value in $%s, found none; serving without", path, variable)})
			return nil, false
		}
	}
	own = secrets.of(g.Namespace, names...)
	alone := &v1alpha1.Gateway{ObjectMeta: metav1.ObjectMeta{Namespace: g.Namespace, Name: g.Name}, Spec: only}
	if problem := compile.Gateway(compile.GatewayInput{Gateway: alone, Secrets: own, OwnLedger: true}).ResolvedRefs; problem != nil {
		s.problems = append(s.problems, storeProblem{message: path + ": " + problem.Message + " Serving without."})
		return nil, false
	}
	return own, true
}

// variable takes the Redis of the environment. No message contains the URI, which may hold a password.
func (s *stores) variable(uri string) *v1alpha1.Store {
	u, err := url.Parse(uri)
	if err != nil || u.Host == "" || !slices.Contains(redisSchemes(), u.Scheme) {
		s.problems = append(s.problems, storeProblem{"$" + RedisVariable, "expected a URL that begins with redis://, found something else; serving without"})
		return nil
	}
	s.credentials[v1alpha1.CredentialRedis] = []byte(uri)
	return &v1alpha1.Store{Mode: v1alpha1.StoreExternal}
}

// redisSchemes are those of the variable. There is no spec beside it, so that its URI says by itself what it leads to: see stores.NewRedis.
func redisSchemes() []string {
	return []string{"redis", "rediss", "redis+cluster", "rediss+cluster"}
}

// located places the problems. gateway is the manifest; nil where there is none.
func (s *stores) located(gateway *object) []Problem {
	problems := make([]Problem, len(s.problems))
	for i, p := range s.problems {
		problems[i] = Problem{File: p.where, Message: p.message}
		if p.where == "" && gateway != nil {
			problems[i] = Problem{File: gateway.file, Line: gateway.line, Object: gateway.String(), Message: p.message}
		}
	}
	return problems
}
