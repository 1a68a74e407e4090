package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/fairlead-dev/fairlead/api/v1alpha1"
	"github.com/fairlead-dev/fairlead/gateway/ledger"
	"github.com/fairlead-dev/fairlead/gateway/ledger/internal/row"
	"github.com/fairlead-dev/fairlead/gateway/money"
)

func dialect() row.Dialect {
	return row.Dialect{
		Table: "events", Placeholder: "?",
		Time: func(t time.Time) any { return t.UnixMicro() },
		ID:   func(id ledger.ID) any { return id[:] },
	}
}

// Logs is a page of events, the newest first.
func (s *Store) Logs(ctx context.Context, f ledger.Filter) (ledger.Page, error) {
	query, args, err := dialect().Search(s.gateway, f)
	if err != nil {
		return ledger.Page{}, err
	}
	found, err := collect(ctx, s.db, scanEvent, query, args...)
	if err != nil {
		return ledger.Page{}, fmt.Errorf("reading the log: %w", err)
	}
	return row.Page(f, found), nil
}

func scanEvent(rows *sql.Rows) (*ledger.Event, error) {
	var (
		event  row.Row
		id     []byte
		micros int64
	)
	if err := rows.Scan(append([]any{&id, &micros}, event.Targets()...)...); err != nil {
		return nil, err
	}
	var key ledger.ID
	copy(key[:], id)
	return event.Event(key, time.UnixMicro(micros)), nil
}

// Spend sums what was used, by one of its dimensions.
func (s *Store) Spend(ctx context.Context, by ledger.By, from, to time.Time) ([]ledger.Sum, error) {
	column, err := row.ColumnOf(by)
	if err != nil {
		return nil, err
	}
	query := "SELECT " + column + ", sum(requests), sum(input_tokens), sum(cached_input_tokens), sum(cost), sum(output_tokens) " +
		"FROM spend WHERE gateway = ? AND day >= ? AND day < ? GROUP BY 1 ORDER BY " + row.OrderOf(by) + " LIMIT ?"
	sums, err := collect(ctx, s.db, scanSum, query, s.gateway, dayText(from), dayText(ledger.DayAfter(to)), ledger.MaxSums)
	if err != nil {
		return nil, fmt.Errorf("summing what was spent: %w", err)
	}
	return sums, nil
}

func scanSum(rows *sql.Rows) (sum ledger.Sum, err error) {
	return sum, rows.Scan(&sum.Name, &sum.Requests, &sum.InputTokens, &sum.CachedInputTokens, &sum.Cost, &sum.OutputTokens)
}

const spentQuery = `
SELECT subject,
    coalesce(sum(cost) FILTER (WHERE day >= ? AND day < ?), 0),
    coalesce(sum(cost) FILTER (WHERE day >= ? AND day < ?), 0),
    coalesce(sum(cost) FILTER (WHERE day >= ? AND day < ?), 0)
FROM budget_spend WHERE gateway = ? AND subject IN (%s) GROUP BY subject`

// subjectsAtOnce is well below the number of parameters that a statement may have.
const subjectsAtOnce = 500

// Spent is what counts against the subjects in the windows of now.
func (s *Store) Spent(
	ctx context.Context, subjects []string, now time.Time,
) (map[string]map[v1alpha1.BudgetWindow]money.USD, error) {
	stored := row.Stored(subjects)
	dayFrom, dayTo := ledger.WindowOf(v1alpha1.BudgetDay, now)
	weekFrom, weekTo := ledger.WindowOf(v1alpha1.BudgetWeek, now)
	monthFrom, monthTo := ledger.WindowOf(v1alpha1.BudgetMonth, now)
	windows := []any{
		dayText(dayFrom), dayText(dayTo), dayText(weekFrom), dayText(weekTo), dayText(monthFrom), dayText(monthTo), s.gateway,
	}
	var all []row.Spent
	for rest := stored.Names(); len(rest) > 0; rest = rest[min(len(rest), subjectsAtOnce):] {
		args := windows[:len(windows):len(windows)]
		for _, name := range rest[:min(len(rest), subjectsAtOnce)] {
			args = append(args, name)
		}
		query := fmt.Sprintf(spentQuery, strings.TrimPrefix(strings.Repeat(", ?", len(args)-len(windows)), ", "))
		found, err := collect(ctx, s.db, scanSpent, query, args...)
		if err != nil && !isNew(err) {
			return nil, fmt.Errorf("reading what counts against budgets: %w", err)
		}
		all = append(all, found...)
	}
	return stored.Answer(all), nil
}

// isNew says whether a query failed because the database has no tables yet, for which SQLite has no code of its own.
func isNew(err error) bool { return strings.Contains(err.Error(), "no such table") }

func scanSpent(rows *sql.Rows) (spent row.Spent, err error) {
	return spent, rows.Scan(&spent.Subject, &spent.Day, &spent.Week, &spent.Month)
}

// KeySpend is all that a key has ever spent.
func (s *Store) KeySpend(ctx context.Context, keyID string) (money.USD, error) {
	const query = "SELECT coalesce(sum(cost), 0) FROM spend WHERE gateway = ? AND key_id = ?"
	var spent money.USD
	if err := s.db.QueryRowContext(ctx, query, s.gateway, ledger.CleanShort(keyID)).Scan(&spent); err != nil {
		return 0, fmt.Errorf("reading what a key has spent: %w", err)
	}
	return spent, nil
}

func collect[T any](
	ctx context.Context, db *sql.DB, scan func(*sql.Rows) (T, error), query string, args ...any,
) (found []T, err error) {
	rows, err := db.QueryContext(ctx, query, args...)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	for rows.Next() {
		one, err := scan(rows)
		if err != nil {
			return nil, err
		}
		found = append(found, one)
	}
	return found, rows.Err()
}
