// Package postgres is the ledger's store in PostgreSQL, which the replicas of a gateway share.
package postgres

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/fairlead-dev/fairlead/api/stores"
	"github.com/fairlead-dev/fairlead/gateway/ledger"
)

const (
	connectTimeout = 3 * time.Second
	// queryTimeout bounds a query, the wait for a connection included.
	queryTimeout = 5 * time.Second
	// statementTimeout ends at the server what nobody waits for any more.
	statementTimeout = 10 * time.Second
	// aheadMonths is how many months' partitions are made before they are needed.
	aheadMonths = 2
	// DefaultRetentionMonths of events where Options do not say.
	DefaultRetentionMonths = 12
)

var _ ledger.Store = (*Store)(nil)

// Options of a Store.
type Options struct {
	// Address of the database, in a form that stores.Postgres describes.
	Address stores.Address
	// Gateway, as namespace/name, whose events these are. Several may share a database.
	Gateway string
	// Replica that ships, for whoever looks at rows.
	Replica string
	// RetentionMonths is for how many whole months back events are kept; DefaultRetentionMonths where it is not positive.
	RetentionMonths int
}

// Store is a ledger.Store in PostgreSQL.
type Store struct {
	pool             *pgxpool.Pool
	gateway, replica string
	retention        int
}

// New returns a Store that connects when it is first used, and that outlives ctx. The error says that the address cannot be
// used, and quotes nothing of it.
func New(ctx context.Context, o Options) (*Store, error) {
	config, err := stores.Postgres(o.Address)
	if err != nil {
		return nil, err
	}
	if config.ConnConfig.ConnectTimeout == 0 || config.ConnConfig.ConnectTimeout > connectTimeout {
		config.ConnConfig.ConnectTimeout = connectTimeout
	}
	config.AfterConnect = boundStatements
	pool, err := pgxpool.NewWithConfig(context.WithoutCancel(ctx), config)
	if err != nil {
		return nil, fmt.Errorf("making the pool of connections: %w", err)
	}
	if o.RetentionMonths <= 0 {
		o.RetentionMonths = DefaultRetentionMonths
	}
	return &Store{pool: pool, gateway: o.Gateway, replica: o.Replica, retention: o.RetentionMonths}, nil
}

// boundStatements is a statement and no parameter of the connection, because poolers refuse those that they do not know.
func boundStatements(ctx context.Context, c *pgx.Conn) error {
	_, err := c.Exec(ctx, fmt.Sprintf("SET statement_timeout = %d", statementTimeout.Milliseconds()))
	return err
}

// Name is `postgres`.
func (*Store) Name() string { return "postgres" }

// Close waits for queries that run, and ends all connections.
func (s *Store) Close() { s.pool.Close() }

// Maintain makes the partitions of the months ahead and drops those that are older than the retention.
func (s *Store) Maintain(ctx context.Context, now time.Time) error {
	if _, err := s.pool.Exec(ctx, "SELECT fairlead.maintain_events($1, $2, $3)", now, aheadMonths, s.retention); err != nil {
		return fmt.Errorf("maintaining the partitions of events: %w", err)
	}
	return nil
}

// classify marks errors that are about the events and not about the database: those of the classes 22 (data), 23 (constraints) and 54
// (limits). Those of 3F (no such schema) and 42 (no such table, column or function) say that this is no database that was prepared.
// Source: https://www.postgresql.org/docs/15/errcodes-appendix.html
func classify(err error) error {
	var refusal *pgconn.PgError
	if !errors.As(err, &refusal) || len(refusal.Code) < 2 {
		return err
	}
	switch refusal.Code[:2] {
	case "22", "23", "54":
		// The detail of such an error quotes values, the message does not.
		return fmt.Errorf("%w: %s (SQLSTATE %s)", ledger.ErrRefused, refusal.Message, refusal.Code)
	case "3F", "42":
		return fmt.Errorf("%w: %w", ledger.ErrUnprepared, err)
	}
	return err
}
