package snapshot

import (
	"fmt"
	"strings"
	"testing"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/fairlead-dev/fairlead/api/v1alpha1"
)

func TestBuildKeepsWhatDidNotChange(t *testing.T) {
	chat, embed := testRoute("chat"), testRoute("embed")
	in := testInput(testAlias("chat", chat), testAlias("embed", embed))
	first := Build(in, nil, testProtocols())

	edited := testRoute("chat", testTarget("other"))
	edited.Revision = "sha256:edited"
	in.Aliases = []Alias{testAlias("embed", embed), testAlias("chat", edited)}
	in.Versions.ModelAliases = "4"
	second := Build(in, first, testProtocols())

	if second.Models["embed"] != first.Models["embed"] {
		t.Error("the unchanged model was built anew")
	}
	if second.Models["chat"] == first.Models["chat"] || second.Models["chat"].Tiers[0][0].Name != "other" {
		t.Error("the changed model was taken over")
	}
	if second.Models["chat"].Tiers[0][0].Upstream != first.Models["chat"].Tiers[0][0].Upstream {
		t.Error("the unchanged upstream was built anew: its connections are lost")
	}
	if second.Digest == first.Digest || second.Confirmation.ModelAliases != "4" {
		t.Errorf("digest %s, version %s: want a new one and 4", second.Digest, second.Confirmation.ModelAliases)
	}
}

func TestDigest(t *testing.T) {
	base := func() Input { return withKeys(testKey("ci", testPolicy(1))) }
	first := Build(base(), nil, testProtocols())
	cases := map[string]struct {
		reason string
		edit   func(*Input)
		same   bool
	}{
		"Nothing":    {"the same input read again", func(*Input) {}, true},
		"Conditions": {"a status write that changes no route", func(in *Input) { in.Versions.ModelAliases = "9" }, true},
		"Progress": {"percent of a pull", func(in *Input) {
			in.Providers[0].Models = []v1alpha1.ModelStatus{{Name: "other", State: v1alpha1.ModelPulling, Percent: 5}}
		}, true},
		"Generation": {"the operator waits for it", func(in *Input) { in.Aliases[0].Route.Generation = 2 }, false},
		"Visibility": {"the model leaves the list", func(in *Input) { in.Aliases[0].Route.Visibility = v1alpha1.VisibilityHidden }, false},
		"Weight":     {"another share of the requests", func(in *Input) { in.Aliases[0].Route.Targets[0].Weight = 2 }, false},
		"URL":        {"another upstream", func(in *Input) { in.Providers[0].Endpoint.URL = "https://example.com" }, false},
		"RotatedKey": {"another credential", func(in *Input) { in.Credentials["provider.ai.openai"] = []byte("sk-other") }, false},
		"RemovedKey": {"no credential", func(in *Input) { delete(in.Credentials, "provider.ai.openai") }, false},
		"MasterKey":  {"another key may call", func(in *Input) { delete(in.Credentials, v1alpha1.CredentialMasterKey) }, false},
		"Config":     {"the operator waits for it", func(in *Input) { in.Config.Revision = "sha256:other" }, false},
		"Strategy":   {"another target", func(in *Input) { in.Aliases[0].Route.Strategy = v1alpha1.StrategyLeastBusy }, false},
		"Price":      {"another cost", func(in *Input) { in.Aliases[0].Route.Targets[0].Pricing = &v1alpha1.Pricing{PerRequest: "1"} }, false},
		"FreePrice":  {"a known price is not an unknown one", func(in *Input) { in.Aliases[0].Route.Targets[0].Pricing = &v1alpha1.Pricing{} }, false},
		"Allowed":    {"other keys", func(in *Input) { in.Aliases[0].Route.AllowedKeys = selecting(map[string]string{"a": "b"}) }, false},
		"AllowedAny": {"no longer the master key's alone", func(in *Input) { in.Aliases[0].Route.AllowedKeys = selecting(nil) }, false},
		"Limit": {"another limit", func(in *Input) {
			in.Aliases[0].Route.RateLimits = []v1alpha1.RateLimit{{Name: "x", Per: v1alpha1.LimitPerKey, Parallel: 1}}
		}, false},
		"Cache": {"answers are kept", func(in *Input) {
			in.Aliases[0].Route.Cache = &v1alpha1.CachePolicy{Mode: v1alpha1.CacheExact, TTL: "1h", Scope: v1alpha1.CacheScopeKey, MaxBytes: 1}
		}, false},
		"NoKey":      {"a key fewer", func(in *Input) { in.Keys = nil }, false},
		"KeyAgain":   {"the same key read again", func(in *Input) { in.Keys[0].Policy = testPolicy(1) }, true},
		"KeyDigest":  {"another key", func(in *Input) { in.Keys[0].Policy.Digest = testDigest(2) }, false},
		"KeyLabels":  {"other budgets and aliases", func(in *Input) { in.Keys[0].Policy.Labels = nil }, false},
		"KeyOwner":   {"another user", func(in *Input) { in.Keys[0].Policy.Owner = "bob" }, false},
		"KeyTrust":   {"headers count", func(in *Input) { in.Keys[0].Policy.TrustUserHeaders = true }, false},
		"KeyModels":  {"fewer models", func(in *Input) { in.Keys[0].Policy.AllowedModels = []v1alpha1.ModelPattern{"chat"} }, false},
		"KeyExpires": {"an end", func(in *Input) { in.Keys[0].Policy.ExpiresAt = &metav1.Time{Time: time.Unix(1, 0)} }, false},
		"KeyMoved":   {"another object", func(in *Input) { in.Keys[0].Name = "other" }, false},
		"KeyRefused": {"the operator waits for it", func(in *Input) { in.Keys[0].Policy.AllowedModels = []v1alpha1.ModelPattern{"**"} }, false},
		"Redis":      {"another store", func(in *Input) { in.Credentials[v1alpha1.CredentialRedis] = []byte("redis://x") }, false},
		"Postgres":   {"another store", func(in *Input) { in.Credentials[v1alpha1.CredentialPostgres] = []byte("postgres://x") }, false},
		"UserToken": {"other tokens are trusted", func(in *Input) {
			in.Credentials[v1alpha1.CredentialUserToken] = []byte(strings.Repeat("t", 32))
		}, false},
		"Budget": {"a budget more", func(in *Input) {
			in.Config.Budgets = []v1alpha1.GatewayBudget{{
				Name: "x", Per: v1alpha1.BudgetPerKey,
				Budget: v1alpha1.Budget{LimitUSD: "1", Window: v1alpha1.BudgetDay, OnExceeded: v1alpha1.BudgetWarn},
			}}
		}, false},
		"ModelState": {"the target cannot answer", func(in *Input) {
			in.Providers[0].Models = []v1alpha1.ModelStatus{{Name: "gpt-4o-mini", State: v1alpha1.ModelPulling}}
		}, false},
		"Rejected":   {"the operator waits for it", func(in *Input) { in.Aliases[0].Route.Targets = nil }, false},
		"AliasMoved": {"another object answers for the name", func(in *Input) { in.Aliases[0].Name = "other" }, false},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			in := base()
			tc.edit(&in)
			if got := Build(in, first, testProtocols()); (got.Digest == first.Digest) != tc.same {
				t.Errorf("equal digests: %v, want %v: %s", got.Digest == first.Digest, tc.same, tc.reason)
			}
		})
	}
}

func TestDigestTellsOneBrokenEditFromTheNext(t *testing.T) {
	bad := testRoute("chat")
	bad.Targets = nil
	first := Build(testInput(testAlias("chat", bad)), nil, testProtocols())
	again := testRoute("chat")
	again.Targets, again.Revision = nil, "sha256:again"
	if second := Build(testInput(testAlias("chat", again)), first, testProtocols()); second.Digest == first.Digest {
		t.Error("equal digests: the operator would wait for a confirmation that is not written")
	}
}

func TestBuildKeepsKeysThatDidNotChange(t *testing.T) {
	one, two := testPolicy(1), testPolicy(2)
	in := withKeys(testKey("one", one), testKey("two", two))
	first := Build(in, nil, testProtocols())

	edited := testPolicy(2)
	edited.Owner = "ada"
	in.Keys = []GatewayKey{testKey("two", edited), testKey("one", one)}
	second := Build(in, first, testProtocols())
	if find(t, second, one) != find(t, first, one) {
		t.Error("the unchanged key was built anew")
	}
	if k := find(t, second, edited); k == find(t, first, two) || k.Owner != "ada" {
		t.Error("the changed key was taken over")
	}

	config := *in.Config
	config.Replicas = 3
	in.Config = &config
	third := Build(in, second, testProtocols())
	if find(t, third, one) != find(t, second, one) {
		t.Error("a change of the gateway that concerns no budget built a key anew")
	}
	config.Budgets = []v1alpha1.GatewayBudget{{
		Name: "all", Per: v1alpha1.BudgetPerKey, KeySelector: selecting(nil),
		Budget: v1alpha1.Budget{LimitUSD: "1", Window: v1alpha1.BudgetDay, OnExceeded: v1alpha1.BudgetReject},
	}}
	if k := find(t, Build(in, third, testProtocols()), one); len(k.Budgets) != 1 {
		t.Errorf("budgets %v, want the new one", k.Budgets)
	}
	in.Keys = in.Keys[:1]
	if s := Build(in, third, testProtocols()); find(t, s, one) != nil || s.Digest == third.Digest {
		t.Error("a key that is gone still works")
	}
}

// BenchmarkBuildKeys10000 is one edit of a key among 10,000 aliases and 10,000 keys, and then one of an alias.
func BenchmarkBuildKeys10000(b *testing.B) {
	aliases, keys := make([]Alias, 10_000), make([]GatewayKey, 10_000)
	for i := range aliases {
		aliases[i] = testAlias(fmt.Sprint("alias-", i), testRoute(fmt.Sprint("model-", i)))
		policy := testPolicy(i)
		policy.RateLimits = []v1alpha1.RateLimit{{Name: "rpm", Per: v1alpha1.LimitPerKey, Requests: 10, Window: "1m"}}
		keys[i] = testKey(fmt.Sprint("key-", i), policy)
	}
	in := testInput(aliases...)
	in.Keys = keys
	first := Build(in, nil, testProtocols())
	b.Run("Key", func(b *testing.B) {
		prev := first
		b.ReportAllocs()
		for b.Loop() {
			in.Keys[42].Policy = testPolicy(42)
			prev = Build(in, prev, testProtocols())
		}
	})
	b.Run("Alias", func(b *testing.B) {
		prev := Build(in, first, testProtocols())
		b.ReportAllocs()
		for b.Loop() {
			in.Aliases[42].Route = testRoute("model-42")
			prev = Build(in, prev, testProtocols())
		}
	})
	b.Run("All", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			Build(in, nil, testProtocols())
		}
	})
}
