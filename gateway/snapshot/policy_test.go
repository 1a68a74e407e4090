package snapshot

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"k8s.io/apimachinery/pkg/labels"

	"github.com/fairlead-dev/fairlead/api/v1alpha1"
)

func TestBuildModelPolicy(t *testing.T) {
	r := testRoute("chat")
	r.Strategy = v1alpha1.StrategyLowestCost
	r.Cache = &v1alpha1.CachePolicy{Mode: v1alpha1.CacheExact, TTL: "1h", Scope: v1alpha1.CacheScopeGateway, MaxBytes: 4096}
	r.RateLimits = []v1alpha1.RateLimit{{Name: "busy", Per: v1alpha1.LimitPerTarget, Parallel: 4}}
	r.AllowedKeys = selecting(map[string]string{"team": "a"})
	r.Targets[0].Pricing = &v1alpha1.Pricing{InputPerMillionTokens: "1"}
	m := Build(testInput(testAlias("main", r)), nil, testProtocols()).Models["chat"]
	if m == nil {
		t.Fatal("no model")
	}
	if diff := cmp.Diff(&Cache{TTL: time.Hour, Scope: v1alpha1.CacheScopeGateway, MaxBytes: 4096}, m.Cache); diff != "" {
		t.Errorf("Cache (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]*Limit{{ID: "alias/team-a/main/busy", Name: "busy", Per: v1alpha1.LimitPerTarget, Parallel: 4}}, m.Limits); diff != "" {
		t.Errorf("Limits (-want +got):\n%s", diff)
	}
	if m.Strategy != v1alpha1.StrategyLowestCost || !m.Tiers[0][0].Price.Known {
		t.Errorf("strategy %s, price %+v: want those of the route", m.Strategy, m.Tiers[0][0].Price)
	}
	if !m.AllowedKeys.Matches(labels.Set{"team": "a"}) || m.AllowedKeys.Matches(labels.Set{"team": "b"}) {
		t.Errorf("AllowedKeys %v: want team a only", m.AllowedKeys)
	}
}

func TestBuildRejectsModelPolicy(t *testing.T) {
	cache := func(edit func(*v1alpha1.CachePolicy)) func(*v1alpha1.Route) {
		return func(r *v1alpha1.Route) {
			r.Cache = &v1alpha1.CachePolicy{Mode: v1alpha1.CacheExact, TTL: "1h", Scope: v1alpha1.CacheScopeKey, MaxBytes: 1}
			edit(r.Cache)
		}
	}
	cases := map[string]struct {
		edit func(*v1alpha1.Route)
		want string
	}{
		"Strategy":   {func(r *v1alpha1.Route) { r.Strategy = "Astrology" }, `route.strategy: expected one that this gateway knows, found "Astrology"`},
		"Pattern":    {func(r *v1alpha1.Route) { r.Model = "a*b" }, `route.model: expected a name with at most one * at its start or its end, found "a*b"`},
		"TargetStar": {func(r *v1alpha1.Route) { r.Targets[0].Model = "a*" }, "route.targets[cloud].model: expected a name, or one with one *"},
		"Pricing": {
			func(r *v1alpha1.Route) { r.Targets[0].Pricing = &v1alpha1.Pricing{PerRequest: "free"} },
			"route.targets[cloud].pricing.perRequest: expected an amount of dollars",
		},
		"CacheMode":   {cache(func(c *v1alpha1.CachePolicy) { c.Mode = "Fuzzy" }), `route.cache.mode: expected Disabled or Exact, found "Fuzzy"`},
		"CacheTTL":    {cache(func(c *v1alpha1.CachePolicy) { c.TTL = "0s" }), `route.cache.ttl: expected a time of more than 0`},
		"CacheScope":  {cache(func(c *v1alpha1.CachePolicy) { c.Scope = "" }), `route.cache.scope: expected Key or Gateway, found ""`},
		"CacheBytes":  {cache(func(c *v1alpha1.CachePolicy) { c.MaxBytes = 0 }), `route.cache.maxBytes: expected more than 0, found 0`},
		"Limit":       {func(r *v1alpha1.Route) { r.RateLimits = []v1alpha1.RateLimit{{Name: "x"}} }, `route.rateLimits[x].per: expected one of [Key User Alias Target], found ""`},
		"AllowedKeys": {func(r *v1alpha1.Route) { r.AllowedKeys = selecting(map[string]string{"a b": ""}) }, "route.allowedKeys: expected a label selector"},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			bad := testRoute("bad")
			tc.edit(bad)
			s := Build(testInput(testAlias("bad", bad), testAlias("good", testRoute("good"))), nil, testProtocols())
			if r := s.Confirmation.Rejected; len(r) != 1 || r[0].Name != "bad" || !strings.HasPrefix(r[0].Message, tc.want) {
				t.Errorf("Rejected %v, want %q", r, tc.want)
			}
			if len(s.Models) != 1 || s.Models["good"] == nil {
				t.Errorf("got %d models, want only the good one", len(s.Models))
			}
		})
	}
}

func TestCacheDisabled(t *testing.T) {
	r := testRoute("chat")
	r.Cache = &v1alpha1.CachePolicy{Mode: v1alpha1.CacheDisabled}
	if m := Build(testInput(testAlias("chat", r)), nil, testProtocols()).Models["chat"]; m == nil || m.Cache != nil {
		t.Errorf("got %+v, want a model that caches nothing", m)
	}
}

func TestBuildReadsStores(t *testing.T) {
	in := testInput()
	in.Credentials[v1alpha1.CredentialRedis] = []byte("redis://:secret@redis:6379\n")
	in.Credentials[v1alpha1.CredentialPostgres] = []byte("postgres://u:secret@pg/db")
	in.Credentials[v1alpha1.CredentialUserToken] = []byte(strings.Repeat("t", 31) + "\n")
	s := Build(in, nil, testProtocols())
	if want := (Stores{Redis: "redis://:secret@redis:6379", Postgres: "postgres://u:secret@pg/db"}); s.Stores != want {
		t.Errorf("Stores: %v, want %v", s.Stores, want)
	}
	if string(s.UserToken) != strings.Repeat("t", 31)+"\n" {
		t.Errorf("UserToken %q, want it as it is", s.UserToken)
	}
	in.Credentials[v1alpha1.CredentialUserToken] = []byte(strings.Repeat("t", 31))
	if s := Build(in, nil, testProtocols()); s.UserToken != nil {
		t.Errorf("UserToken %q, want none that can be guessed", s.UserToken)
	}
	if s.Config != in.Config {
		t.Error("Config is not that of the input")
	}
	in.Config = nil
	if s := Build(in, nil, testProtocols()); s.Config == nil || s.Config.KeysMode != v1alpha1.KeysRequired {
		t.Errorf("Config %+v, want one that asks for keys", s.Config)
	}
}
