package keyapi

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/fairlead-dev/fairlead/api/v1alpha1"
	"github.com/fairlead-dev/fairlead/gateway/keystore"
	"github.com/fairlead-dev/fairlead/gateway/money"
	"github.com/fairlead-dev/fairlead/gateway/snapshot"
)

func TestAnswers(t *testing.T) {
	k := &snapshot.Key{
		ID: "0123456789abcdef", Namespace: "ai", Name: "team-a", Labels: map[string]string{keystore.LabelTeam: "a"},
		Models: []snapshot.Pattern{"chat", "a/*"}, Owner: "ann", Expires: now.Truncate(time.Second),
		Limits: []*snapshot.Limit{
			{Per: v1alpha1.LimitPerKey, Requests: 10, Tokens: 2000, Parallel: 3, Window: time.Minute},
			{Per: v1alpha1.LimitPerKey, Requests: 5, Parallel: 7, Window: time.Minute},
			{Per: v1alpha1.LimitPerKey, Requests: 1, Window: time.Hour},
			{Per: v1alpha1.LimitPerUser, Requests: 1, Window: time.Minute},
		},
		Budgets: []*snapshot.Budget{{ID: "key/ai/team-a", Limit: 1_500_000_000, Window: v1alpha1.BudgetWeek}},
	}
	record := &keystore.Record{Alias: "Team A", Metadata: json.RawMessage(`{"a":1}`), Created: now.Truncate(time.Second)}
	const facts = `"key_name":"team-a","key_alias":"Team A","token":"0123456789abcdef","spend":0.25,"expires":"2026-11-23T12:00:00Z",` +
		`"models":["chat","a/*"],"max_budget":1.5,"budget_duration":"7d","rpm_limit":5,"tpm_limit":2000,"max_parallel_requests":3,` +
		`"user_id":"ann","team_id":"a","metadata":{"a":1},"created_at":"2026-11-23T12:00:00Z"`
	const least = `"key_name":"ci","key_alias":"ci","token":"fedcba9876543210","spend":null,"expires":null,"models":[],"max_budget":null,` +
		`"budget_duration":null,"rpm_limit":null,"tpm_limit":null,"max_parallel_requests":null,"user_id":null,"team_id":null,` +
		`"metadata":null,"created_at":null`
	f := FactsOf(k, record, new(money.USD(250_000_000)))
	plain := FactsOf(&snapshot.Key{ID: "fedcba9876543210", Name: "ci"}, nil, nil)
	for name, c := range map[string]struct {
		got  []byte
		want string
	}{
		"Generated": {Generated("sk-x", f, []string{"tags"}), `{"key":"sk-x","token_id":"0123456789abcdef",` + facts + `,"ignored":["tags"]}`},
		"Info":      {Info(f), `{"key":"0123456789abcdef","info":{` + facts + `}}`},
		"Least":     {Info(plain), `{"key":"fedcba9876543210","info":{` + least + `}}`},
		"Removed":   {Removed([]string{"0123456789abcdef"}), `{"deleted_keys":["0123456789abcdef"]}`},
	} {
		t.Run(name, func(t *testing.T) {
			if diff := cmp.Diff(c.want, string(c.got)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}
