package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"

	"github.com/fairlead-dev/fairlead/gateway/ledger"
	"github.com/fairlead-dev/fairlead/gateway/ledger/internal/row"
)

// most is the largest integer of SQLite. A sum that exceeds it becomes a float, and this the smaller one.
const most = "9223372036854775807"

func insertEvent() string {
	columns := strings.Count(row.Columns, ",") + 1
	return "INSERT INTO events (gateway, replica, id, started_at, " + row.Columns + ") VALUES (?, '', ?, ?" +
		strings.Repeat(", ?", columns) + ") ON CONFLICT DO NOTHING"
}

const addSpend = `INSERT INTO spend VALUES (?, ?, ?, ?, ?, ?, ?, 1, ?, ?, ?, ?)
ON CONFLICT DO UPDATE SET requests = requests + 1,
    input_tokens = min(` + most + `, input_tokens + excluded.input_tokens),
    cached_input_tokens = min(` + most + `, cached_input_tokens + excluded.cached_input_tokens),
    output_tokens = min(` + most + `, output_tokens + excluded.output_tokens),
    cost = min(` + most + `, cost + excluded.cost)`

const addCharge = `INSERT INTO budget_spend VALUES (?, ?, ?, ?)
ON CONFLICT DO UPDATE SET cost = min(` + most + `, cost + excluded.cost)`

// Insert adds the events that are not there yet, and what they cost to the sums, in one transaction.
func (s *Store) Insert(ctx context.Context, events []*ledger.Event) error {
	tx, err := s.db.BeginTx(ctx, nil)
	if err != nil {
		return fmt.Errorf("beginning to insert events: %w", err)
	}
	if err := s.insert(ctx, tx, events); err != nil {
		return errors.Join(fmt.Errorf("inserting events: %w", classify(err)), tx.Rollback())
	}
	if err := tx.Commit(); err != nil {
		return fmt.Errorf("committing events: %w", err)
	}
	return nil
}

func (s *Store) insert(ctx context.Context, tx *sql.Tx, events []*ledger.Event) error {
	statements, err := prepare(ctx, tx, insertEvent(), addSpend, addCharge)
	if err != nil {
		return err
	}
	event, spend, charge := statements[0], statements[1], statements[2]
	for _, e := range events {
		args := append([]any{s.gateway, e.ID[:], e.Start.UnixMicro()}, row.Values(e)...)
		result, err := event.ExecContext(ctx, args...)
		if err != nil {
			return err
		}
		if added, err := result.RowsAffected(); err != nil || added == 0 {
			if err != nil {
				return err
			}
			continue
		}
		if err := s.sum(ctx, spend, charge, e); err != nil {
			return err
		}
	}
	return nil
}

// prepare makes statements that end with the transaction.
func prepare(ctx context.Context, tx *sql.Tx, texts ...string) ([]*sql.Stmt, error) {
	statements := make([]*sql.Stmt, len(texts))
	for i, text := range texts {
		var err error
		if statements[i], err = tx.PrepareContext(ctx, text); err != nil {
			return nil, err
		}
	}
	return statements, nil
}

func (s *Store) sum(ctx context.Context, spend, charge *sql.Stmt, e *ledger.Event) error {
	day := dayText(e.Start)
	_, err := spend.ExecContext(ctx, s.gateway, day, e.KeyID, e.User, e.Alias, e.Model, e.Provider,
		e.Usage.InputTokens, e.Usage.CachedInputTokens, e.Usage.OutputTokens, int64(e.Cost))
	if err != nil || e.Cost == 0 {
		return err
	}
	charged := map[string]bool{}
	for _, subject := range e.Budgets {
		if charged[subject] {
			continue
		}
		charged[subject] = true
		if _, err := charge.ExecContext(ctx, s.gateway, subject, day, int64(e.Cost)); err != nil {
			return err
		}
	}
	return nil
}
