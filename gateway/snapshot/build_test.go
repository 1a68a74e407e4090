package snapshot

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/fairlead-dev/fairlead/api/v1alpha1"
	"github.com/fairlead-dev/fairlead/gateway/fault"
	"github.com/fairlead-dev/fairlead/gateway/protocol"
	"github.com/fairlead-dev/fairlead/gateway/provider"
)

// passThrough stands for a protocol that needs no translation.
type passThrough struct{}

func (passThrough) Native(call *protocol.Call, _ string, _ bool) (provider.Outbound, bool) {
	return provider.Outbound{Path: call.Path}, true
}

func (passThrough) Error(status int, _ http.Header, _ []byte) *fault.Error {
	return &fault.Error{Status: status}
}

func testProtocols() Protocols { return Protocols{v1alpha1.ProtocolOpenAI: passThrough{}} }

const testGateway = "ai/main"

func testCredentials() map[string][]byte {
	return map[string][]byte{
		v1alpha1.CredentialPepper:                      []byte(strings.Repeat("p", 32)),
		v1alpha1.CredentialMasterKey:                   []byte(strings.Repeat("ab", 32)),
		v1alpha1.ProviderCredentialKey("ai", "openai"): []byte("sk-secret\n"),
	}
}

func testEndpoint() *v1alpha1.ResolvedEndpoint {
	return &v1alpha1.ResolvedEndpoint{
		Revision:      "sha256:endpoint",
		Protocol:      v1alpha1.ProtocolOpenAI,
		URL:           "https://api.openai.com/v1",
		Headers:       []v1alpha1.Header{{Name: "OpenAI-Organization", Value: "org"}},
		CredentialKey: v1alpha1.ProviderCredentialKey("ai", "openai"),
	}
}

func testRoute(model string, targets ...v1alpha1.RouteTarget) *v1alpha1.Route {
	if len(targets) == 0 {
		targets = []v1alpha1.RouteTarget{testTarget("cloud")}
	}
	return &v1alpha1.Route{
		Revision: "sha256:" + model, Generation: 1, Gateway: testGateway, Model: v1alpha1.ModelPattern(model),
		Visibility: v1alpha1.VisibilityPublic, Strategy: v1alpha1.StrategyWeighted, Targets: targets,
		Retry: v1alpha1.RouteRetry{Attempts: 2, RetryOn: []v1alpha1.RetryCondition{v1alpha1.RetryOnTimeout}},
	}
}

func testTarget(name string) v1alpha1.RouteTarget {
	return v1alpha1.RouteTarget{
		Name: name, Provider: "ai/openai", Model: "gpt-4o-mini", Weight: 1,
		Timeouts: v1alpha1.Timeouts{Request: "10m", FirstByte: "30s", StreamIdle: "1m"},
	}
}

func testAlias(name string, route *v1alpha1.Route) Alias {
	return Alias{Namespace: "team-a", Name: name, Created: time.Unix(1_700_000_000, 0), Route: route}
}

func testInput(aliases ...Alias) Input {
	return Input{
		Gateway:     testGateway,
		Config:      &v1alpha1.GatewayConfig{Revision: "sha256:config", KeysMode: v1alpha1.KeysRequired},
		Aliases:     aliases,
		Providers:   []Provider{{Namespace: "ai", Name: "openai", Endpoint: testEndpoint()}},
		Credentials: testCredentials(),
		Versions:    Versions{Gateways: "1", ModelProviders: "2", ModelAliases: "3"},
	}
}

func TestBuild(t *testing.T) {
	local := testTarget("local")
	local.Provider, local.Priority, local.Model, local.Weight = "ai/local", 1, "llama3.2:3b", 0
	spare := testTarget("spare")
	spare.Weight = 3
	s := Build(testInput(testAlias("chat", testRoute("chat", local, testTarget("cloud"), spare))), nil, testProtocols())

	timeouts := Timeouts{Request: 10 * time.Minute, FirstByte: 30 * time.Second, StreamIdle: time.Minute}
	cloud := s.upstreams["ai/openai"].Upstream
	away := "ModelProvider ai/local is not there"
	want := &Model{
		Name: "chat", Namespace: "team-a", Alias: "chat", Created: time.Unix(1_700_000_000, 0), Revision: "sha256:chat",
		Tiers: [][]*Target{
			{
				{Name: "cloud", Model: "gpt-4o-mini", Weight: 1, Timeouts: timeouts, Upstream: cloud},
				{Name: "spare", Model: "gpt-4o-mini", Weight: 3, Timeouts: timeouts, Upstream: cloud},
			},
			{{Name: "local", Model: "llama3.2:3b", Unavailable: away, Timeouts: timeouts, Upstream: &Upstream{Provider: "ai/local"}}},
		},
		Attempts: 2,
		RetryOn:  map[v1alpha1.RetryCondition]bool{v1alpha1.RetryOnTimeout: true},
		Strategy: v1alpha1.StrategyWeighted,
	}
	opts := cmp.Options{
		cmpopts.IgnoreUnexported(Model{}), cmpopts.IgnoreFields(Upstream{}, "Transport"),
		cmpopts.IgnoreFields(Model{}, "Retries", "Turn"), cmpopts.IgnoreFields(Target{}, "Load", "Gate"),
	}
	if diff := cmp.Diff(map[string]*Model{"chat": want}, s.Models, opts); diff != "" {
		t.Errorf("Models (-want +got):\n%s", diff)
	}
	wantHeader := http.Header{"Authorization": {"Bearer sk-secret"}, "Openai-Organization": {"org"}}
	if diff := cmp.Diff(wantHeader, cloud.Header); diff != "" {
		t.Errorf("Header (-want +got):\n%s", diff)
	}
	wantConfirmation := v1alpha1.Confirmation{Gateways: "1", ModelProviders: "2", ModelAliases: "3", Digest: s.Digest}
	if diff := cmp.Diff(wantConfirmation, s.Confirmation); diff != "" {
		t.Errorf("Confirmation (-want +got):\n%s", diff)
	}
	if s.KeysMode != v1alpha1.KeysRequired || len(s.Keys.Pepper) != 32 || s.Keys.Master[0] != 0xab {
		t.Errorf("KeysMode %q, %d bytes of pepper, master %x: want those of the input", s.KeysMode, len(s.Keys.Pepper), s.Keys.Master)
	}
	if cloud.URL.String() != "https://api.openai.com/v1" || cloud.Transport == nil || cloud.Protocol == nil {
		t.Errorf("upstream %v: want its URL, a transport and a protocol", cloud.URL)
	}
}

func TestBuildPassesOver(t *testing.T) {
	elsewhere := testRoute("elsewhere")
	elsewhere.Gateway = "ai/other"
	hidden := testRoute("hidden")
	hidden.Visibility = v1alpha1.VisibilityHidden
	s := Build(testInput(testAlias("b", testRoute("b")), testAlias("a", testRoute("a")), testAlias("none", nil),
		testAlias("elsewhere", elsewhere), testAlias("hidden", hidden)), nil, testProtocols())
	listed := make([]string, len(s.Listed))
	for i, m := range s.Listed {
		listed[i] = m.Name
	}
	if diff := cmp.Diff([]string{"a", "b"}, listed); diff != "" {
		t.Errorf("Listed (-want +got):\n%s", diff)
	}
	if len(s.Models) != 3 || s.Models["hidden"] == nil {
		t.Errorf("got %d models, want a, b and hidden", len(s.Models))
	}
}

func TestBuildRejects(t *testing.T) {
	route := func(edit func(*v1alpha1.Route)) *v1alpha1.Route {
		r := testRoute("bad")
		edit(r)
		return r
	}
	cases := map[string]struct {
		route *v1alpha1.Route
		want  string
	}{
		"NoModel":   {route(func(r *v1alpha1.Route) { r.Model = "" }), "route.model: expected the name that clients use, found none"},
		"NoTargets": {route(func(r *v1alpha1.Route) { r.Targets = nil }), "route.targets: expected at least one target, found none"},
		"NegativeAttempts": {
			route(func(r *v1alpha1.Route) { r.Retry.Attempts = -1 }),
			"route.retry.attempts: expected 0 or more, found -1",
		},
		"NegativeWeight": {
			route(func(r *v1alpha1.Route) { r.Targets[0].Weight = -1 }),
			"route.targets[cloud].weight: expected 0 or more, found -1",
		},
		"NoTargetModel": {
			route(func(r *v1alpha1.Route) { r.Targets[0].Model = "" }),
			"route.targets[cloud].model: expected the provider's name of the model, found none",
		},
		"BadTimeout": {
			route(func(r *v1alpha1.Route) { r.Targets[0].Timeouts.FirstByte = "soon" }),
			`route.targets[cloud].timeouts.firstByte: expected a time of more than 0 such as 60s, found "soon"`,
		},
		"ZeroTimeout": {
			route(func(r *v1alpha1.Route) { r.Targets[0].Timeouts.Request = "0s" }),
			`route.targets[cloud].timeouts.request: expected a time of more than 0 such as 60s, found "0s"`,
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			s := Build(testInput(testAlias("bad", tc.route), testAlias("good", testRoute("good"))), nil, testProtocols())
			want := []v1alpha1.Rejection{{Kind: v1alpha1.KindModelAlias, Namespace: "team-a", Name: "bad", Message: tc.want}}
			if diff := cmp.Diff(want, s.Confirmation.Rejected); diff != "" {
				t.Errorf("Rejected (-want +got):\n%s", diff)
			}
			if len(s.Models) != 1 || s.Models["good"] == nil {
				t.Errorf("got %d models, want only the good one", len(s.Models))
			}
		})
	}
}

func TestBuildNameConflict(t *testing.T) {
	older := testAlias("older", testRoute("chat"))
	older.Created = older.Created.Add(-time.Hour)
	sameAge := testAlias("a-same-age", testRoute("chat"))
	newer := testAlias("newer", testRoute("chat"))
	var digest string
	for _, order := range [][]Alias{{older, sameAge, newer}, {newer, sameAge, older}, {sameAge, older, newer}} {
		s := Build(testInput(order...), nil, testProtocols())
		if got := s.Models["chat"].Alias; got != "older" {
			t.Errorf("served %q, want the older alias", got)
		}
		if len(s.Confirmation.Rejected) != 2 || s.Confirmation.Rejected[0].Name != "a-same-age" || s.Confirmation.Rejected[1].Name != "newer" {
			t.Errorf("Rejected: %v, want the two others in order", s.Confirmation.Rejected)
		}
		if digest != "" && digest != s.Digest {
			t.Errorf("the digest depends on the order of the input")
		}
		digest = s.Digest
	}
}

func TestBuildNamesAtMostMaxRejections(t *testing.T) {
	aliases := make([]Alias, 100)
	for i := range aliases {
		bad := testRoute(fmt.Sprint("bad-", i))
		bad.Targets = nil
		aliases[i] = testAlias(fmt.Sprintf("bad-%03d", i), bad)
	}
	s := Build(testInput(aliases...), nil, testProtocols())
	if n := len(s.Confirmation.Rejected); n != v1alpha1.MaxRejections {
		t.Fatalf("got %d rejections, want %d", n, v1alpha1.MaxRejections)
	}
	if s.Confirmation.Rejected[0].Name != "bad-000" {
		t.Errorf("first is %q, want bad-000", s.Confirmation.Rejected[0].Name)
	}
}

func TestBuildFailsClosed(t *testing.T) {
	cases := map[string]struct {
		reason string
		edit   func(*Input)
	}{
		"NoConfig":     {"a gateway without configuration asks for keys", func(in *Input) { in.Config = nil }},
		"ShortPepper":  {"digests under a short pepper can be guessed", func(in *Input) { in.Credentials[v1alpha1.CredentialPepper] = []byte("p") }},
		"NotHex":       {"a digest is hex", func(in *Input) { in.Credentials[v1alpha1.CredentialMasterKey] = []byte("sk-key") }},
		"ShortDigest":  {"a digest has 32 bytes", func(in *Input) { in.Credentials[v1alpha1.CredentialMasterKey] = []byte("abab") }},
		"NoCredential": {"there is no key to compare with", func(in *Input) { in.Credentials = nil }},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			in := testInput()
			tc.edit(&in)
			s := Build(in, nil, testProtocols())
			if s.KeysMode != v1alpha1.KeysRequired {
				t.Errorf("KeysMode %q, want Required: %s", s.KeysMode, tc.reason)
			}
			if in.Config != nil && s.Keys.Master != [32]byte{} {
				t.Errorf("master digest %x, want none: %s", s.Keys.Master, tc.reason)
			}
		})
	}
}

func FuzzBuildRoute(f *testing.F) {
	f.Add("chat", "10m", "ai/openai", int32(1), int32(0))
	f.Add("", "-1s", "", int32(-1), int32(-1<<31))
	f.Fuzz(func(t *testing.T, model, timeout, prov string, weight, priority int32) {
		target := testTarget("fuzzed")
		target.Timeouts.FirstByte = v1alpha1.Duration(timeout)
		target.Provider, target.Weight, target.Priority = prov, weight, priority
		s := Build(testInput(testAlias("fuzzed", testRoute(model, target, testTarget("cloud")))), nil, testProtocols())
		if len(s.Models)+len(s.Confirmation.Rejected) != 1 {
			t.Fatalf("got %d models and %d rejections, want one of them", len(s.Models), len(s.Confirmation.Rejected))
		}
		for _, m := range s.Models {
			for _, tier := range m.Tiers {
				if len(tier) == 0 || tier[0].Upstream == nil {
					t.Fatal("a tier is empty or a target has no upstream")
				}
			}
		}
	})
}

// BenchmarkBuild10000 is one edit among 10,000 aliases.
func BenchmarkBuild10000(b *testing.B) {
	aliases := make([]Alias, 10_000)
	for i := range aliases {
		aliases[i] = testAlias(fmt.Sprint("alias-", i), testRoute(fmt.Sprint("model-", i)))
	}
	in := testInput(aliases...)
	prev := Build(in, nil, testProtocols())
	b.ReportAllocs()
	for b.Loop() {
		in.Aliases[42].Route = testRoute("model-42")
		prev = Build(in, prev, testProtocols())
	}
}
