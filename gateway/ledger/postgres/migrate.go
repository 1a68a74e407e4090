package postgres

import (
	"context"
	"embed"
	"errors"
	"fmt"
	"io/fs"

	"github.com/jackc/pgx/v5/stdlib"
	"github.com/pressly/goose/v3"
	"github.com/pressly/goose/v3/lock"
)

//go:embed migrations/*.sql
var migrations embed.FS

const (
	// versionTable is where goose keeps which migrations were made.
	versionTable = "fairlead.schema_version"
	// schemaLock keeps replicas that start at once from making the schema at once, which PostgreSQL answers with an error.
	schemaLock = `SELECT pg_advisory_xact_lock(hashtext('fairlead.schema'))`
	// makeSchema asks first, since CREATE SCHEMA IF NOT EXISTS needs the right to make one even where it is there.
	makeSchema = `DO $$ BEGIN IF to_regnamespace('fairlead') IS NULL THEN CREATE SCHEMA fairlead; END IF; END $$`
)

// Migrate makes the schema `fairlead` and what is in it. The database's user needs the right to create schemas, unless that one is
// there and belongs to it.
func (s *Store) Migrate(ctx context.Context) error {
	if err := s.makeSchema(ctx); err != nil {
		return fmt.Errorf("making the schema: %w", err)
	}
	files, err := fs.Sub(migrations, "migrations")
	if err != nil {
		return fmt.Errorf("reading the migrations: %w", err)
	}
	locker, err := lock.NewPostgresSessionLocker(lock.WithLockTimeout(1, 60))
	if err != nil {
		return fmt.Errorf("preparing the lock of the schema: %w", err)
	}
	db := stdlib.OpenDBFromPool(s.pool)
	provider, err := goose.NewProvider(goose.DialectPostgres, db, files, goose.WithSessionLocker(locker),
		goose.WithTableName(versionTable), goose.WithDisableGlobalRegistry(true), goose.WithLogger(goose.NopLogger()))
	if err != nil {
		return errors.Join(fmt.Errorf("preparing the migrations: %w", err), db.Close())
	}
	_, err = provider.Up(ctx)
	return errors.Join(err, db.Close())
}

func (s *Store) makeSchema(ctx context.Context) error {
	tx, err := s.pool.Begin(ctx)
	if err != nil {
		return err
	}
	defer func() { _ = tx.Rollback(context.WithoutCancel(ctx)) }()
	for _, statement := range []string{schemaLock, makeSchema} {
		if _, err := tx.Exec(ctx, statement); err != nil {
			return err
		}
	}
	return tx.Commit(ctx)
}
