package keyapi

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/fairlead-dev/fairlead/api/v1alpha1"
	"github.com/fairlead-dev/fairlead/gateway/fault"
	"github.com/fairlead-dev/fairlead/gateway/keystore"
)

var now = time.Date(2026, 11, 23, 12, 0, 0, 999, time.UTC)

func monthly(usd v1alpha1.USD) *v1alpha1.Budget {
	return &v1alpha1.Budget{LimitUSD: usd, Window: v1alpha1.BudgetMonth, OnExceeded: v1alpha1.BudgetReject}
}

func TestParseGenerate(t *testing.T) {
	for name, c := range map[string]struct {
		body string
		want Generate
	}{
		"Nothing":     {``, Generate{}},
		"EmptyObject": {`{}`, Generate{}},
		"All": {
			`{"key_alias":"Team A","models":["chat","team-a/*","chat"],"duration":"30d","max_budget":1.5,"budget_duration":"7d","rpm_limit":10,
			"tpm_limit":2000,"max_parallel_requests":3,"user_id":"ann","team_id":"a","metadata":{"cost":"x"},"key":"sk-0123456789abcdefgh"}`,
			Generate{Secret: "sk-0123456789abcdefgh", Key: keystore.Key{
				Record: keystore.Record{Alias: "Team A", Metadata: json.RawMessage(`{"cost":"x"}`)},
				Models: []v1alpha1.ModelPattern{"chat", "team-a/*"},
				Limit:  &v1alpha1.RateLimit{Name: "key", Per: v1alpha1.LimitPerKey, Requests: 10, Tokens: 2000, Parallel: 3, Window: "1m"},
				Budget: &v1alpha1.Budget{LimitUSD: "1.5", Window: v1alpha1.BudgetWeek, OnExceeded: v1alpha1.BudgetReject},
				Owner:  "ann", Team: "a", Expires: time.Date(2026, 12, 23, 12, 0, 0, 0, time.UTC),
			}},
		},
		"WhatASDKSends": {
			`{"key_alias":null,"models":[],"spend":0,"max_budget":null,"config":{},"permissions":{},"aliases":{},"metadata":{},"blocked":false,
			"key_type":"default","guardrails":[ ],"model_max_budget":{ },"tags":["x"],"send_invite_email":true,"soft_budget":5}`,
			Generate{Ignored: []string{"send_invite_email", "soft_budget", "tags"}},
		},
		"BudgetOfAMonth":   {`{"max_budget":10}`, Generate{Key: keystore.Key{Budget: monthly("10")}}},
		"BudgetInCents":    {`{"max_budget":1e-2}`, Generate{Key: keystore.Key{Budget: monthly("0.01")}}},
		"BudgetOfNothing":  {`{"max_budget":0}`, Generate{Key: keystore.Key{Budget: monthly("0")}}},
		"WindowWithout":    {`{"budget_duration":"1d"}`, Generate{Ignored: []string{"budget_duration"}}},
		"AllModels":        {`{"models":["all-proxy-models"]}`, Generate{}},
		"OneModel":         {`{"models":"chat"}`, Generate{Key: keystore.Key{Models: []v1alpha1.ModelPattern{"chat"}}}},
		"Seconds":          {`{"duration":"30s"}`, Generate{Key: keystore.Key{Expires: time.Date(2026, 11, 23, 12, 0, 30, 0, time.UTC)}}},
		"Month":            {`{"duration":"1mo"}`, Generate{Key: keystore.Key{Expires: time.Date(2026, 12, 23, 12, 0, 0, 0, time.UTC)}}},
		"LongAliasIsThere": {`{"key_alias":"` + strings.Repeat("a", maxAlias) + `"}`, Generate{Key: keystore.Key{Record: keystore.Record{Alias: strings.Repeat("a", maxAlias)}}}},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := ParseGenerate([]byte(c.body), now)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(&c.want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestParseGenerateRefuses(t *testing.T) {
	for name, c := range map[string]struct {
		body, param, code string
	}{
		"NoJSON":               {`{`, "", fault.CodeInvalidJSON},
		"List":                 {`[]`, "", fault.CodeInvalidJSON},
		"RepeatedField":        {`{"rpm_limit":1,"rpm_limit":2}`, "", fault.CodeDuplicateKey},
		"RepeatedInside":       {`{"metadata":{"a":1,"a":2}}`, "", fault.CodeDuplicateKey},
		"ShortKey":             {`{"key":"sk-short"}`, "key", fault.CodeInvalidValue},
		"KeyWithoutPrefix":     {`{"key":"0123456789012345678901"}`, "key", fault.CodeInvalidValue},
		"KeyWithSpace":         {`{"key":"sk-0123456789 0123456789"}`, "key", fault.CodeInvalidValue},
		"LongKey":              {`{"key":"sk-` + strings.Repeat("a", 254) + `"}`, "key", fault.CodeInvalidValue},
		"KeyIsNumber":          {`{"key":12345678901234567890}`, "key", fault.CodeInvalidType},
		"AliasOfManyLines":     {`{"key_alias":"a\nb"}`, "key_alias", fault.CodeInvalidValue},
		"Team":                 {`{"team_id":"not a label"}`, "team_id", fault.CodeInvalidValue},
		"User":                 {`{"user_id":"` + strings.Repeat("a", 257) + `"}`, "user_id", fault.CodeInvalidValue},
		"Models":               {`{"models":["a*b"]}`, "models", fault.CodeInvalidValue},
		"ModelsOfTheTeam":      {`{"models":["all-team-models"]}`, "models", fault.CodeInvalidValue},
		"TooManyModels":        {`{"models":["a"` + strings.Repeat(`,"a"`, 64) + `]}`, "models", fault.CodeInvalidValue},
		"NoRequests":           {`{"rpm_limit":0}`, "rpm_limit", fault.CodeInvalidValue},
		"HalfATokens":          {`{"tpm_limit":0.5}`, "tpm_limit", fault.CodeInvalidType},
		"ParallelBeyond":       {`{"max_parallel_requests":1000001}`, "max_parallel_requests", fault.CodeInvalidValue},
		"Duration":             {`{"duration":"soon"}`, "duration", fault.CodeInvalidValue},
		"NoDuration":           {`{"duration":"0s"}`, "duration", fault.CodeInvalidValue},
		"LongDuration":         {`{"duration":"100000d"}`, "duration", fault.CodeInvalidValue},
		"BudgetWindow":         {`{"max_budget":1,"budget_duration":"90d"}`, "budget_duration", fault.CodeInvalidValue},
		"NegativeBudget":       {`{"max_budget":-1}`, "max_budget", fault.CodeInvalidValue},
		"BudgetTooFine":        {`{"max_budget":1e-10}`, "max_budget", fault.CodeInvalidValue},
		"BudgetTooLarge":       {`{"max_budget":1e9}`, "max_budget", fault.CodeInvalidValue},
		"BudgetIsText":         {`{"max_budget":"1"}`, "max_budget", fault.CodeInvalidValue},
		"MetadataIsText":       {`{"metadata":"x"}`, "metadata", fault.CodeInvalidType},
		"LargeMetadata":        {`{"metadata":{"a":"` + strings.Repeat("a", maxMetadata) + `"}}`, "metadata", fault.CodeInvalidValue},
		"BoundThatIsNotKept":   {`{"model_rpm_limit":{"chat":1}}`, "model_rpm_limit", fault.CodeUnsupported},
		"Blocked":              {`{"blocked":true}`, "blocked", fault.CodeUnsupported},
		"FirstOfSeveralBounds": {`{"guardrails":["x"],"allowed_routes":["/chat"]}`, "allowed_routes", fault.CodeUnsupported},
		"ManagementKey":        {`{"key_type":"management"}`, "key_type", fault.CodeUnsupported},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := ParseGenerate([]byte(c.body), now)
			e, ok := errors.AsType[*fault.Error](err)
			if !ok {
				t.Fatalf("got %+v, %v", got, err)
			}
			if e.Status != 400 || e.Param != c.param || e.Code != c.code {
				t.Errorf("%d %s %s (%s), want 400 %s %s", e.Status, e.Param, e.Code, e.Message, c.param, c.code)
			}
			if strings.Contains(e.Message, "0123456789") {
				t.Errorf("the message holds the key: %s", e.Message)
			}
		})
	}
}

func TestParseRemove(t *testing.T) {
	got, err := ParseRemove([]byte(`{"keys":["sk-a","0123456789abcdef"],"key_aliases":["ci"]}`))
	if diff := cmp.Diff(&Remove{Keys: []string{"sk-a", "0123456789abcdef"}, Aliases: []string{"ci"}}, got); diff != "" || err != nil {
		t.Errorf("%v (-want +got):\n%s", err, diff)
	}
	for _, body := range []string{``, `{}`, `{"keys":[]}`, `{"keys":[1]}`, `{"keys":["a"` + strings.Repeat(`,"a"`, maxRemoved) + `]}`} {
		if got, err := ParseRemove([]byte(body)); err == nil {
			t.Errorf("%.30s: %+v", body, got)
		}
	}
}

// FuzzParseGenerate: whatever is sent, what is read is a key that the kind GatewayKey admits.
func FuzzParseGenerate(f *testing.F) {
	f.Add(`{"key_alias":"a","models":["chat"],"duration":"30d","max_budget":1.5,"budget_duration":"7d","rpm_limit":10}`)
	f.Add(`{"key":"sk-0123456789abcdefgh","metadata":{},"tags":[1],"user_id":"ü"}`)
	f.Fuzz(func(t *testing.T, body string) {
		g, err := ParseGenerate([]byte(body), now)
		if err != nil {
			if _, ok := errors.AsType[*fault.Error](err); !ok {
				t.Errorf("%v is no fault", err)
			}
			return
		}
		k := &g.Key
		if len(k.Models) > maxModels || len(k.Owner) > 256 || len(k.Metadata) > maxMetadata || !k.Expires.IsZero() && !k.Expires.After(now) {
			t.Errorf("%+v", k)
		}
		if k.Budget != nil && (k.Budget.Window == "" || !validUSD.MatchString(string(k.Budget.LimitUSD))) {
			t.Errorf("budget %+v", k.Budget)
		}
	})
}
