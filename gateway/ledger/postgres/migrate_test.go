package postgres_test

import (
	"context"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/jackc/pgx/v5"

	"github.com/fairlead-dev/fairlead/gateway/internal/storetest"
	"github.com/fairlead-dev/fairlead/gateway/ledger"
	"github.com/fairlead-dev/fairlead/gateway/ledger/internal/contract"
	"github.com/fairlead-dev/fairlead/gateway/ledger/postgres"
)

// column is the first column of what a query returns.
func column[T any](t *testing.T, uri, query string, args ...any) []T {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), uri)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close(context.WithoutCancel(t.Context())) }()
	rows, err := conn.Query(t.Context(), query, args...)
	if err != nil {
		t.Fatal(err)
	}
	values, err := pgx.CollectRows(rows, pgx.RowTo[T])
	if err != nil {
		t.Fatal(err)
	}
	return values
}

func partitions(t *testing.T, uri string) []string {
	t.Helper()
	return column[string](t, uri, "SELECT relname::text FROM pg_inherits JOIN pg_class ON oid = inhrelid "+
		"WHERE inhparent = 'fairlead.events'::regclass ORDER BY 1")
}

func TestReplicasMigrateAndMaintainAtOnce(t *testing.T) {
	server := storetest.Postgres(t)
	var replicas sync.WaitGroup
	for range 4 {
		s := newStore(t, server.URI())
		replicas.Go(func() {
			if err := s.Migrate(t.Context()); err != nil {
				t.Errorf("migrating: %v", err)
			}
			if err := s.Maintain(t.Context(), contract.Now()); err != nil {
				t.Errorf("maintaining: %v", err)
			}
		})
	}
	replicas.Wait()
	if got := column[int64](t, server.URI(), "SELECT count(*) FROM fairlead.schema_version WHERE version_id > 0"); got[0] != 1 {
		t.Errorf("%d migrations were made, want 1", got[0])
	}
	want := []string{"events_2026_12", "events_2027_01", "events_2027_02", "events_default"}
	if diff := cmp.Diff(want, partitions(t, server.URI())); diff != "" {
		t.Errorf("partitions (-want +got):\n%s", diff)
	}
}

// A user that owns the schema and may do nothing else is enough.
func TestMigrateAsAPlainUser(t *testing.T) {
	server := storetest.Postgres(t)
	column[int](t, server.URI(), "CREATE ROLE plain LOGIN PASSWORD 'plain'")
	column[int](t, server.URI(), "CREATE SCHEMA fairlead AUTHORIZATION plain")
	s := newStore(t, strings.Replace(server.URI(), "fairlead:correct-horse-battery-staple@", "plain:plain@", 1))
	if err := s.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := s.Maintain(t.Context(), contract.Now()); err != nil {
		t.Fatal(err)
	}
	if err := s.Insert(t.Context(), contract.Events(1)); err != nil {
		t.Fatal(err)
	}
}

func TestMaintain(t *testing.T) {
	server := storetest.Postgres(t)
	s := newStore(t, server.URI())
	if err := s.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	// No partition is there yet: all go to the default.
	months := []time.Time{
		contract.Now(), contract.Now().AddDate(0, -1, 0), contract.Now().AddDate(0, -2, 0), contract.Now().AddDate(0, 2, 0),
	}
	events := contract.Events(len(months))
	for i, start := range months {
		events[i].Start = start
	}
	insert(t, s, events)
	maintain := func(now time.Time) {
		t.Helper()
		if err := s.Maintain(t.Context(), now); err != nil {
			t.Fatal(err)
		}
	}
	maintain(contract.Now())
	if got := column[string](t, server.URI(), "SELECT relname::text FROM fairlead.events e JOIN pg_class c ON c.oid = e.tableoid ORDER BY started_at"); !cmp.Equal(got, []string{
		"events_default", "events_2026_12", "events_2027_02",
	}) {
		t.Errorf("after the first time, events are in %v", got)
	}
	// What was moved still conflicts with itself.
	insert(t, s, events[:2])
	maintain(contract.Now().AddDate(0, 2, 0))
	want := []string{
		"events_2027_01", "events_2027_02", "events_2027_03", "events_2027_04",
		"events_default",
	}
	if diff := cmp.Diff(want, partitions(t, server.URI())); diff != "" {
		t.Errorf("partitions two months later (-want +got):\n%s", diff)
	}
	page, err := s.Logs(t.Context(), ledger.Filter{})
	if err != nil || len(page.Events) != 1 {
		t.Errorf("the log has %d events, want the one of this month (%v)", len(page.Events), err)
	}
}

func insert(t *testing.T, s *postgres.Store, events []*ledger.Event) {
	t.Helper()
	if err := s.Insert(t.Context(), events); err != nil {
		t.Fatal(err)
	}
}
