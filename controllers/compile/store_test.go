package compile_test

import (
	"net/url"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/fairlead-dev/fairlead/api/v1alpha1"
	"github.com/fairlead-dev/fairlead/controllers/compile"
)

// anyCA is a certificate of nobody, for what has to be one.
const anyCA = `-----BEGIN CERTIFICATE-----
MIIBMjCB5aADAgECAhRVP7xgs9d8iInRw7qqX0LBNU+OBTAFBgMrZXAwDzENMAsG
A1UEAwwEdGVzdDAeFw0yNjExMjMwNjIxNDNaFw0zNjExMjAwNjIxNDNaMA8xDTAL
BgNVBAMMBHRlc3QwKjAFBgMrZXADIQDnqvvrkAiGs73AXP9zItroC9XXnCaB/lgc
6i2tX3YL/KNTMFEwHQYDVR0OBBYEFADs0kH8YlBNv6com/wNWP3gDtqnMB8GA1Ud
IwQYMBaAFADs0kH8YlBNv6com/wNWP3gDtqnMA8GA1UdEwEB/wQFMAMBAf8wBQYD
K2VwA0EATCuKOR2jOIKcCdrybvxBuMX/7BdPjAQigKhPJ0LJRyReJEa6UEuys+i6
eSho9wdQ8ucG+5+sisk/PRHmuJU3AQ==
-----END CERTIFICATE-----`

// external reads where a store is said to be: the entries of its Secret, in the Secret "store", and in "extra" what else is named.
func external(entries map[string]string, edit func(*v1alpha1.ExternalStore)) (*v1alpha1.ExternalStore, compile.Secrets) {
	e := &v1alpha1.ExternalStore{SecretRef: v1alpha1.SecretReference{Name: "store"}}
	if edit != nil {
		edit(e)
	}
	secrets := compile.Secrets{"store": {}, "extra": {"password": []byte("canary-s"), "ca.crt": []byte(anyCA)}}
	for k, v := range entries {
		secrets["store"][k] = []byte(v)
	}
	return e, secrets
}

func sentinel(e *v1alpha1.ExternalStore) {
	e.Sentinel = &v1alpha1.RedisSentinel{MasterName: "main"}
}

func guardedSentinel(e *v1alpha1.ExternalStore) {
	sentinel(e)
	e.Sentinel.PasswordSecretRef = &v1alpha1.SecretKeyReference{Name: "extra", Key: "password"}
}

func cluster(e *v1alpha1.ExternalStore) { e.Cluster = true }

func withCA(e *v1alpha1.ExternalStore) {
	e.CABundleSecretRef = &v1alpha1.SecretKeyReference{Name: "extra", Key: "ca.crt"}
}

func TestRedisAddress(t *testing.T) {
	for name, tc := range map[string]struct {
		entries map[string]string
		edit    func(*v1alpha1.ExternalStore)
		want    string
	}{
		"URI":      {map[string]string{"uri": "redis://h\n", "host": "other"}, nil, "redis://h:6379"},
		"HostOnly": {map[string]string{"host": "h\n"}, nil, "redis://h:6379/"},
		"All": {
			map[string]string{"host": "h", "port": "1", "username": "u", "password": "p/@", "database": "2"},
			nil,
			"redis://u:p%2F%40@h:1/2",
		},
		"IPv6":    {map[string]string{"host": "fd00::1"}, nil, "redis://[fd00::1]:6379/"},
		"CA":      {map[string]string{"uri": "redis://:p@h/1"}, withCA, "rediss://:p@h:6379/1"},
		"Cluster": {map[string]string{"host": "h, i:7000", "password": "p"}, cluster, "redis+cluster://:p@h:6379/?addr=i%3A7000"},
		"ClusterURI": {
			map[string]string{"uri": "rediss://u:p@h:7000,i:7000,j/0?protocol=2"},
			cluster,
			"rediss+cluster://u:p@h:7000/0?addr=i%3A7000&addr=j%3A6379&protocol=2",
		},
		"ClusterEndpoint": {map[string]string{"uri": "rediss://clustercfg.example:6379"}, cluster, "rediss+cluster://clustercfg.example:6379"},
		"Sentinel":        {map[string]string{"host": "h,i"}, sentinel, "redis://h:26379/?addr=i%3A26379&master_name=main"},
		"SentinelPasswords": {
			map[string]string{"uri": "redis://u:p%3F@h,i:1/3"},
			guardedSentinel,
			"redis://:canary-s@h:26379/3?addr=i%3A1&master_name=main&password=p%3F&username=u",
		},
	} {
		t.Run(name, func(t *testing.T) {
			e, secrets := external(tc.entries, tc.edit)
			got, ok := secrets.Redis(e)
			if diff := cmp.Diff(tc.want, got.URI); diff != "" || !ok {
				t.Errorf("ok = %v, URI (-want +got):\n%s", ok, diff)
			}
			if want := e.CABundleSecretRef != nil; want != (got.CA != "") {
				t.Errorf("CA = %q, want one: %v", got.CA, want)
			}
		})
	}
}

func TestPostgresAddress(t *testing.T) {
	for name, tc := range map[string]struct {
		entries map[string]string
		files   bool
		want    string
	}{
		"URI":           {map[string]string{"uri": "postgresql://u:p@h/db?sslmode=require"}, false, "postgresql://u:p@h/db?sslmode=require"},
		"CloudNativePG": {map[string]string{"host": "h", "port": "5432", "username": "u", "password": "p", "dbname": "db"}, false, "postgres://u:p@h:5432/db"},
		"SeveralHosts":  {map[string]string{"host": "h,i:1", "database": "db"}, false, "postgres://h:5432,i:1/db?target_session_attrs=read-write"},
		"SeveralHostsURI": {
			map[string]string{"uri": "postgres://u:p@h:1,i/db?sslmode=require"},
			false,
			"postgres://u:p@h:1,i:5432/db?sslmode=require&target_session_attrs=read-write",
		},
		"AnyHost": {
			map[string]string{"uri": "postgres://h,i/db?target_session_attrs=any"}, false, "postgres://h:5432,i:5432/db?target_session_attrs=any",
		},
		"SystemCA": {map[string]string{"uri": "postgres://h/db?sslrootcert=system"}, false, "postgres://h/db?sslrootcert=system"},
		"Files":    {map[string]string{"uri": "postgres://h/db?sslrootcert=/ca.crt"}, true, "postgres://h/db?sslrootcert=/ca.crt"},
	} {
		t.Run(name, func(t *testing.T) {
			e, secrets := external(tc.entries, nil)
			got, ok := secrets.Postgres(e, tc.files)
			if diff := cmp.Diff(tc.want, got.URI); diff != "" || !ok {
				t.Errorf("ok = %v, URI (-want +got):\n%s", ok, diff)
			}
		})
	}
}

// TestStoresThatCannotBeUsed: what is wrong is said, and no secret.
func TestStoresThatCannotBeUsed(t *testing.T) {
	const redis, postgres = "Gateway ai/main (spec.redis)", "Gateway ai/main (spec.postgres)"
	const noURL = `: key "uri" in Secret "store" is no URL. ` +
		`In the user and the password, what means something in a URL is written %40 for @, %2F for /, %3A for :, %23 for # and so on.`
	for name, tc := range map[string]struct {
		entries map[string]string
		edit    func(*v1alpha1.ExternalStore)
		want    string
	}{
		"RedisSeveralHosts": {
			map[string]string{"uri": "redis://:canary@h,i"},
			nil,
			redis + `: Secret "store" names 2 hosts. Set external.sentinel or external.cluster, or name one.`,
		},
		"RedisParameter": {
			map[string]string{"uri": "redis://:canary@h?master_name=main"},
			nil,
			redis + `: Secret "store" has the parameter "master_name" in "uri". List the hosts, separated by commas, and set external.sentinel or external.cluster.`,
		},
		"ClusterDatabase": {
			map[string]string{"host": "h", "database": "1"},
			cluster,
			redis + `: Secret "store" names a database, and a Redis Cluster has none but 0. Leave it out.`,
		},
		"ClusterScheme": {
			map[string]string{"uri": "redis+cluster://:canary@h"},
			cluster,
			redis + `: key "uri" in Secret "store" must be a URL that begins with redis://.`,
		},
		"Port": {
			map[string]string{"host": "h", "port": "canary"},
			nil,
			redis + `: keys "host" and "port" in Secret "store" must be names or addresses, separated by commas, and a number.`,
		},
		"EmptyHost":       {map[string]string{"uri": "redis://:canary@h,,i"}, cluster, redis + noURL},
		"HashInPassword":  {map[string]string{"uri": "redis://:ca#nary@h"}, nil, redis + noURL},
		"SlashInPassword": {map[string]string{"uri": "postgres://u:ca/nary@h/db"}, nil, postgres + noURL},
		"SentinelPassword": {
			map[string]string{"host": "h"},
			func(e *v1alpha1.ExternalStore) {
				guardedSentinel(e)
				e.Sentinel.PasswordSecretRef.Name = "nowhere"
			},
			redis + ` needs key "password" in Secret "nowhere"; no such Secret exists in its namespace. Create it.`,
		},
		"CA": {
			map[string]string{"host": "h"},
			func(e *v1alpha1.ExternalStore) {
				withCA(e)
				e.CABundleSecretRef.Key = "password"
			},
			redis + ` cannot use key "password" in Secret "extra": it holds no PEM certificate.`,
		},
		"PostgresFile": {
			map[string]string{"uri": "postgres://u:canary@h/db?sslrootcert=/etc/ca.crt"},
			nil,
			postgres + `: Secret "store" names a file with "sslrootcert", and there is none where the gateway runs. Certificates to verify the server with go into external.caBundleSecretRef.`,
		},
	} {
		t.Run(name, func(t *testing.T) {
			e, secrets := external(tc.entries, tc.edit)
			g := &v1alpha1.Gateway{ObjectMeta: metav1.ObjectMeta{Namespace: "ai", Name: "main"}}
			store := v1alpha1.Store{Mode: v1alpha1.StoreExternal, External: e}
			if strings.HasPrefix(tc.want, postgres) {
				g.Spec.Postgres = &v1alpha1.Postgres{Store: store}
			} else {
				g.Spec.Redis = &store
			}
			problem := compile.Gateway(compile.GatewayInput{Gateway: g, Secrets: secrets}).ResolvedRefs
			if problem == nil {
				t.Fatal("got no problem")
			}
			if diff := cmp.Diff(tc.want, problem.Message); diff != "" {
				t.Errorf("message (-want +got):\n%s", diff)
			}
		})
	}
}

// TestGatewaySecretsOfStores: everything that a store's address is made of is gathered.
func TestGatewaySecretsOfStores(t *testing.T) {
	e, _ := external(nil, func(e *v1alpha1.ExternalStore) {
		guardedSentinel(e)
		e.CABundleSecretRef = &v1alpha1.SecretKeyReference{Name: "authority"}
	})
	g := &v1alpha1.Gateway{Spec: v1alpha1.GatewaySpec{Redis: &v1alpha1.Store{Mode: v1alpha1.StoreExternal, External: e}}}
	if diff := cmp.Diff([]string{"store", "authority", "extra"}, compile.GatewaySecretsOf(g)); diff != "" {
		t.Errorf("Secrets (-want +got):\n%s", diff)
	}
}

// FuzzStoreAddress: whatever a Secret says, the address is one that the parser of URLs takes, or there is none.
func FuzzStoreAddress(f *testing.F) {
	f.Add("redis://u:p@h:1,i:2/0?protocol=2", "h,i:2", "1")
	f.Add("rediss://[::1]", "::1", "")
	f.Add("redis://@,", ",", "99999")
	f.Add("redis:://h?/", "h", "1")
	f.Fuzz(func(t *testing.T, uri, host, port string) {
		for _, entries := range []map[string]string{{"uri": uri}, {"host": host, "port": port}} {
			for _, edit := range []func(*v1alpha1.ExternalStore){nil, sentinel, cluster} {
				e, secrets := external(entries, edit)
				a, ok := secrets.Redis(e)
				if !ok {
					continue
				}
				if u, err := url.Parse(a.URI); err != nil || u.Hostname() == "" || !strings.HasPrefix(u.Scheme, "redis") {
					t.Errorf("%q is no address: %v", a.URI, err)
				}
			}
		}
	})
}
