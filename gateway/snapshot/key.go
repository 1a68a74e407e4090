package snapshot

import (
	"time"

	"github.com/fairlead-dev/fairlead/api/v1alpha1"
	"github.com/fairlead-dev/fairlead/gateway/money"
)

// Key is a GatewayKey: who calls, and what it may do.
type Key struct {
	// ID names the key in logs, metrics and the ledger.
	ID string
	// Namespace and Name are the GatewayKey that it comes from.
	Namespace, Name string
	// Labels of the GatewayKey.
	Labels map[string]string
	// Models are patterns of the models that it may ask for; all where it is empty.
	Models []Pattern
	// Limits of the key.
	Limits []*Limit
	// Budgets that bound what it may spend: its own first, then the gateway's that select it.
	Budgets []*Budget
	// Expires is when it stops to work, zero where it does not.
	Expires time.Time
	// TrustUserHeaders says that plain headers name the end user.
	TrustUserHeaders bool
	// Owner is the user where a call names none.
	Owner string

	digest [32]byte
}

// Expired says whether the key has stopped to work.
func (k *Key) Expired(now time.Time) bool { return !k.Expires.IsZero() && !now.Before(k.Expires) }

// May says whether the key may ask for a model by a name.
func (k *Key) May(model string) bool {
	if len(k.Models) == 0 {
		return true
	}
	for _, p := range k.Models {
		if _, ok := p.Match(model); ok {
			return true
		}
	}
	return false
}

// Limit is one rate limit. It bounds each subject for itself: a key, a user, the alias, a target.
type Limit struct {
	// ID tells the limit from all others of the gateway, whatever objects they come from: `alias/team-a/chat/rpm`.
	ID string
	// Name is what its author calls it.
	Name string
	Per  v1alpha1.LimitPer
	// Requests and Tokens in each Window, Parallel at any time; 0 where there is no such bound.
	Requests, Tokens, Parallel int64
	Window                     time.Duration
}

// Budget bounds what may be spent in a window.
type Budget struct {
	// ID tells the budget from all others of the gateway: `gateway/team-a`, `key/team-a/ci`.
	ID string
	// Name is what its author calls it; empty for a key's own.
	Name   string
	Per    v1alpha1.BudgetPer
	Limit  money.USD
	Window v1alpha1.BudgetWindow
	// Warn says that calls are served although the budget is spent.
	Warn bool
}

// Price is what a target costs. Token prices are for a million of them.
type Price struct {
	Input, CachedInput, CacheWrite, Output, Request money.USD
	// Known says that the target has a price.
	Known bool
}

// Cost of an answered request. input are all tokens of the prompt; cached and written are parts of them.
func (p *Price) Cost(input, cached, written, output int64) money.USD {
	fresh := max(input-cached-written, 0)
	cost := money.Add(p.Request, p.Input.ForTokens(fresh))
	cost = money.Add(cost, p.CachedInput.ForTokens(cached))
	cost = money.Add(cost, p.CacheWrite.ForTokens(written))
	return money.Add(cost, p.Output.ForTokens(output))
}

// Cache says what of a model's answers is kept.
type Cache struct {
	TTL      time.Duration
	Scope    v1alpha1.CacheScope
	MaxBytes int
}
