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
	now := time.Now().UTC()
	noon := time.Date(now.Year(), now.Month(), 1, 12, 0, 0, 0, time.UTC)
	month := func(n int) time.Time { return noon.AddDate(0, n, 0) }
	// No partition is there yet: all go to the default.
	events := contract.Events(4)
	for i, e := range events {
		e.Start = month(-i)
	}
	insert(t, s, events)
	maintain := func(now time.Time) []string {
		t.Helper()
		if err := s.Maintain(t.Context(), now); err != nil {
			t.Fatal(err)
		}
		return column[string](t, server.URI(),
			"SELECT relname::text FROM fairlead.events e JOIN pg_class c ON c.oid = e.tableoid ORDER BY started_at")
	}
	names := func(months ...int) (names []string) {
		for _, n := range months {
			names = append(names, month(n).Format("events_2006_01"))
		}
		return append(names, "events_default")
	}
	first := maintain(month(-2))
	if diff := cmp.Diff(append([]string{"events_default"}, names(-2, -1, 0)[:3]...), first); diff != "" {
		t.Errorf("two months ago, events are in (-want +got):\n%s", diff)
	}
	// What was moved still conflicts with itself.
	insert(t, s, events)
	if diff := cmp.Diff(names(-1, 0)[:2], maintain(month(0))); diff != "" {
		t.Errorf("now, events are in (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(names(-1, 0, 1, 2), partitions(t, server.URI())); diff != "" {
		t.Errorf("partitions (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(names(-1, 0)[:2], maintain(month(40))); diff != "" {
		t.Errorf("a clock that is years ahead should destroy nothing (-want +got):\n%s", diff)
	}
}

func insert(t *testing.T, s *postgres.Store, events []*ledger.Event) {
	t.Helper()
	if err := s.Insert(t.Context(), events); err != nil {
		t.Fatal(err)
	}
}
