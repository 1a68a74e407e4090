package password

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strconv"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

// role is the one that a managed PostgreSQL is used as.
const role = "postgres"

// invalidPassword is the SQLSTATE of a wrong password.
// Source: https://www.postgresql.org/docs/current/errcodes-appendix.html
const invalidPassword = "28P01"

// Postgres makes next the password of the PostgreSQL at address, by way of current, or does nothing where it is already.
// Connections that are open stay. The error is ErrRefused, ErrSilent, or what the PostgreSQL says against it.
func (c Changer) Postgres(ctx context.Context, address, current, next string) error {
	ctx, cancel := context.WithTimeout(ctx, within)
	defer cancel()
	if err := c.postgresDo(ctx, address, next, ""); !errors.Is(err, ErrRefused) {
		return err
	}
	verifier, err := verifier(next)
	if err != nil {
		return err
	}
	// A verifier has no quotes in it.
	return c.postgresDo(ctx, address, current, "ALTER ROLE "+role+" PASSWORD '"+verifier+"'")
}

// PostgresTakes returns nil where the PostgreSQL at address takes a password, and otherwise an error as Postgres does.
func (c Changer) PostgresTakes(ctx context.Context, address, password string) error {
	ctx, cancel := context.WithTimeout(ctx, within)
	defer cancel()
	return c.postgresDo(ctx, address, password, "")
}

// postgresDo connects, and executes a statement unless it is empty.
func (c Changer) postgresDo(ctx context.Context, address, password, statement string) error {
	config, err := c.postgresConfig(address, password)
	if err != nil {
		return err
	}
	connection, err := pgx.ConnectConfig(ctx, config)
	if err != nil {
		return postgresProblem(err)
	}
	defer connection.Close(ctx)
	if statement == "" {
		return nil
	}
	if _, err := connection.Exec(ctx, statement); err != nil {
		return postgresProblem(err)
	}
	return nil
}

func (c Changer) postgresConfig(address, password string) (*pgx.ConnConfig, error) {
	host, port, err := net.SplitHostPort(address)
	if err != nil {
		return nil, fmt.Errorf("reading the address of PostgreSQL: %w", err)
	}
	number, err := strconv.ParseUint(port, 10, 16)
	if err != nil {
		return nil, fmt.Errorf("reading the port of PostgreSQL: %w", err)
	}
	config, err := pgx.ParseConfig("sslmode=disable")
	if err != nil {
		return nil, fmt.Errorf("preparing to reach PostgreSQL: %w", err)
	}
	config.Host, config.Port, config.Fallbacks = host, uint16(number), nil
	config.User, config.Database, config.Password = role, role, password
	config.DialFunc = pgconn.DialFunc(c.dial())
	// Names are for whoever dials.
	config.LookupFunc = func(_ context.Context, host string) ([]string, error) { return []string{host}, nil }
	config.DefaultQueryExecMode = pgx.QueryExecModeSimpleProtocol
	return config, nil
}

func postgresProblem(err error) error {
	var said *pgconn.PgError
	switch {
	case !errors.As(err, &said):
		return ErrSilent
	case said.Code == invalidPassword:
		return ErrRefused
	default:
		return fmt.Errorf("it says %q (SQLSTATE %s)", said.Message, said.Code)
	}
}
