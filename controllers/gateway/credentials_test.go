package gateway

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/fairlead-dev/fairlead/api/v1alpha1"
	"github.com/fairlead-dev/fairlead/controllers/compile"
	"github.com/fairlead-dev/fairlead/controllers/internal/testkit"
	"github.com/fairlead-dev/fairlead/controllers/render"
	"github.com/fairlead-dev/fairlead/controllers/secrets"
)

func TestCredentials(t *testing.T) {
	const openai, pepper = "provider.ai.openai", "0123456789abcdef0123456789abcdef"
	good := compile.Secrets{"openai": {"api-key": []byte("k\n")}}
	refused := func(p *v1alpha1.ModelProvider) { p.Spec.Auth.Header = "Host" }
	for name, tc := range map[string]struct {
		reason string
		key    string
		// userToken and redis as they go in.
		userToken, redis string
		grants           []grant
		last             map[string][]byte
		want             map[string]string
	}{
		"PepperOnly": {want: map[string]string{"pepper": pepper}},
		"MasterKey": {
			reason: "HMAC-SHA256 of `sk-test` under the pepper, by openssl", key: "sk-test",
			want: map[string]string{"pepper": pepper, "key.master": "310ea4895063ab88c7e551dadf3320c18b10d65fa661562689488a60c2e5359d"},
		},
		"Provider": {
			reason: "white space around a key is not part of it",
			grants: []grant{{provider: testkit.OpenAI("ai", "openai"), secrets: good}},
			want:   map[string]string{"pepper": pepper, openai: "k"},
		},
		"SecretGone": {
			reason: "a key that was taken away is not used any more",
			grants: []grant{{provider: testkit.OpenAI("ai", "openai"), secrets: nil}}, last: map[string][]byte{openai: []byte("old")},
			want: map[string]string{"pepper": pepper},
		},
		"NotAccepted": {
			reason: "a new key must not go to an old address",
			grants: []grant{{provider: testkit.OpenAI("ai", "openai", refused), secrets: good}}, last: map[string][]byte{openai: []byte("old")},
			want: map[string]string{"pepper": pepper, openai: "old"},
		},
		"NotAcceptedAndSecretGone": {
			reason: "a typo does not keep a key that was taken away",
			grants: []grant{{provider: testkit.OpenAI("ai", "openai", refused), secrets: nil}}, last: map[string][]byte{openai: []byte("old")},
			want: map[string]string{"pepper": pepper},
		},
		"UserTokenAndRedis": {
			userToken: "t\n", redis: "redis://h/0",
			want: map[string]string{"pepper": pepper, "user-token": "t\n", "redis.uri": "redis://h/0"},
		},
		"NotUsedAnyMore": {last: map[string][]byte{openai: []byte("old")}, want: map[string]string{"pepper": pepper}},
	} {
		t.Run(name, func(t *testing.T) {
			got := map[string]string{}
			c := contents{
				pepper: []byte(pepper), masterKey: []byte(tc.key), userToken: []byte(tc.userToken),
				redis: compile.StoreAddress{URI: tc.redis}, grants: tc.grants, last: tc.last,
			}
			for k, v := range c.entries() {
				got[k] = string(v)
			}
			if diff := cmp.Diff(tc.want, got); diff != "" {
				t.Errorf("%s (-want +got):\n%s", tc.reason, diff)
			}
		})
	}
}

// TestPepperIsLongEnough: a short one, as an empty or edited Secret has, is replaced; a good one is kept.
func TestPepperIsLongEnough(t *testing.T) {
	for name, entries := range map[string]map[string][]byte{"None": nil, "Short": {"pepper": []byte("short")}} {
		if got := pepperOf(entries); len(got) < secrets.RandomBytes {
			t.Errorf("%s: the pepper has %d bytes", name, len(got))
		}
	}
	long := []byte("0123456789abcdef0123456789abcdef")
	if got := pepperOf(map[string][]byte{"pepper": long}); string(got) != string(long) {
		t.Error("a good pepper was replaced")
	}
}

// TestStoreURIs: a managed store is where its Service is, an external one where its Secret says, and nowhere where that does not.
func TestStoreURIs(t *testing.T) {
	external := func(secret string) *v1alpha1.Store {
		return &v1alpha1.Store{Mode: v1alpha1.StoreExternal, External: &v1alpha1.ExternalStore{
			SecretRef: v1alpha1.SecretReference{Name: v1alpha1.ObjectName(secret)},
		}}
	}
	s := surroundings{secrets: compile.Secrets{
		"uri":   {"uri": []byte("rediss://:p@h:6380/1?skip_verify=true\n"), "host": []byte("other")},
		"parts": {"host": []byte("pg"), "username": []byte("u"), "password": []byte("p/@ :"), "database": []byte("d")},
		"wrong": {"uri": []byte("https://h")},
	}}
	for name, tc := range map[string]struct {
		redis, postgres         *v1alpha1.Store
		wantRedis, wantPostgres string
	}{
		"None":     {},
		"Disabled": {redis: &v1alpha1.Store{Mode: v1alpha1.StoreDisabled}, postgres: &v1alpha1.Store{Mode: v1alpha1.StoreDisabled}},
		"Managed": {
			&v1alpha1.Store{Mode: v1alpha1.StoreManaged},
			&v1alpha1.Store{Mode: v1alpha1.StoreManaged},
			"redis://default:r%2F@main-redis.ai.svc.cluster.local:6379/0",
			"postgresql://postgres:p%40@main-postgres.ai.svc.cluster.local:5432/postgres",
		},
		"External": {
			external("uri"),
			external("parts"),
			"rediss://:p@h:6380/1?skip_verify=true", "postgres://u:p%2F%40%20%3A@pg:5432/d",
		},
		"OfAnotherKind": {redis: external("wrong"), postgres: external("uri")},
		"SecretGone":    {redis: external("gone"), postgres: external("gone")},
	} {
		t.Run(name, func(t *testing.T) {
			g := testkit.Gateway("ai", "main", func(g *v1alpha1.Gateway) {
				g.Spec.Redis = tc.redis
				if tc.postgres != nil {
					g.Spec.Postgres = &v1alpha1.Postgres{Store: *tc.postgres}
				}
			})
			in := render.GatewayInput{
				Gateway: g, Installation: render.Installation{ClusterDomain: "cluster.local"}, RedisPassword: render.Password{Value: "r/"}, PostgresPassword: render.Password{Value: "p@"},
			}
			if got := s.redisAddress(in).URI; got != tc.wantRedis {
				t.Errorf("redis is at %q, want %q", got, tc.wantRedis)
			}
			if got := s.postgresAddress(in).URI; got != tc.wantPostgres {
				t.Errorf("postgres is at %q, want %q", got, tc.wantPostgres)
			}
		})
	}
}

// TestStoresOfABrokenSpec: the configuration that goes on being served has the stores that it was served with.
func TestStoresOfABrokenSpec(t *testing.T) {
	g := testkit.Gateway("ai", "main")
	broken := compile.GatewayResult{Accepted: &compile.Problem{}}
	s := surroundings{secrets: compile.Secrets{"main-credentials": {"postgres.uri": []byte("postgres://h/d")}}}
	if got := string(s.input(g, render.Installation{}, broken).Credentials[v1alpha1.CredentialPostgres]); got != "postgres://h/d" {
		t.Errorf("postgres of a broken spec is at %q", got)
	}
	if got, there := s.input(g, render.Installation{}, compile.GatewayResult{}).Credentials[v1alpha1.CredentialPostgres]; there {
		t.Errorf("postgres of a spec that wants none is at %q", got)
	}
}
