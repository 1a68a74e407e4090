package files

import (
	"encoding/hex"
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/fairlead-dev/fairlead/api/v1alpha1"
	"github.com/fairlead-dev/fairlead/controllers/compile"
	"github.com/fairlead-dev/fairlead/gateway/provider/protocols"
	"github.com/fairlead-dev/fairlead/gateway/snapshot"
)

// testPepper is that of the tests' state directory.
var testPepper = []byte(strings.Repeat("p", 32))

// keyManifest is a key whose value is value, at the gateway main.
func keyManifest(name, value string) string {
	return `apiVersion: fairlead.dev/v1alpha1
kind: GatewayKey
metadata: {name: ` + name + `}
spec: {gatewayRef: {name: main}, secretRef: {name: ` + name + `}}
---
apiVersion: v1
kind: Secret
metadata: {name: ` + name + `}
stringData: {api-key: "` + value + `"}
`
}

// opens returns the key that a value is the key of; nil where there is none.
func opens(t *testing.T, in snapshot.Input, value string) *snapshot.Key {
	t.Helper()
	s := snapshot.Build(in, nil, protocols.New())
	digest, err := hex.DecodeString(string(compile.KeyDigest(in.Credentials[v1alpha1.CredentialPepper], []byte(value))))
	if err != nil {
		t.Fatal(err)
	}
	return s.Keys.Key(digest)
}

// policySnapshot is the snapshot of the manifests that say everything of keys, limits, budgets, caches and stores.
func policySnapshot(t *testing.T) (snapshot.Input, *snapshot.Snapshot) {
	t.Helper()
	env := map[string]string{"SOME_KEY": "sk-some-0123456789012345"}
	in := start(t, Options{Paths: []string{"testdata/keys"}, Loopback: true, Pepper: testPepper}, env).input(t)
	return in, snapshot.Build(in, nil, protocols.New())
}

func TestPolicyOfAliasesFlows(t *testing.T) {
	_, s := policySnapshot(t)
	m, star := s.Resolve("team-a/llama")
	if m == nil || m.Tiers[0][0].ModelFor(star) != "llama-q4" {
		t.Fatalf("resolved to %v with %q, want the pattern", m, star)
	}
	if m.Strategy != v1alpha1.StrategyLeastBusy || m.AllowedKeys == nil || !m.Tiers[0][0].Price.Known {
		t.Errorf("model %+v: want its strategy, keys and price", m)
	}
	if diff := cmp.Diff(&snapshot.Cache{TTL: time.Hour, Scope: v1alpha1.CacheScopeKey, MaxBytes: 1 << 20}, m.Cache); diff != "" {
		t.Errorf("cache (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]*snapshot.Limit{{ID: "alias/default/team-a/busy", Name: "busy", Per: v1alpha1.LimitPerAlias, Parallel: 10}}, m.Limits); diff != "" {
		t.Errorf("limits (-want +got):\n%s", diff)
	}
}

func TestPolicyOfTheGatewayFlows(t *testing.T) {
	in, s := policySnapshot(t)
	if diff := cmp.Diff(testPepper, in.Credentials[v1alpha1.CredentialPepper]); diff != "" {
		t.Errorf("pepper (-want +got):\n%s", diff)
	}
	if s.KeysMode != v1alpha1.KeysRequired || s.Keys.Issued() != 3 || len(s.Confirmation.Rejected) != 0 {
		t.Errorf("mode %s, %d keys, rejected %v: want three keys that are required", s.KeysMode, s.Keys.Issued(), s.Confirmation.Rejected)
	}
	if len(s.Budgets) != 1 || s.Config.Replicas != 1 || s.Config.Usage == nil {
		t.Errorf("budgets %v, config %+v: want one budget, one replica, a ledger", s.Budgets, s.Config)
	}
	if want := (snapshot.Stores{Redis: "redis://:sk-redis@redis.example:6379/"}); s.Stores != want || !s.Config.Redis || s.Config.Postgres {
		t.Errorf("stores %v, config %+v: want %v", s.Stores, s.Config, want)
	}
	if len(s.UserToken) != 32 {
		t.Errorf("%d bytes that tokens are signed with, want 32", len(s.UserToken))
	}
}

func TestPolicyOfKeysFlows(t *testing.T) {
	in, _ := policySnapshot(t)
	ci := opens(t, in, "sk-0123456789-0123456789")
	if ci == nil {
		t.Fatal("the key opens nothing")
	}
	month := snapshot.Budget{ID: "key/default/ci", Per: v1alpha1.BudgetPerKey, Limit: 2_000_000_000, Window: v1alpha1.BudgetMonth}
	day := snapshot.Budget{ID: "gateway/team-a", Name: "team-a", Per: v1alpha1.BudgetPerUser, Limit: 5_500_000_000, Window: v1alpha1.BudgetDay, Warn: true}
	want := &snapshot.Key{
		ID: ci.ID, Namespace: "default", Name: "ci", Labels: map[string]string{"team": "a"}, Models: []snapshot.Pattern{"team-a/*", "chat"},
		Limits:  []*snapshot.Limit{{ID: "key/default/ci/rpm", Name: "rpm", Per: v1alpha1.LimitPerKey, Requests: 10, Window: time.Minute}},
		Budgets: []*snapshot.Budget{&month, &day},
		Expires: time.Date(2099, 1, 2, 2, 4, 5, 0, time.UTC),
	}
	if diff := cmp.Diff(want, ci, cmpopts.IgnoreUnexported(snapshot.Key{})); diff != "" {
		t.Errorf("key (-want +got):\n%s", diff)
	}
	if webui := opens(t, in, "sk-some-0123456789012345"); webui == nil || !webui.TrustUserHeaders {
		t.Errorf("got %+v, want a key whose user headers are trusted", webui)
	}
}

func TestKeysReload(t *testing.T) {
	const one, two = "sk-one-0123456789-0123456789", "sk-two-0123456789-0123456789"
	dir := t.TempDir()
	keys := filepath.Join(dir, "keys.yaml")
	write(t, filepath.Join(dir, "provider.yaml"), providerManifest)
	r := start(t, Options{Paths: []string{dir}, Loopback: true, Pepper: testPepper}, nil)
	if !r.next(t).Open || r.input(t).Config.KeysMode != v1alpha1.KeysOptional {
		t.Error("without any key callers need one")
	}
	steps := []struct {
		reason, content string
		changes         []string
		one, two        bool
	}{
		{"the first key closes the door", keyManifest("ci", one), []string{"~1 gateway (main)", "+1 key (ci)"}, true, false},
		{"another", keyManifest("ci", one) + "---\n" + keyManifest("other", two), []string{"+1 key (other)"}, true, true},
		{"a value is replaced", keyManifest("ci", two), []string{"~1 key (ci)", "-1 key (other)"}, false, true},
		{"the last key's end opens no door", "", []string{"-1 key (ci)"}, false, false},
	}
	for _, step := range steps {
		replace(t, keys, step.content)
		report, in := r.next(t), r.input(t)
		if diff := cmp.Diff(step.changes, report.Changes); diff != "" {
			t.Errorf("%s: changes (-want +got):\n%s", step.reason, diff)
		}
		if report.Open || in.Config.KeysMode != v1alpha1.KeysRequired {
			t.Errorf("%s: the gateway is open", step.reason)
		}
		if got := [2]bool{opens(t, in, one) != nil, opens(t, in, two) != nil}; got != [2]bool{step.one, step.two} {
			t.Errorf("%s: the keys work: %v, want %v and %v", step.reason, got, step.one, step.two)
		}
	}
}

func TestKeysThatDidNotChangeAreKept(t *testing.T) {
	dir := t.TempDir()
	keys := filepath.Join(dir, "keys.yaml")
	write(t, keys, keyManifest("ci", "sk-one-0123456789-0123456789"))
	r := start(t, Options{Paths: []string{dir}, Loopback: true}, nil)
	first := r.input(t)
	replace(t, keys, keyManifest("ci", "sk-one-0123456789-0123456789")+"---\n"+keyManifest("zz", "sk-two-0123456789-0123456789"))
	for _, k := range r.input(t).Keys {
		if k.Name == "ci" && k.Policy != first.Keys[0].Policy {
			t.Error("the unchanged policy is another pointer: the key is built anew for nothing")
		}
	}
}

// kept is a store of keys with one that can be taken out.
type kept struct {
	keys    []snapshot.GatewayKey
	changed chan struct{}
}

func (k *kept) Keys(string) []snapshot.GatewayKey { return k.keys }
func (k *kept) Changed() <-chan struct{}          { return k.changed }

func TestIssuedKeysAreDelivered(t *testing.T) {
	const value = "sk-made-0123456789-0123456789"
	policy := &v1alpha1.KeyPolicy{
		Revision: "r", Generation: 1, Gateway: "default/main", Digest: compile.KeyDigest(testPepper, []byte(value)),
	}
	store := &kept{[]snapshot.GatewayKey{{Namespace: "fairlead-keys", Name: "made", Policy: policy}}, make(chan struct{})}
	dir := t.TempDir()
	write(t, filepath.Join(dir, "provider.yaml"), providerManifest)
	r := start(t, Options{Paths: []string{dir}, Loopback: true, Pepper: testPepper, Issued: store}, nil)
	if got := printed(t, dir, r.next(t)); !strings.HasSuffix(got, "\n  1 key made with /key/generate\n") {
		t.Errorf("printed %q, want the key counted", got)
	}
	if in := r.input(t); opens(t, in, value) == nil || in.Config.KeysMode != v1alpha1.KeysRequired {
		t.Errorf("mode %s: want the key to work, and to be needed", in.Config.KeysMode)
	}
	store.keys = nil
	store.changed <- struct{}{}
	if in := r.input(t); opens(t, in, value) != nil {
		t.Error("the key works after its end")
	}
}

func TestUnprotectedGatewayTakesAKeyForAMasterKey(t *testing.T) {
	dir := t.TempDir()
	write(t, filepath.Join(dir, "key.yaml"), keyManifest("ci", "sk-one-0123456789-0123456789"))
	r := start(t, Options{Paths: []string{dir}, Loopback: false}, nil)
	if report := r.next(t); report.Open || len(report.Keys) != 1 {
		t.Errorf("open %v, keys %v: want it closed, with a key", report.Open, report.Keys)
	}
}

func TestRedisVariable(t *testing.T) {
	cases := map[string]struct{ uri, stored, problem string }{
		"None":     {"", "", ""},
		"Good":     {" redis://:sk-password@localhost:6379/1\n", "redis://:sk-password@localhost:6379/1", ""},
		"TLS":      {"rediss://localhost", "rediss://localhost", ""},
		"NoScheme": {"localhost:6379", "", "$REDIS_URL: expected a URL that begins with redis://, found something else; serving without"},
		"Password": {"http://:sk-password@localhost", "", "$REDIS_URL: expected a URL that begins with redis://, found something else; serving without"},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			write(t, filepath.Join(dir, "provider.yaml"), providerManifest)
			r := start(t, Options{Paths: []string{dir}, Loopback: true}, map[string]string{RedisVariable: tc.uri})
			report, in := r.next(t), r.input(t)
			s := snapshot.Build(in, nil, protocols.New())
			if s.Stores.Redis != tc.stored || s.Config.Redis != (tc.stored != "") {
				t.Errorf("stores %v, config %+v: want %q", s.Stores, s.Config, tc.stored)
			}
			if got := strings.Trim(fmt.Sprint(report.Problems), "[]"); got != tc.problem {
				t.Errorf("problems %q, want %q", got, tc.problem)
			}
		})
	}
}
