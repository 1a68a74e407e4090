package snapshot

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/fairlead-dev/fairlead/api/v1alpha1"
	"github.com/fairlead-dev/fairlead/gateway/load"
)

// crowded is a target with places for two requests, and one that waits.
func crowded() v1alpha1.RouteTarget {
	t := testTarget("cloud")
	t.MaxParallel, t.MaxQueued = 2, 1
	return t
}

// edited is an edit of a route.
func edited(targets ...v1alpha1.RouteTarget) *v1alpha1.Route {
	r := testRoute("chat", targets...)
	r.Revision = "sha256:edited"
	return r
}

func TestAliasesOfOneModelLearnTogether(t *testing.T) {
	s := Build(testInput(testAlias("chat", testRoute("chat", crowded())), testAlias("other", testRoute("other"))), nil, testProtocols())
	one, other := s.Models["chat"].Tiers[0][0], s.Models["other"].Tiers[0][0]
	if one.Load == nil || one.Load != other.Load {
		t.Error("two aliases of one model at one provider learn apart from each other")
	}
	if one.Gate == nil || other.Gate != nil {
		t.Error("gates: want one where maxParallel is set, and only there")
	}
}

func TestWhatWasLearnedOutlivesSnapshots(t *testing.T) {
	in := testInput(testAlias("chat", testRoute("chat", crowded())))
	first := Build(in, nil, testProtocols())
	before := first.Models["chat"]
	learned := before.Tiers[0][0]

	bigger := crowded()
	bigger.MaxParallel = 3
	in.Aliases[0] = testAlias("chat", edited(testTarget("new"), bigger))
	after := Build(in, first, testProtocols()).Models["chat"]
	if after == before {
		t.Fatal("the model was not built anew")
	}
	kept := after.target("cloud")
	if kept.Load != learned.Load || after.target("new").Load != learned.Load {
		t.Error("the endpoint was made anew")
	}
	if kept.Gate != learned.Gate || after.Retries != before.Retries || after.Turn != before.Turn {
		t.Error("gate, retry budget or turn were made anew")
	}
	for range 3 {
		if err := kept.Gate.Enter(t.Context(), time.Minute); err != nil {
			t.Fatalf("three places: %v", err)
		}
	}
	if err := kept.Gate.Enter(t.Context(), 0); !errors.Is(err, load.ErrFull) {
		t.Errorf("the fourth: %v, want ErrFull", err)
	}
}

func TestAnotherAliasOfTheNameBeginsAnew(t *testing.T) {
	first := Build(testInput(testAlias("chat", testRoute("chat", crowded()))), nil, testProtocols())
	second := Build(testInput(testAlias("another", testRoute("chat", crowded()))), first, testProtocols())
	before, after := first.Models["chat"], second.Models["chat"]
	if after.Retries == before.Retries || after.Turn == before.Turn || after.Tiers[0][0].Gate == before.Tiers[0][0].Gate {
		t.Error("an alias was given what belongs to another of the same name")
	}
	if after.Tiers[0][0].Load != before.Tiers[0][0].Load {
		t.Error("the endpoint was made anew")
	}
}

func TestAnotherRetryBudgetBeginsAnew(t *testing.T) {
	first := Build(testInput(testAlias("chat", testRoute("chat"))), nil, testProtocols())
	changed := edited()
	changed.Retry.BudgetPercent = 50
	second := Build(testInput(testAlias("chat", changed)), first, testProtocols())
	if got := second.Models["chat"].Retries; got == first.Models["chat"].Retries || got.Percent() != 50 {
		t.Errorf("a budget of %d %%, want a new one of 50", got.Percent())
	}
}

func TestANewCredentialForgives(t *testing.T) {
	in := testInput(testAlias("chat", testRoute("chat")))
	first := Build(in, nil, testProtocols())
	e, now := first.Models["chat"].Tiers[0][0].Load, time.Now()
	e.Cool(now.Add(time.Hour))

	in.Versions.ModelAliases = "9"
	again := Build(in, first, testProtocols())
	if again.Models["chat"].Tiers[0][0].Load != e || e.Usable(now) {
		t.Fatal("a change of nothing forgave the endpoint")
	}
	in.Credentials = testCredentials()
	in.Credentials[v1alpha1.ProviderCredentialKey("ai", "openai")] = []byte("sk-rotated")
	rotated := Build(in, again, testProtocols())
	if rotated.Models["chat"].Tiers[0][0].Load != e || !e.Usable(now) {
		t.Error("the endpoint is blamed for what its last credential did")
	}
}

func TestHealthOfAnEndpoint(t *testing.T) {
	of := func(h *v1alpha1.EndpointHealth) *Snapshot {
		in := testInput(testAlias("chat", testRoute("chat")))
		in.Providers[0].Endpoint.Health = h
		return Build(in, nil, testProtocols())
	}
	u := of(nil).Models["chat"].Tiers[0][0].Upstream
	if want := (load.Health{Consecutive: 5, Percent: 50, EjectFor: 30 * time.Second, MaxEjectFor: 5 * time.Minute}); u.Health != want || u.CheckEvery != 0 {
		t.Errorf("built-in: %+v every %s", u.Health, u.CheckEvery)
	}
	set := v1alpha1.EndpointHealth{ConsecutiveFailures: 2, EjectFor: "1s", MaxEjectFor: "4s", ActiveInterval: "10s"}
	u = of(&set).Models["chat"].Tiers[0][0].Upstream
	if want := (load.Health{Consecutive: 2, EjectFor: time.Second, MaxEjectFor: 4 * time.Second}); u.Health != want || u.CheckEvery != 10*time.Second {
		t.Errorf("set: %+v every %s", u.Health, u.CheckEvery)
	}
	for want, bad := range map[string]v1alpha1.EndpointHealth{
		"endpoint.health.ejectFor":            {EjectFor: "soon", MaxEjectFor: "4s"},
		"endpoint.health.maxEjectFor":         {EjectFor: "1s", MaxEjectFor: "0s"},
		"endpoint.health.activeInterval":      {EjectFor: "1s", MaxEjectFor: "4s", ActiveInterval: "often"},
		"endpoint.health.consecutiveFailures": {ConsecutiveFailures: -1, EjectFor: "1s", MaxEjectFor: "4s"},
	} {
		s := of(&bad)
		if len(s.Confirmation.Rejected) != 1 || !strings.HasPrefix(s.Confirmation.Rejected[0].Message, want) {
			t.Errorf("rejections %v, want one of %s", s.Confirmation.Rejected, want)
		}
	}
}
