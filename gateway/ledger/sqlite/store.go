// Package sqlite is the ledger's store in one file, for a gateway without a cluster.
package sqlite

import (
	"context"
	"database/sql"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"time"

	"github.com/pressly/goose/v3"
	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"

	"github.com/fairlead-dev/fairlead/gateway/ledger"
)

//go:embed migrations/*.sql
var migrations embed.FS

const (
	// connections is one to write and some to read meanwhile, which the write-ahead log allows.
	connections = 4
	// DefaultRetentionMonths of events where Options do not say.
	DefaultRetentionMonths = 12
)

// parameters of each connection. Commits are flushed, because what is committed leaves the spool.
const parameters = "_txlock=immediate&_pragma=journal_mode(WAL)&_pragma=synchronous(FULL)&_pragma=busy_timeout(5000)"

var _ ledger.Store = (*Store)(nil)

// Options of a Store.
type Options struct {
	// Path of the file, which is made where it is not there, with its directory.
	Path string
	// Gateway, as namespace/name, whose events these are.
	Gateway string
	// RetentionMonths is for how many whole months back events are kept; DefaultRetentionMonths where it is not positive.
	RetentionMonths int
}

// Store is a ledger.Store in a file.
type Store struct {
	db        *sql.DB
	gateway   string
	retention int
}

// makePrivate makes a file that only its owner can read, where there is none: it says who asked for what.
func makePrivate(path string) error {
	file, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return err
	}
	return file.Close()
}

// New returns a Store whose file is made, and opened when it is first used.
func New(o Options) (*Store, error) {
	path, err := filepath.Abs(o.Path)
	if err != nil {
		return nil, fmt.Errorf("locating the database %s: %w", o.Path, err)
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return nil, fmt.Errorf("making the directory of the database: %w", err)
	}
	if err := makePrivate(path); err != nil {
		return nil, fmt.Errorf("making the database %s: %w", path, err)
	}
	db, err := sql.Open("sqlite", (&url.URL{Scheme: "file", Path: path, RawQuery: parameters}).String())
	if err != nil {
		return nil, fmt.Errorf("opening the database %s: %w", path, err)
	}
	db.SetMaxOpenConns(connections)
	if o.RetentionMonths <= 0 {
		o.RetentionMonths = DefaultRetentionMonths
	}
	return &Store{db: db, gateway: o.Gateway, retention: o.RetentionMonths}, nil
}

// Name is `sqlite`.
func (*Store) Name() string { return "sqlite" }

// Close closes the file.
func (s *Store) Close() { _ = s.db.Close() }

// Migrate makes the tables.
func (s *Store) Migrate(ctx context.Context) error {
	files, err := fs.Sub(migrations, "migrations")
	if err != nil {
		return fmt.Errorf("reading the migrations: %w", err)
	}
	provider, err := goose.NewProvider(goose.DialectSQLite3, s.db, files, goose.WithTableName("schema_version"),
		goose.WithDisableGlobalRegistry(true), goose.WithLogger(goose.NopLogger()))
	if err != nil {
		return fmt.Errorf("preparing the migrations: %w", err)
	}
	if _, err := provider.Up(ctx); err != nil {
		return fmt.Errorf("migrating the database: %w", err)
	}
	return nil
}

// Maintain drops the events that are older than the retention.
func (s *Store) Maintain(ctx context.Context, now time.Time) error {
	month := time.Date(now.UTC().Year(), now.UTC().Month(), 1, 0, 0, 0, 0, time.UTC)
	_, err := s.db.ExecContext(ctx, "DELETE FROM events WHERE started_at < ?", month.AddDate(0, -s.retention, 0).UnixMicro())
	if err == nil {
		// No window of a budget is longer than a month, and a week may begin in the month before.
		_, err = s.db.ExecContext(ctx, "DELETE FROM budget_spend WHERE day < ?", dayText(month.AddDate(0, -2, 0)))
	}
	if err != nil {
		return fmt.Errorf("dropping old events: %w", err)
	}
	return nil
}

func dayText(t time.Time) string { return t.UTC().Format(time.DateOnly) }

// classify marks errors that are about the events and not about the database.
func classify(err error) error {
	var refusal *sqlite.Error
	if !errors.As(err, &refusal) {
		return err
	}
	switch refusal.Code() & 0xff {
	case sqlite3.SQLITE_CONSTRAINT, sqlite3.SQLITE_TOOBIG, sqlite3.SQLITE_MISMATCH:
		return fmt.Errorf("%w: %w", ledger.ErrRefused, err)
	}
	return err
}
