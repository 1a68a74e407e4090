package explain

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/fairlead-dev/fairlead/api/v1alpha1"
	"github.com/fairlead-dev/fairlead/gateway/budget"
	"github.com/fairlead-dev/fairlead/gateway/fault"
	"github.com/fairlead-dev/fairlead/gateway/limit"
	"github.com/fairlead-dev/fairlead/gateway/load"
	"github.com/fairlead-dev/fairlead/gateway/money"
	"github.com/fairlead-dev/fairlead/gateway/provider/protocols"
	"github.com/fairlead-dev/fairlead/gateway/snapshot"
)

var update = flag.Bool("update", false, "rewrite the golden files")

const dollar = money.USD(1_000_000_000)

// untouched are limits that nobody has used, but for the kinds and the subjects that used says.
type untouched struct{ used map[string]int64 }

func (u untouched) Peek(_ context.Context, claims []limit.Claim) []limit.State {
	var states []limit.State
	for _, c := range claims {
		used := u.used[c.Limit.ID+" "+c.Subject]
		if most := c.Limit.Requests; most > 0 {
			states = append(states, limit.State{Limit: c.Limit, Kind: limit.Requests, Max: most, Remaining: max(most-used, 0), Reset: 32 * time.Second})
		}
		if most := c.Limit.Parallel; most > 0 {
			states = append(states, limit.State{Limit: c.Limit, Kind: limit.Parallel, Max: most, Remaining: max(most-used, 0)})
		}
	}
	return states
}

// spent says what of budgets is spent, by subject; nothing is known of those that are not in it.
type spent map[string]money.USD

func (s spent) Peek(_ context.Context, charges []budget.Charge) []budget.State {
	states := make([]budget.State, len(charges))
	for i, c := range charges {
		sum, known := s[c.Subject]
		states[i] = budget.State{
			Budget: c.Budget, Subject: c.Subject, Spent: sum, Known: known, Until: time.Date(2000, 2, 1, 0, 0, 0, 0, time.UTC),
		}
	}
	return states
}

func timeouts() v1alpha1.Timeouts {
	return v1alpha1.Timeouts{Request: "10m", FirstByte: "1m", StreamIdle: "30s"}
}

func target(name, provider, model string, priority int32) v1alpha1.RouteTarget {
	return v1alpha1.RouteTarget{
		Name: name, Provider: provider, Model: v1alpha1.ModelPattern(model), Weight: 1, Priority: priority, Timeouts: timeouts(),
	}
}

func endpoint(namespace, name string) snapshot.Provider {
	return snapshot.Provider{Namespace: namespace, Name: name, Endpoint: &v1alpha1.ResolvedEndpoint{
		Protocol: v1alpha1.ProtocolOpenAI, URL: "http://127.0.0.1:1",
	}}
}

// pool is a provider of four servers, that scales to zero.
func pool(state v1alpha1.ActivationState) snapshot.Provider {
	p := endpoint("ai", "pool")
	p.Activation = &v1alpha1.Activation{State: state, Timeout: "5m"}
	for i, missing := range [][]v1alpha1.ModelName{nil, {"llama3.2:3b"}, nil, nil} {
		p.Servers = append(p.Servers, v1alpha1.OllamaServer{
			Name: fmt.Sprintf("pool-%d", i), URL: fmt.Sprintf("http://10.0.0.%d:11434", i+1), MissingModels: missing,
		})
	}
	return p
}

// stack has one of everything: an alias with three targets of which one is not usable, a wildcard, one that is for few, and keys.
func stack() snapshot.Input {
	chat := &v1alpha1.Route{
		Revision: "sha256:r", Generation: 1, Gateway: "ai/main", Model: "chat", Strategy: v1alpha1.StrategyWeighted,
		Targets: []v1alpha1.RouteTarget{
			target("local", "ai/local", "llama3.2:3b", 0), target("cloud", "ai/openai", "gpt-5", 1), target("late", "ai/openai", "gpt-5-mini", 2),
			target("gone", "ai/nobody", "x", 3),
		},
		Retry: v1alpha1.RouteRetry{Attempts: 1, RetryOn: []v1alpha1.RetryCondition{v1alpha1.RetryOnTimeout, v1alpha1.RetryOnConnectFailure}, BudgetPercent: 20},
		Cache: &v1alpha1.CachePolicy{Mode: v1alpha1.CacheExact, TTL: "10m", Scope: v1alpha1.CacheScopeKey, MaxBytes: 1 << 20},
		RateLimits: []v1alpha1.RateLimit{
			{Name: "all", Per: v1alpha1.LimitPerAlias, Requests: 600, Window: "1m"}, {Name: "slots", Per: v1alpha1.LimitPerTarget, Parallel: 4},
		},
	}
	chat.Targets[1].Pricing = &v1alpha1.Pricing{InputPerMillionTokens: "2.5", OutputPerMillionTokens: "10", PerRequest: "0.001"}
	wild := &v1alpha1.Route{
		Revision: "sha256:w", Generation: 1, Gateway: "ai/main", Model: "openai/*", Strategy: v1alpha1.StrategyRoundRobin,
		Targets: []v1alpha1.RouteTarget{target("any", "ai/openai", "*", 0)},
	}
	few := &v1alpha1.Route{
		Revision: "sha256:f", Generation: 1, Gateway: "ai/main", Model: "few", Strategy: v1alpha1.StrategyLeastBusy,
		Targets:     []v1alpha1.RouteTarget{target("gone", "ai/nobody", "x", 0)},
		AllowedKeys: &metav1.LabelSelector{MatchLabels: map[string]string{"team": "b"}},
	}
	pooled := &v1alpha1.Route{
		Revision: "sha256:p", Generation: 1, Gateway: "ai/main", Model: "pooled", Strategy: v1alpha1.StrategyWeighted,
		Targets: []v1alpha1.RouteTarget{target("pool", "ai/pool", "llama3.2:3b", 0), target("spare", "ai/openai", "gpt-5", 1)},
		Retry:   v1alpha1.RouteRetry{Attempts: 1},
	}
	return snapshot.Input{
		Gateway: "ai/main",
		Config: &v1alpha1.GatewayConfig{Revision: "sha256:c", KeysMode: v1alpha1.KeysRequired, Budgets: []v1alpha1.GatewayBudget{
			{Name: "everybody", Per: v1alpha1.BudgetPerSelection, Budget: budgetOf("500", v1alpha1.BudgetMonth, v1alpha1.BudgetWarn)},
		}},
		Credentials: map[string][]byte{
			v1alpha1.CredentialPepper:    bytes.Repeat([]byte("p"), 32),
			v1alpha1.CredentialMasterKey: []byte(strings.Repeat("ab", 32)),
		},
		Providers: []snapshot.Provider{endpoint("ai", "local"), endpoint("ai", "openai"), pool(v1alpha1.ActivationActive)},
		Aliases: []snapshot.Alias{
			{Namespace: "ai", Name: "chat", Route: chat},
			{Namespace: "ai", Name: "all-openai", Route: wild},
			{Namespace: "ai", Name: "few", Route: few},
			{Namespace: "ai", Name: "pooled", Route: pooled},
		},
		Keys: []snapshot.GatewayKey{
			key("ci", "cd", func(p *v1alpha1.KeyPolicy) {
				own := budgetOf("5", v1alpha1.BudgetDay, v1alpha1.BudgetReject)
				p.Budget, p.Owner = &own, "ann"
				p.AllowedModels = []v1alpha1.ModelPattern{"chat", "few"}
				p.RateLimits = []v1alpha1.RateLimit{{Name: "rpm", Per: v1alpha1.LimitPerKey, Requests: 60, Parallel: 2, Window: "1m"}}
			}),
			key("old", "ef", func(p *v1alpha1.KeyPolicy) {
				p.ExpiresAt = &metav1.Time{Time: time.Date(1999, 12, 31, 0, 0, 0, 0, time.UTC)}
			}),
		},
	}
}

func budgetOf(limit v1alpha1.USD, window v1alpha1.BudgetWindow, action v1alpha1.BudgetAction) v1alpha1.Budget {
	return v1alpha1.Budget{LimitUSD: limit, Window: window, OnExceeded: action}
}

func key(name, digit string, edit func(*v1alpha1.KeyPolicy)) snapshot.GatewayKey {
	p := &v1alpha1.KeyPolicy{
		Revision: "sha256:k", Generation: 1, Gateway: "ai/main", Digest: v1alpha1.KeyDigest(strings.Repeat(digit, 32)), Labels: map[string]string{"team": "a"},
	}
	edit(p)
	return snapshot.GatewayKey{Namespace: "team-a", Name: name, Policy: p}
}

// scene is a question, and what has happened before it.
type scene struct {
	question Question
	used     map[string]int64
	spent    spent
	before   func(s *snapshot.Snapshot)
	edit     func(in *snapshot.Input)
}

func scenes() map[string]scene {
	nothing := spent{"key/team-a/ci": dollar / 2, "gateway/everybody": 12 * dollar}
	return map[string]scene{
		"Served":    {question: Question{Model: "chat", Key: "team-a/ci"}, spent: nothing, used: map[string]int64{"key/team-a/ci/rpm cdcdcdcdcdcdcdcd": 1}},
		"Master":    {question: Question{Model: "chat", User: "bob"}, spent: spent{"gateway/everybody": 501 * dollar}},
		"Chosen":    {question: Question{Model: "chat", Key: Master, Targets: []string{"late", "cloud"}}, spent: spent{}},
		"Wildcard":  {question: Question{Model: "openai/gpt-5-nano"}, spent: nothing},
		"Unwell":    {question: Question{Model: "chat"}, spent: nothing, before: unwell},
		"NotInList": {question: Question{Model: "openai/gpt-5", Key: "team-a/ci"}, spent: nothing},
		"NotInTeam": {question: Question{Model: "few", Key: "cdcdcdcdcdcdcdcd"}, spent: nothing},
		"NoTarget":  {question: Question{Model: "few"}, spent: nothing},
		"Expired":   {question: Question{Model: "chat", Key: "team-a/old"}, spent: nothing},
		"Limited":   {question: Question{Model: "chat", Key: "team-a/ci"}, spent: nothing, used: map[string]int64{"key/team-a/ci/rpm cdcdcdcdcdcdcdcd": 60}},
		"Servers":   {question: Question{Model: "pooled"}, spent: nothing, before: busyServers},
		"Asleep":    {question: Question{Model: "pooled"}, spent: nothing, edit: func(in *snapshot.Input) { in.Providers[2] = sleeping() }},
		"AllAsleep": {question: Question{Model: "pooled"}, spent: nothing, edit: onlySleeping},
		"Spent":     {question: Question{Model: "chat", Key: "team-a/ci"}, spent: spent{"key/team-a/ci": 5 * dollar, "gateway/everybody": 0}},
	}
}

// unwell has the first target ejected and the second cooling down.
func unwell(s *snapshot.Snapshot) {
	tiers, now := s.Models["chat"].Tiers, time.Now()
	health := tiers[0][0].Upstream.Health
	health.Consecutive, health.EjectFor, health.MaxEjectFor = 1, 30*time.Second, time.Minute
	tiers[0][0].Load.Begin()
	tiers[0][0].Load.Fail(now, health)
	tiers[1][0].Load.FirstByte(now, 120*time.Millisecond)
	tiers[1][0].Load.Succeed(now)
	tiers[1][0].Load.Cool(now.Add(20 * time.Second))
}

// busyServers has one server busy, and one that could not be reached.
func busyServers(s *snapshot.Snapshot) {
	servers, now := s.ServersOf("ai/pool"), time.Now()
	servers[0].Load.Begin()
	servers[2].Load.Fail(now, load.Health{Consecutive: 1, EjectFor: time.Second, MaxEjectFor: time.Second})
}

func sleeping() snapshot.Provider {
	p := pool(v1alpha1.ActivationScaledToZero)
	p.Servers = nil
	return p
}

// onlySleeping leaves no target that can answer now.
func onlySleeping(in *snapshot.Input) {
	in.Providers[2] = sleeping()
	in.Aliases[3].Route.Targets = in.Aliases[3].Route.Targets[:1]
}

func explained(t *testing.T, sc scene) *Explanation {
	t.Helper()
	var e *Explanation
	synctest.Test(t, func(t *testing.T) {
		in := stack()
		if sc.edit != nil {
			sc.edit(&in)
		}
		s := snapshot.Build(in, nil, protocols.New())
		if rejected := s.Confirmation.Rejected; len(rejected) > 0 {
			t.Fatalf("left out: %+v", rejected)
		}
		if sc.before != nil {
			sc.before(s)
		}
		sc.question.Now = time.Now()
		x := New(Options{Limits: untouched{sc.used}, Budgets: sc.spent})
		var err error
		if e, err = x.Explain(t.Context(), s, sc.question); err != nil {
			t.Fatal(err)
		}
		e.Snapshot = "sha256:…"
	})
	return e
}

func TestText(t *testing.T) {
	for name, sc := range scenes() {
		t.Run(name, func(t *testing.T) {
			var text bytes.Buffer
			if err := explained(t, sc).WriteText(&text); err != nil {
				t.Fatal(err)
			}
			golden(t, name+".txt", text.Bytes())
		})
	}
}

// TestJSON: scripts read it, and so does the command, which must find in it all that the text says.
func TestJSON(t *testing.T) {
	e := explained(t, scenes()["Unwell"])
	document, err := json.MarshalIndent(e, "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	golden(t, "Unwell.json", append(document, '\n'))
	var read Explanation
	if err := json.Unmarshal(document, &read); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(e, &read); diff != "" {
		t.Errorf("what was read (-want +got):\n%s", diff)
	}
}

func golden(t *testing.T, file string, got []byte) {
	t.Helper()
	path := filepath.Join("testdata", file)
	if *update {
		if err := os.WriteFile(path, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), string(got)); diff != "" {
		t.Errorf("%s (-want +got):\n%s", file, diff)
	}
}

func TestQuestionsWithoutAnswer(t *testing.T) {
	s := snapshot.Build(stack(), nil, protocols.New())
	cases := map[string]struct {
		question Question
		want     error
	}{
		"Model":   {Question{Model: "chatt"}, ErrNoModel},
		"NoModel": {Question{}, ErrNoModel},
		"Key":     {Question{Model: "chat", Key: "team-a/nobody"}, ErrNoKey},
		"Secret":  {Question{Model: "chat", Key: "sk-secret"}, ErrKeyItself},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			_, err := New(Options{}).Explain(t.Context(), s, c.question)
			if !errors.Is(err, c.want) || strings.Contains(err.Error(), "sk-secret") {
				t.Errorf("error %v, want %v", err, c.want)
			}
		})
	}
	_, err := New(Options{}).Explain(t.Context(), s, Question{Model: "chat", Targets: []string{"nowhere"}})
	if _, ok := errors.AsType[*fault.Error](err); !ok {
		t.Errorf("error %v for a target that there is not", err)
	}
}

// TestNothingConfigured: without limits and budgets there is still an answer.
func TestNothingConfigured(t *testing.T) {
	s := snapshot.Build(stack(), nil, protocols.New())
	e, err := New(Options{}).Explain(t.Context(), s, Question{Model: "chat", Key: "team-a/ci", Now: time.Now()})
	if err != nil || e.Verdict.Status != 200 || len(e.Limits)+len(e.Budgets) != 0 {
		t.Errorf("%+v, %v", e, err)
	}
}
