package storetest_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/fairlead-dev/fairlead/gateway/internal/storetest"
)

func query(ctx context.Context, uri, sql string) (string, error) {
	conn, err := pgx.Connect(ctx, uri)
	if err != nil {
		return "", err
	}
	defer func() { _ = conn.Close(ctx) }()
	var result string
	return result, conn.QueryRow(ctx, sql).Scan(&result)
}

func TestPostgresSurvivesKillAndShutdown(t *testing.T) {
	s := storetest.Postgres(t, storetest.Setting("max_connections", "7"))
	if got, err := query(t.Context(), s.URI(), "SHOW max_connections"); err != nil || got != "7" {
		t.Fatalf("SHOW max_connections: got %q, %v", got, err)
	}
	if _, err := query(t.Context(), s.URI(), "CREATE TABLE kept AS SELECT 'yes'::text AS word"); err != nil && !errors.Is(err, pgx.ErrNoRows) {
		t.Fatal(err)
	}
	for name, end := range map[string]func(){"Kill": s.Kill, "Shutdown": s.Shutdown} {
		end()
		if _, err := query(t.Context(), s.URI(), "SELECT word FROM kept"); err == nil {
			t.Errorf("%s: the server still answers", name)
		}
		s.Start()
		if got, err := query(t.Context(), s.URI(), "SELECT word FROM kept"); err != nil || got != "yes" {
			t.Errorf("%s: got %q, %v", name, got, err)
		}
	}
}

func TestPostgresStopFreezes(t *testing.T) {
	s := storetest.Postgres(t, storetest.Durable())
	conn, err := pgx.Connect(t.Context(), s.NewDatabase(t, "frozen"))
	if err != nil {
		t.Fatal(err)
	}
	s.Stop()
	ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	if err := conn.Ping(ctx); err == nil {
		t.Error("a stopped server answers on an open connection")
	}
	s.Continue()
	if got, err := query(t.Context(), s.URI(), "SHOW fsync"); err != nil || got != "on" {
		t.Errorf("SHOW fsync: got %q, %v", got, err)
	}
}

func TestLinkLoses(t *testing.T) {
	s := storetest.Postgres(t)
	link := storetest.NewLink(t, s.Address())
	uri := s.URIAt(link.Address())
	if _, err := query(t.Context(), uri, "SELECT 'x'"); err != nil {
		t.Fatal(err)
	}
	link.LimitDown(100)
	if _, err := query(t.Context(), uri, "SELECT 'x'"); err == nil {
		t.Error("the link should have cut the answer")
	}
	link.Mend()
	link.LimitUp(100)
	if _, err := query(t.Context(), uri, "SELECT 'x'"); err == nil {
		t.Error("the link should have cut the question")
	}
	link.Mend()
	if _, err := query(t.Context(), uri, "SELECT 'x'"); err != nil {
		t.Error(err)
	}
}
