package stores

import (
	"crypto/tls"
	"errors"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"
)

// errPostgresURI does not say what is wrong, because the reason may quote a password.
var errPostgresURI = errors.New("the URI of PostgreSQL cannot be read; expected postgres://user:password@host:port/database")

// Postgres returns how to connect to a PostgreSQL. The URI is one of libpq, TLS, several hosts and the size of the pool included:
// `postgres://user:password@host:5432/database?sslmode=verify-full`. The error quotes nothing of it.
func Postgres(a Address) (*pgxpool.Config, error) {
	verified, err := a.verified()
	if err != nil {
		return nil, err
	}
	config, err := pgxpool.ParseConfig(a.URI)
	if err != nil {
		return nil, errPostgresURI
	}
	if verified != nil {
		encrypt(&config.ConnConfig.Config, verified)
	}
	return config, nil
}

// encrypt takes out every way to connect that is not encrypted and verified. There are several where there are several hosts, and
// where the URI leaves it to the server whether it encrypts.
func encrypt(c *pgconn.Config, verified *tls.Config) {
	type host struct {
		name string
		port uint16
	}
	seen := map[host]bool{{c.Host, c.Port}: true}
	c.TLSConfig = named(verified, c.TLSConfig, c.Host)
	var fallbacks []*pgconn.FallbackConfig
	for _, f := range c.Fallbacks {
		if at := (host{f.Host, f.Port}); !seen[at] {
			seen[at] = true
			fallbacks = append(fallbacks, &pgconn.FallbackConfig{Host: f.Host, Port: f.Port, TLSConfig: named(verified, f.TLSConfig, f.Host)})
		}
	}
	c.Fallbacks = fallbacks
}

// named returns verified for a server of a name. What a client shows of itself stays as the URI says.
func named(verified, said *tls.Config, name string) *tls.Config {
	c := verified.Clone()
	c.ServerName = name
	if said != nil {
		c.Certificates, c.NextProtos = said.Certificates, said.NextProtos
	}
	return c
}
