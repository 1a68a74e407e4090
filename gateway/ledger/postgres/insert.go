package postgres

import (
	"context"
	_ "embed"
	"fmt"
	"time"

	"github.com/fairlead-dev/fairlead/gateway/ledger"
)

//go:embed insert.sql
var insertSQL string

// Insert adds the events that are not there yet, and what they cost to the sums.
func (s *Store) Insert(ctx context.Context, events []*ledger.Event) error {
	if _, err := s.pool.Exec(ctx, insertSQL, append([]any{s.gateway, s.replica}, columnsOf(events)...)...); err != nil {
		return fmt.Errorf("inserting events: %w", classify(err))
	}
	return nil
}

// columnsOf turns events into one array for each column, in the order of insert.sql, and two for what the events count against.
func columnsOf(events []*ledger.Event) []any {
	var chargedIDs [][16]byte
	var subjects []string
	for _, e := range events {
		for _, subject := range e.Budgets {
			chargedIDs, subjects = append(chargedIDs, e.ID), append(subjects, subject)
		}
	}
	return []any{
		column(events, func(e *ledger.Event) [16]byte { return e.ID }),
		column(events, func(e *ledger.Event) time.Time { return e.Start }),
		column(events, func(e *ledger.Event) string { return e.State.String() }),
		column(events, func(e *ledger.Event) string { return e.RequestID }),
		column(events, func(e *ledger.Event) string { return e.KeyID }),
		column(events, func(e *ledger.Event) string { return e.Key }),
		column(events, func(e *ledger.Event) string { return e.User }),
		column(events, func(e *ledger.Event) string { return e.Operation }),
		column(events, func(e *ledger.Event) string { return e.Model }),
		column(events, func(e *ledger.Event) string { return e.Alias }),
		column(events, func(e *ledger.Event) string { return e.Target }),
		column(events, func(e *ledger.Event) string { return e.Provider }),
		column(events, func(e *ledger.Event) string { return e.UpstreamModel }),
		column(events, func(e *ledger.Event) int32 { return int32(e.Attempts) }),
		column(events, func(e *ledger.Event) int32 { return int32(e.Status) }),
		column(events, func(e *ledger.Event) bool { return e.Stream }),
		column(events, func(e *ledger.Event) bool { return e.CacheHit }),
		column(events, func(e *ledger.Event) bool { return e.Usage.Known }),
		column(events, func(e *ledger.Event) int64 { return e.Usage.InputTokens }),
		column(events, func(e *ledger.Event) int64 { return e.Usage.CachedInputTokens }),
		column(events, func(e *ledger.Event) int64 { return e.Usage.CacheWriteTokens }),
		column(events, func(e *ledger.Event) int64 { return e.Usage.OutputTokens }),
		column(events, func(e *ledger.Event) int64 { return e.Usage.ReasoningTokens }),
		column(events, func(e *ledger.Event) bool { return e.Estimated }),
		column(events, func(e *ledger.Event) int64 { return int64(e.Cost) }),
		column(events, func(e *ledger.Event) bool { return e.Priced }),
		column(events, func(e *ledger.Event) int64 { return e.FirstByte.Microseconds() }),
		column(events, func(e *ledger.Event) int64 { return e.Duration.Microseconds() }),
		chargedIDs, subjects,
	}
}

func column[T any](events []*ledger.Event, value func(*ledger.Event) T) []T {
	values := make([]T, len(events))
	for i, e := range events {
		values[i] = value(e)
	}
	return values
}
