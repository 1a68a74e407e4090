package keyapi

import (
	"encoding/json"
	"time"

	"github.com/fairlead-dev/fairlead/api/v1alpha1"
	"github.com/fairlead-dev/fairlead/gateway/jsonwrite"
	"github.com/fairlead-dev/fairlead/gateway/keystore"
	"github.com/fairlead-dev/fairlead/gateway/money"
	"github.com/fairlead-dev/fairlead/gateway/snapshot"
)

// Facts are what answers say about a key. What is not there is null.
type Facts struct {
	// KeyName is the name of the GatewayKey; no part of the key.
	KeyName  string  `json:"key_name"`
	KeyAlias *string `json:"key_alias"`
	// Token is the ID of the key, which stands for it in every other request.
	Token               string          `json:"token"`
	Spend               *json.Number    `json:"spend"`
	Expires             *time.Time      `json:"expires"`
	Models              []string        `json:"models"`
	MaxBudget           *json.Number    `json:"max_budget"`
	BudgetDuration      *string         `json:"budget_duration"`
	RPMLimit            *int64          `json:"rpm_limit"`
	TPMLimit            *int64          `json:"tpm_limit"`
	MaxParallelRequests *int64          `json:"max_parallel_requests"`
	UserID              *string         `json:"user_id"`
	TeamID              *string         `json:"team_id"`
	Metadata            json.RawMessage `json:"metadata"`
	CreatedAt           *time.Time      `json:"created_at"`
}

// FactsOf says what is known of a key. record is nil where the store does not tell, and spend where the ledger does not.
func FactsOf(k *snapshot.Key, record *keystore.Record, spend *money.USD) Facts {
	f := Facts{
		KeyName: k.Name, KeyAlias: optional(k.Name), Token: k.ID, Expires: optional(k.Expires.UTC()), Models: make([]string, len(k.Models)),
		UserID: optional(k.Owner), TeamID: optional(k.Labels[keystore.LabelTeam]),
	}
	for i, m := range k.Models {
		f.Models[i] = string(m)
	}
	if spend != nil {
		f.Spend = dollars(*spend)
	}
	for _, l := range k.Limits {
		f.limit(l)
	}
	if len(k.Budgets) > 0 && k.Budgets[0].Name == "" {
		f.MaxBudget, f.BudgetDuration = dollars(k.Budgets[0].Limit), optional(durationOf(k.Budgets[0].Window))
	}
	if record != nil {
		f.KeyAlias, f.Metadata, f.CreatedAt = optional(record.Alias), record.Metadata, optional(record.Created.UTC())
	}
	return f
}

// limit adds a rate limit in LiteLLM's words, which has words for those of a key in a minute.
func (f *Facts) limit(l *snapshot.Limit) {
	if l.Per != v1alpha1.LimitPerKey {
		return
	}
	if l.Window == time.Minute {
		f.RPMLimit, f.TPMLimit = least(f.RPMLimit, l.Requests), least(f.TPMLimit, l.Tokens)
	}
	f.MaxParallelRequests = least(f.MaxParallelRequests, l.Parallel)
}

// least is the tighter of a bound and another one, which is none where it is 0.
func least(a *int64, b int64) *int64 {
	if b == 0 || a != nil && *a <= b {
		return a
	}
	return &b
}

// optional is nil for what is not there.
func optional[T comparable](v T) *T {
	if v == *new(T) {
		return nil
	}
	return &v
}

func dollars(u money.USD) *json.Number { return new(json.Number(u.String())) }

// Generated is the answer of /key/generate, the only one that holds the key. secret is that key.
func Generated(secret string, f Facts, ignored []string) []byte {
	return jsonwrite.Must(struct {
		Key     string `json:"key"`
		TokenID string `json:"token_id"`
		Facts
		Ignored []string `json:"ignored,omitempty"`
	}{secret, f.Token, f, ignored})
}

// Info is the answer of /key/info. It names the key by its ID.
func Info(f Facts) []byte {
	return jsonwrite.Must(struct {
		Key  string `json:"key"`
		Info Facts  `json:"info"`
	}{f.Token, f})
}

// Removed is the answer of /key/delete: the IDs of the keys, or the names of those that were not in service.
func Removed(ids []string) []byte {
	return jsonwrite.Must(map[string][]string{"deleted_keys": ids})
}
