package ledger

import (
	"context"
	"errors"
	"time"

	"github.com/fairlead-dev/fairlead/api/v1alpha1"
	"github.com/fairlead-dev/fairlead/gateway/money"
)

// ErrNoStore says that there is no store to ask.
var ErrNoStore = errors.New("no database is configured")

var _ Querier = (*Ledger)(nil)

// Logs asks the store that there is at the time. The error is ErrNoStore where there is none, as in the methods that follow.
func (l *Ledger) Logs(ctx context.Context, f Filter) (Page, error) {
	s := l.Store()
	if s == nil {
		return Page{}, ErrNoStore
	}
	return s.Logs(ctx, f)
}

// Spend asks the store.
func (l *Ledger) Spend(ctx context.Context, by By, from, to time.Time) ([]Sum, error) {
	s := l.Store()
	if s == nil {
		return nil, ErrNoStore
	}
	return s.Spend(ctx, by, from, to)
}

// Spent asks the store.
func (l *Ledger) Spent(
	ctx context.Context, subjects []string, now time.Time,
) (map[string]map[v1alpha1.BudgetWindow]money.USD, error) {
	s := l.Store()
	if s == nil {
		return nil, ErrNoStore
	}
	return s.Spent(ctx, subjects, now)
}

// KeySpend asks the store.
func (l *Ledger) KeySpend(ctx context.Context, keyID string) (money.USD, error) {
	s := l.Store()
	if s == nil {
		return 0, ErrNoStore
	}
	return s.KeySpend(ctx, keyID)
}
