package probe

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net"
	"net/url"
	"os"
	"strings"
	"syscall"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/redis/go-redis/v9"
)

// Redis asks a Redis with PING. TLS is used where the scheme is rediss.
func Redis(ctx context.Context, uri string) error {
	options, err := redis.ParseURL(uri)
	if err != nil {
		return errors.New("its URI cannot be read")
	}
	options.MaxRetries, options.DialerRetries, options.ContextTimeoutEnabled = -1, 1, true
	client := redis.NewClient(options)
	defer client.Close()
	if err := client.Ping(ctx).Err(); err != nil {
		return reason(err)
	}
	return nil
}

// Postgres asks a PostgreSQL for a connection. TLS is used as sslmode in the URI says.
func Postgres(ctx context.Context, uri string) error {
	config, err := pgx.ParseConfig(uri)
	if err != nil {
		return errors.New("its URI cannot be read")
	}
	connection, err := pgx.ConnectConfig(ctx, config)
	if err != nil {
		return reason(err)
	}
	defer connection.Close(ctx)
	if err := connection.Ping(ctx); err != nil {
		return reason(err)
	}
	return nil
}

// reason makes one short, repeatable phrase of an error: what drivers say holds addresses and ports that differ every time,
// and a status would change for ever.
func reason(err error) error {
	var refused *pgconn.PgError
	var dns *net.DNSError
	var timeout net.Error
	switch {
	case errors.As(err, &refused):
		return fmt.Errorf("%s (SQLSTATE %s)", refused.Message, refused.Code)
	case errors.As(err, &dns):
		return fmt.Errorf("no such host: %s", dns.Name)
	case errors.Is(err, syscall.ECONNREFUSED):
		return errors.New("connection refused")
	case errors.Is(err, context.DeadlineExceeded), errors.Is(err, os.ErrDeadlineExceeded),
		errors.As(err, &timeout) && timeout.Timeout():
		return fmt.Errorf("no answer within %s", within)
	default:
		return err
	}
}

// URI returns how to reach a store by the entries of its Secret: their `uri`, or one that is put together from the others. White
// space around an entry does not count: most get into a Secret by way of a file.
func URI(entries map[string][]byte, scheme, port string) string {
	entry := func(name string) string { return strings.TrimSpace(string(entries[name])) }
	if uri := entry("uri"); uri != "" {
		return uri
	}
	u := url.URL{Scheme: scheme, Host: net.JoinHostPort(entry("host"), cmp.Or(entry("port"), port)), Path: "/" + entry("database")}
	if user, password := entry("username"), entry("password"); user != "" || password != "" {
		u.User = url.UserPassword(user, password)
	}
	return u.String()
}
