package snapshot

import (
	"encoding/hex"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/fairlead-dev/fairlead/api/v1alpha1"
	"github.com/fairlead-dev/fairlead/gateway/money"
)

// testDigest is a digest that begins with n.
func testDigest(n int) v1alpha1.KeyDigest {
	return v1alpha1.KeyDigest(fmt.Sprintf("%016x%s", n, strings.Repeat("0f", 24)))
}

func testPolicy(n int) *v1alpha1.KeyPolicy {
	return &v1alpha1.KeyPolicy{
		Revision: fmt.Sprint("sha256:", n), Generation: 1, Gateway: testGateway, Digest: testDigest(n),
		Labels: map[string]string{"team": "a"},
	}
}

func testKey(name string, policy *v1alpha1.KeyPolicy) GatewayKey {
	return GatewayKey{Namespace: "team-a", Name: name, Created: time.Unix(1_700_000_000, 0), Policy: policy}
}

func withKeys(keys ...GatewayKey) Input {
	in := testInput(testAlias("chat", testRoute("chat")))
	in.Keys = keys
	return in
}

// find returns what the digest of a policy opens.
func find(t *testing.T, s *Snapshot, p *v1alpha1.KeyPolicy) *Key {
	t.Helper()
	digest, err := hex.DecodeString(string(p.Digest))
	if err != nil {
		t.Fatal(err)
	}
	return s.Keys.Key(digest)
}

func selecting(labels map[string]string) *metav1.LabelSelector {
	return &metav1.LabelSelector{MatchLabels: labels}
}

func TestBuildKey(t *testing.T) {
	expires := metav1.NewTime(time.Unix(1_800_000_000, 0))
	p := testPolicy(1)
	p.AllowedModels = []v1alpha1.ModelPattern{"chat", "team-a/*"}
	p.RateLimits = []v1alpha1.RateLimit{{Name: "rpm", Per: v1alpha1.LimitPerUser, Requests: 10, Tokens: 1000, Parallel: 2, Window: "1m"}}
	p.Budget = &v1alpha1.Budget{LimitUSD: "0.5", Window: v1alpha1.BudgetDay, OnExceeded: v1alpha1.BudgetWarn}
	p.ExpiresAt, p.TrustUserHeaders, p.Owner = &expires, true, "ada"
	in := withKeys(testKey("ci", p))
	month := v1alpha1.Budget{LimitUSD: "500", Window: v1alpha1.BudgetMonth, OnExceeded: v1alpha1.BudgetReject}
	in.Config.Budgets = []v1alpha1.GatewayBudget{
		{Name: "everybody", Per: v1alpha1.BudgetPerUser, Budget: month},
		{Name: "team-b", Per: v1alpha1.BudgetPerKey, Budget: month, KeySelector: selecting(map[string]string{"team": "b"})},
		{Name: "team-a", Per: v1alpha1.BudgetPerSelection, Budget: month, KeySelector: selecting(map[string]string{"team": "a"})},
	}
	s := Build(in, nil, testProtocols())

	want := &Key{
		ID: "0000000000000001", Namespace: "team-a", Name: "ci", Labels: map[string]string{"team": "a"},
		Models: []Pattern{"chat", "team-a/*"},
		Limits: []*Limit{{
			ID: "key/team-a/ci/rpm", Name: "rpm", Per: v1alpha1.LimitPerUser, Requests: 10, Tokens: 1000, Parallel: 2, Window: time.Minute,
		}},
		Budgets: []*Budget{
			{ID: "key/team-a/ci", Per: v1alpha1.BudgetPerKey, Limit: 500_000_000, Window: v1alpha1.BudgetDay, Warn: true},
			{ID: "gateway/team-a", Name: "team-a", Per: v1alpha1.BudgetPerSelection, Limit: 500_000_000_000, Window: v1alpha1.BudgetMonth},
		},
		Expires: expires.Time, TrustUserHeaders: true, Owner: "ada",
	}
	if diff := cmp.Diff(want, find(t, s, p), cmpopts.IgnoreUnexported(Key{})); diff != "" {
		t.Errorf("Key (-want +got):\n%s", diff)
	}
	wantAll := []*Budget{{
		ID: "gateway/everybody", Name: "everybody", Per: v1alpha1.BudgetPerUser, Limit: 500_000_000_000, Window: v1alpha1.BudgetMonth,
	}}
	if diff := cmp.Diff(wantAll, s.Budgets); diff != "" {
		t.Errorf("Budgets (-want +got):\n%s", diff)
	}
	if s.Keys.Issued() != 1 || len(s.Confirmation.Rejected) != 0 {
		t.Errorf("%d keys, rejected %v: want one and none", s.Keys.Issued(), s.Confirmation.Rejected)
	}
}

func TestBuildPassesKeysOver(t *testing.T) {
	elsewhere := testPolicy(1)
	elsewhere.Gateway = "ai/other"
	s := Build(withKeys(testKey("elsewhere", elsewhere), testKey("none", nil)), nil, testProtocols())
	if s.Keys.Issued() != 0 || len(s.Confirmation.Rejected) != 0 {
		t.Errorf("%d keys, rejected %v: want none of either", s.Keys.Issued(), s.Confirmation.Rejected)
	}
	if s.Keys.Key(nil) != nil || s.Keys.Key(make([]byte, 31)) != nil || s.Keys.Key(make([]byte, 32)) != nil {
		t.Error("a digest of nothing opens something")
	}
}

func TestBuildRejectsKeys(t *testing.T) {
	limit := func(edit func(*v1alpha1.RateLimit)) func(*v1alpha1.KeyPolicy) {
		return func(p *v1alpha1.KeyPolicy) {
			p.RateLimits = []v1alpha1.RateLimit{{Name: "rpm", Per: v1alpha1.LimitPerKey, Requests: 1, Window: "1m"}}
			edit(&p.RateLimits[0])
		}
	}
	budget := func(edit func(*v1alpha1.Budget)) func(*v1alpha1.KeyPolicy) {
		return func(p *v1alpha1.KeyPolicy) {
			p.Budget = &v1alpha1.Budget{LimitUSD: "1", Window: v1alpha1.BudgetDay, OnExceeded: v1alpha1.BudgetReject}
			edit(p.Budget)
		}
	}
	const digest = "policy.digest: expected the HMAC-SHA256 of a key in 64 hex digits, found something else"
	cases := map[string]struct {
		edit func(*v1alpha1.KeyPolicy)
		want string
	}{
		"NoDigest":    {func(p *v1alpha1.KeyPolicy) { p.Digest = "" }, digest},
		"KeyItself":   {func(p *v1alpha1.KeyPolicy) { p.Digest = "sk-a-secret" }, digest},
		"NotHex":      {func(p *v1alpha1.KeyPolicy) { p.Digest = v1alpha1.KeyDigest(strings.Repeat("x", 64)) }, digest},
		"ZeroDigest":  {func(p *v1alpha1.KeyPolicy) { p.Digest = v1alpha1.KeyDigest(strings.Repeat("0", 64)) }, digest},
		"MasterKey":   {func(p *v1alpha1.KeyPolicy) { p.Digest = v1alpha1.KeyDigest(strings.Repeat("ab", 32)) }, errKeyMaster.Error()},
		"TwoStars":    {func(p *v1alpha1.KeyPolicy) { p.AllowedModels = []v1alpha1.ModelPattern{"*x*"} }, `policy.allowedModels[0]: expected a name with at most one * at its start or its end, found "*x*"`},
		"LimitPer":    {limit(func(l *v1alpha1.RateLimit) { l.Per = v1alpha1.LimitPerAlias }), `policy.rateLimits[rpm].per: expected one of [Key User], found "Alias"`},
		"LimitEmpty":  {limit(func(l *v1alpha1.RateLimit) { l.Requests = 0 }), "policy.rateLimits[rpm].requests: expected at least one of requests, tokens and parallel above 0 and none below, found others"},
		"LimitBelow":  {limit(func(l *v1alpha1.RateLimit) { l.Tokens = -1 }), "policy.rateLimits[rpm].requests: expected at least one of requests, tokens and parallel above 0 and none below, found others"},
		"LimitWindow": {limit(func(l *v1alpha1.RateLimit) { l.Window = "" }), `policy.rateLimits[rpm].window: expected a time of more than 0 such as 60s, found ""`},
		"BudgetLimit": {budget(func(b *v1alpha1.Budget) { b.LimitUSD = "-1" }), `policy.budget.limitUSD: expected an amount of dollars such as 0.15, with at most nine digits after the point, found "-1"`},
		"BudgetDates": {budget(func(b *v1alpha1.Budget) { b.Window = "Year" }), `policy.budget.window: expected Day, Week or Month, found "Year"`},
		"BudgetThen":  {budget(func(b *v1alpha1.Budget) { b.OnExceeded = "" }), `policy.budget.onExceeded: expected Reject or Warn, found ""`},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			bad, good := testPolicy(1), testPolicy(2)
			tc.edit(bad)
			s := Build(withKeys(testKey("bad", bad), testKey("good", good)), nil, testProtocols())
			want := []v1alpha1.Rejection{{Kind: v1alpha1.KindGatewayKey, Namespace: "team-a", Name: "bad", Message: tc.want}}
			if diff := cmp.Diff(want, s.Confirmation.Rejected); diff != "" {
				t.Errorf("Rejected (-want +got):\n%s", diff)
			}
			if s.Keys.Issued() != 1 || find(t, s, good) == nil {
				t.Errorf("%d keys work, want only the good one", s.Keys.Issued())
			}
		})
	}
}

func TestBuildKeyConflict(t *testing.T) {
	older := testKey("older", testPolicy(1))
	older.Created = older.Created.Add(-time.Hour)
	sameAge, newer := testKey("a-same-age", testPolicy(1)), testKey("newer", testPolicy(1))
	var digest string
	for _, order := range [][]GatewayKey{{older, sameAge, newer}, {newer, sameAge, older}, {sameAge, older, newer}} {
		first := Build(withKeys(order...), nil, testProtocols())
		for _, s := range []*Snapshot{first, Build(withKeys(order...), first, testProtocols())} {
			if got := find(t, s, older.Policy); got == nil || got.Name != "older" {
				t.Errorf("%v works, want the older key", got)
			}
			want := []v1alpha1.Rejection{
				{Kind: v1alpha1.KindGatewayKey, Namespace: "team-a", Name: "a-same-age", Message: errKeyTaken.Error()},
				{Kind: v1alpha1.KindGatewayKey, Namespace: "team-a", Name: "newer", Message: errKeyTaken.Error()},
			}
			if diff := cmp.Diff(want, s.Confirmation.Rejected); diff != "" {
				t.Errorf("Rejected (-want +got):\n%s", diff)
			}
			if digest != "" && digest != s.Digest {
				t.Error("the digest depends on the order of the input")
			}
			digest = s.Digest
		}
	}
}

func TestBuildKeyConflictEnds(t *testing.T) {
	older, newer := testKey("older", testPolicy(1)), testKey("newer", testPolicy(1))
	older.Created = older.Created.Add(-time.Hour)
	without := Build(withKeys(newer), Build(withKeys(older, newer), nil, testProtocols()), testProtocols())
	if got := find(t, without, newer.Policy); got == nil || got.Name != "newer" {
		t.Errorf("%v works once the older is gone, want the newer", got)
	}
}

func TestBuildRefusesBudgetsAlone(t *testing.T) {
	good := v1alpha1.Budget{LimitUSD: "1", Window: v1alpha1.BudgetWeek, OnExceeded: v1alpha1.BudgetReject}
	in := withKeys(testKey("ci", testPolicy(1)))
	in.Config.Budgets = []v1alpha1.GatewayBudget{
		{Name: "amount", Per: v1alpha1.BudgetPerKey, Budget: v1alpha1.Budget{LimitUSD: "much"}},
		{Name: "per", Budget: good},
		{Name: "selector", Per: v1alpha1.BudgetPerKey, Budget: good, KeySelector: selecting(map[string]string{"a b": ""})},
		{Name: "good", Per: v1alpha1.BudgetPerKey, Budget: good},
	}
	first := Build(in, nil, testProtocols())
	second := Build(in, first, testProtocols())
	for _, s := range []*Snapshot{first, second} {
		if len(s.Budgets) != 1 || s.Budgets[0].Name != "good" || len(s.Confirmation.Rejected) != 3 {
			t.Errorf("budgets %v, rejected %v: want the good one and the others", s.Budgets, s.Confirmation.Rejected)
		}
		if r := s.Confirmation.Rejected[0]; r.Kind != v1alpha1.KindGateway || r.Namespace != "ai" || r.Name != "main" {
			t.Errorf("the first is %v, want it under the gateway's name", r)
		}
	}
	if first.Digest != second.Digest {
		t.Error("what was refused twice made two digests")
	}
}

func TestKeyMay(t *testing.T) {
	some := &Key{Models: []Pattern{"chat", "team-a/*", "*-large"}}
	for name, want := range map[string]bool{
		"chat": true, "chat2": false, "team-a/x": true, "team-a/": true, "team-b/x": false, "e5-large": true, "large": false, "": false,
	} {
		if got := some.May(name); got != want {
			t.Errorf("May(%q) = %v, want %v", name, got, want)
		}
	}
	if !(&Key{}).May("anything") {
		t.Error("a key without a list may not ask for a model")
	}
}

func TestKeyExpired(t *testing.T) {
	at := time.Unix(1_800_000_000, 0)
	k := &Key{Expires: at}
	if k.Expired(at.Add(-1)) || !k.Expired(at) || (&Key{}).Expired(at) {
		t.Error("want a key to expire at its instant, and one without an instant never")
	}
}

func TestPrice(t *testing.T) {
	p, err := newPrice(&v1alpha1.Pricing{InputPerMillionTokens: "2", OutputPerMillionTokens: "8", CachedInputPerMillionTokens: "0.5", PerRequest: "0.001"})
	if err != nil {
		t.Fatal(err)
	}
	want := Price{Input: 2_000_000_000, CachedInput: 500_000_000, CacheWrite: 2_000_000_000, Output: 8_000_000_000, Request: 1_000_000, Known: true}
	if p != want {
		t.Errorf("got %+v, want %+v", p, want)
	}
	// 600 fresh, 300 cached and 100 written tokens of prompt, 50 of answer.
	if got, want := p.Cost(1000, 300, 100, 50), money.USD(1_000_000+600*2_000+300*500+100*2_000+50*8_000); got != want {
		t.Errorf("Cost = %v, want %v", got, want)
	}
	if got := p.Cost(10, 20, 0, 0); got != 1_000_000+20*500 {
		t.Errorf("Cost of more cached tokens than there are = %v, want no credit", got)
	}
	if unknown, err := newPrice(nil); err != nil || unknown.Known || unknown.Cost(1000, 0, 0, 1000) != 0 {
		t.Errorf("no price list: %+v, %v", unknown, err)
	}
	if _, err := newPrice(&v1alpha1.Pricing{PerRequest: "x"}); err == nil || !strings.HasPrefix(err.Error(), "perRequest: ") {
		t.Errorf("got %v, want what is wrong with perRequest", err)
	}
}

// FuzzBuildKey: whatever a policy says, its key works or is refused, and never keeps another from working.
func FuzzBuildKey(f *testing.F) {
	f.Add(string(testDigest(1)), "chat", "1m", int64(1), "1.5", "Day")
	f.Add("", "**", "-1s", int64(-1), "1e9", "")
	f.Fuzz(func(t *testing.T, digest, model, window string, requests int64, limit, budget string) {
		fuzzed, good := testPolicy(1), testPolicy(2)
		fuzzed.Digest = v1alpha1.KeyDigest(digest)
		fuzzed.AllowedModels = []v1alpha1.ModelPattern{v1alpha1.ModelPattern(model)}
		fuzzed.RateLimits = []v1alpha1.RateLimit{{Name: "l", Per: v1alpha1.LimitPerKey, Requests: requests, Window: v1alpha1.Duration(window)}}
		fuzzed.Budget = &v1alpha1.Budget{
			LimitUSD: v1alpha1.USD(limit), Window: v1alpha1.BudgetWindow(budget), OnExceeded: v1alpha1.BudgetReject,
		}
		newer := testKey("fuzzed", fuzzed)
		newer.Created = newer.Created.Add(time.Second)
		s := Build(withKeys(newer, testKey("good", good)), nil, testProtocols())
		if s.Keys.Issued()+len(s.Confirmation.Rejected) != 2 || find(t, s, good) == nil {
			t.Fatalf("%d keys work and %v is rejected, want one and the good one", s.Keys.Issued(), s.Confirmation.Rejected)
		}
	})
}
