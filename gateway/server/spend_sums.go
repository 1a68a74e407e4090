package server

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/fairlead-dev/fairlead/gateway/fault"
	"github.com/fairlead-dev/fairlead/gateway/ledger"
)

// mostDays that a summary of logs may have: each costs three questions.
const mostDays = 92

// sum is what every answer says about one key, user and so on.
type sum struct {
	Spend              json.Number `json:"spend"`
	Requests           int64       `json:"requests"`
	TotalTokens        int64       `json:"total_tokens"`
	PromptTokens       int64       `json:"prompt_tokens"`
	CachedPromptTokens int64       `json:"cached_prompt_tokens"`
	CompletionTokens   int64       `json:"completion_tokens"`
}

func sumOf(s *ledger.Sum) sum {
	return sum{
		Spend: number(s.Cost), Requests: s.Requests, TotalTokens: s.InputTokens + s.OutputTokens,
		PromptTokens: s.InputTokens, CachedPromptTokens: s.CachedInputTokens, CompletionTokens: s.OutputTokens,
	}
}

// sums asks for those of the span that the query has, or of all that is kept.
func (q *spendQuery) sums(ctx context.Context, by ledger.By) ([]ledger.Sum, error) {
	s, err := q.span()
	if err != nil {
		return nil, err
	}
	from, to := s.days(q.now)
	return q.Spend(ctx, by, from, to)
}

type keySum struct {
	// Token is the key's ID, which LiteLLM's users take for a hash of the key; it is a part of one.
	Token string `json:"token"`
	// KeyAlias is the GatewayKey as namespace/name; null for the master key, and for a key that is no longer.
	KeyAlias *string `json:"key_alias"`
	sum
}

// byKey answers /spend/keys.
func (q *spendQuery) byKey(ctx context.Context) (any, error) {
	sums, err := q.sums(ctx, ledger.ByKey)
	if err != nil {
		return nil, err
	}
	keys := make([]keySum, len(sums))
	for i := range sums {
		keys[i] = keySum{Token: sums[i].Name, KeyAlias: q.object(sums[i].Name), sum: sumOf(&sums[i])}
	}
	return keys, nil
}

// object is the GatewayKey of a key's ID.
func (q *spendQuery) object(id string) *string {
	k := q.keys.Find(id)
	if k == nil {
		return nil
	}
	name := k.Namespace + "/" + k.Name
	return &name
}

type userSum struct {
	UserID string `json:"user_id"`
	sum
}

// byUser answers /spend/users, of one user where the query names one.
func (q *spendQuery) byUser(ctx context.Context) (any, error) {
	sums, err := q.sums(ctx, ledger.ByUser)
	if err != nil {
		return nil, err
	}
	users, only := []userSum{}, q.query.Get("user_id")
	for i := range sums {
		if only == "" || only == sums[i].Name {
			users = append(users, userSum{UserID: sums[i].Name, sum: sumOf(&sums[i])})
		}
	}
	return users, nil
}

// modelSum has the words of LiteLLM's /spend/tags for what is the same in another grouping.
type modelSum struct {
	Model      string      `json:"model"`
	LogCount   int64       `json:"log_count"`
	TotalSpend json.Number `json:"total_spend"`
	sum
}

// byModel answers /spend/models: by the names that clients use.
func (q *spendQuery) byModel(ctx context.Context) (any, error) {
	sums, err := q.sums(ctx, ledger.ByModel)
	if err != nil {
		return nil, err
	}
	models := make([]modelSum, len(sums))
	for i := range sums {
		models[i] = modelSum{Model: sums[i].Name, LogCount: sums[i].Requests, TotalSpend: number(sums[i].Cost), sum: sumOf(&sums[i])}
	}
	return models, nil
}

type groupSum struct {
	GroupBy  ledger.By `json:"group_by"`
	Name     string    `json:"name"`
	KeyAlias *string   `json:"key_alias,omitempty"`
	sum
}

// by answers /global/spend/report.
func (q *spendQuery) by(ctx context.Context) (any, error) {
	by := ledger.By(q.query.Get("group_by"))
	switch by {
	case ledger.ByDay, ledger.ByKey, ledger.ByUser, ledger.ByModel, ledger.ByAlias, ledger.ByProvider:
	case "api_key":
		by = ledger.ByKey
	case "customer":
		by = ledger.ByUser
	default:
		return nil, fault.Invalid(fault.CodeInvalidValue, "group_by",
			"'group_by' must be key, user, model, alias, day or provider, not '%s'.", fault.Clip(string(by)))
	}
	sums, err := q.sums(ctx, by)
	if err != nil {
		return nil, err
	}
	groups := make([]groupSum, len(sums))
	for i := range sums {
		groups[i] = groupSum{GroupBy: by, Name: sums[i].Name, sum: sumOf(&sums[i])}
		if by == ledger.ByKey {
			groups[i].KeyAlias = q.object(sums[i].Name)
		}
	}
	return groups, nil
}

// summary answers /spend/logs for a span of time: what each day sums up to.
func (q *spendQuery) summary(ctx context.Context, s span) (any, error) {
	from, to := s.days(q.now)
	days, err := q.Spend(ctx, ledger.ByDay, from, to)
	if err != nil {
		return nil, err
	}
	if len(days) > mostDays {
		return nil, fault.Invalid(fault.CodeInvalidValue, "start_date",
			"A summary has no more than %d days, and these are %d. Ask for less, or /global/spend/report?group_by=day.", mostDays, len(days))
	}
	summed := make([]map[string]any, len(days))
	for i := range days {
		if summed[i], err = q.day(ctx, &days[i]); err != nil {
			return nil, err
		}
	}
	return summed, nil
}

// day is one day of a summary. As LiteLLM has it, keys stand beside the other fields, by their IDs.
func (q *spendQuery) day(ctx context.Context, day *ledger.Sum) (map[string]any, error) {
	from, err := time.Parse(time.DateOnly, day.Name)
	if err != nil {
		return nil, fmt.Errorf("reading a day of the store: %w", err)
	}
	summed := map[string]any{}
	for field, by := range map[string]ledger.By{"keys": ledger.ByKey, "users": ledger.ByUser, "models": ledger.ByModel} {
		sums, err := q.Spend(ctx, by, from, from.AddDate(0, 0, 1))
		if err != nil {
			return nil, err
		}
		spent := make(map[string]json.Number, len(sums))
		for i := range sums {
			spent[sums[i].Name] = number(sums[i].Cost)
			if by == ledger.ByKey {
				summed[sums[i].Name] = number(sums[i].Cost)
			}
		}
		summed[field] = spent
	}
	summed["startTime"], summed["spend"] = day.Name, number(day.Cost)
	return summed, nil
}
