package postgres

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/fairlead-dev/fairlead/api/v1alpha1"
	"github.com/fairlead-dev/fairlead/gateway/ledger"
	"github.com/fairlead-dev/fairlead/gateway/ledger/internal/row"
	"github.com/fairlead-dev/fairlead/gateway/money"
)

func dialect() row.Dialect {
	return row.Dialect{
		Table: "fairlead.events", Placeholder: "$",
		Time: func(t time.Time) any { return t },
		ID:   func(id ledger.ID) any { return [16]byte(id) },
	}
}

// Logs is a page of events, the newest first.
func (s *Store) Logs(ctx context.Context, f ledger.Filter) (ledger.Page, error) {
	query, args, err := dialect().Search(s.gateway, f)
	if err != nil {
		return ledger.Page{}, err
	}
	found, err := collect(ctx, s, scanEvent, query, args...)
	if err != nil {
		return ledger.Page{}, fmt.Errorf("reading the log: %w", err)
	}
	return row.Page(f, found), nil
}

func scanEvent(r pgx.CollectableRow) (*ledger.Event, error) {
	var (
		event row.Row
		id    [16]byte
		start time.Time
	)
	if err := r.Scan(append([]any{&id, &start}, event.Targets()...)...); err != nil {
		return nil, err
	}
	return event.Event(id, start), nil
}

// Spend sums what was used, by one of its dimensions.
func (s *Store) Spend(ctx context.Context, by ledger.By, from, to time.Time) ([]ledger.Sum, error) {
	column, err := row.ColumnOf(by)
	if err != nil {
		return nil, err
	}
	query := "SELECT " + column + "::text, fairlead.bounded(sum(requests)), fairlead.bounded(sum(input_tokens)), " +
		"fairlead.bounded(sum(cached_input_tokens)), fairlead.bounded(sum(cost)), fairlead.bounded(sum(output_tokens)) " +
		"FROM fairlead.spend WHERE gateway = $1 AND day >= $2 AND day < $3 GROUP BY 1 ORDER BY " + row.OrderOf(by) + " LIMIT $4"
	sums, err := collect(ctx, s, scanSum, query, s.gateway, ledger.DayOf(from), ledger.DayAfter(to), ledger.MaxSums)
	if err != nil {
		return nil, fmt.Errorf("summing what was spent: %w", err)
	}
	return sums, nil
}

func scanSum(r pgx.CollectableRow) (sum ledger.Sum, err error) {
	return sum, r.Scan(&sum.Name, &sum.Requests, &sum.InputTokens, &sum.CachedInputTokens, &sum.Cost, &sum.OutputTokens)
}

const spentQuery = `
SELECT subject,
    fairlead.bounded(coalesce(sum(cost) FILTER (WHERE day >= $3 AND day < $4), 0)),
    fairlead.bounded(coalesce(sum(cost) FILTER (WHERE day >= $5 AND day < $6), 0)),
    fairlead.bounded(coalesce(sum(cost) FILTER (WHERE day >= $7 AND day < $8), 0))
FROM fairlead.budget_spend
WHERE gateway = $1 AND subject = ANY($2) AND day >= least($5::date, $7::date)
GROUP BY subject`

// Spent is what counts against the subjects in the windows of now.
func (s *Store) Spent(
	ctx context.Context, subjects []string, now time.Time,
) (map[string]map[v1alpha1.BudgetWindow]money.USD, error) {
	stored := row.Stored(subjects)
	dayFrom, dayTo := ledger.WindowOf(v1alpha1.BudgetDay, now)
	weekFrom, weekTo := ledger.WindowOf(v1alpha1.BudgetWeek, now)
	monthFrom, monthTo := ledger.WindowOf(v1alpha1.BudgetMonth, now)
	found, err := collect(ctx, s, scanSpent, spentQuery, s.gateway, stored.Names(), dayFrom, dayTo, weekFrom, weekTo, monthFrom, monthTo)
	if err != nil && !isNew(err) {
		return nil, fmt.Errorf("reading what counts against budgets: %w", err)
	}
	return stored.Answer(found), nil
}

// isNew says whether a query failed because the database has no tables yet.
// Source: https://www.postgresql.org/docs/15/errcodes-appendix.html
func isNew(err error) bool {
	refusal, refused := errors.AsType[*pgconn.PgError](err)
	return refused && refusal.Code == "42P01"
}

func scanSpent(r pgx.CollectableRow) (spent row.Spent, err error) {
	return spent, r.Scan(&spent.Subject, &spent.Day, &spent.Week, &spent.Month)
}

// KeySpend is all that a key has ever spent.
func (s *Store) KeySpend(ctx context.Context, keyID string) (money.USD, error) {
	const query = "SELECT fairlead.bounded(coalesce(sum(cost), 0)) FROM fairlead.spend WHERE gateway = $1 AND key_id = $2"
	ctx, cancel := context.WithTimeout(ctx, queryTimeout)
	defer cancel()
	var spent money.USD
	if err := s.pool.QueryRow(ctx, query, s.gateway, ledger.CleanShort(keyID)).Scan(&spent); err != nil {
		return 0, fmt.Errorf("reading what a key has spent: %w", err)
	}
	return spent, nil
}

// collect runs a query within queryTimeout.
func collect[T any](ctx context.Context, s *Store, scan pgx.RowToFunc[T], query string, args ...any) ([]T, error) {
	ctx, cancel := context.WithTimeout(ctx, queryTimeout)
	defer cancel()
	rows, err := s.pool.Query(ctx, query, args...)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, scan)
}
