package probe

import (
	"context"
	"errors"
	"net/url"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/redis/go-redis/v9"

	"github.com/fairlead-dev/fairlead/api/stores"
)

// errURI says that an address is none. Secrets are looked at before they come here, so that it is one of the parameters.
var errURI = errors.New("its URI cannot be read")

// errCluster is what a node of a Cluster comes to where the spec does not say that it is one.
var errCluster = errors.New("it is a node of a Redis Cluster, which external.cluster has to say")

// connections are more than are made. After as many failures a pool would go on trying in the background.
const connections = 8

// Redis asks a Redis with PING: the primary behind Sentinels, or all primaries of a Cluster.
func Redis(ctx context.Context, address stores.Address) error {
	each := within / seeds(address.URI)
	client, err := stores.NewRedis(address, stores.Limits{Dial: each, Call: each, Pool: connections})
	if err != nil {
		return errURI
	}
	defer client.Close()
	if err := ping(ctx, client); err != nil {
		return reason(ctx, err)
	}
	return nil
}

// seeds is how many servers the URI of a Redis names. Of a Cluster they are asked one after the other, in any order, and one that is silent
// is to leave the others their share of the time.
func seeds(uri string) time.Duration {
	u, err := url.Parse(uri)
	if err != nil {
		return 1
	}
	return time.Duration(1 + len(u.Query()["addr"]))
}

// anyKey is read to see whether a server takes keys; it need not be there. A user that may use the gateway's keys may use it.
const anyKey = "{fairlead:}:probe"

// ping asks every server that is written to. A node of a Cluster answers PING to a client that does not know of the Cluster, but sends
// it away when it comes with a key.
func ping(ctx context.Context, client redis.UniversalClient) error {
	if cluster, ok := client.(*redis.ClusterClient); ok {
		return cluster.ForEachMaster(ctx, func(ctx context.Context, node *redis.Client) error { return node.Ping(ctx).Err() })
	}
	if err := client.Ping(ctx).Err(); err != nil {
		return err
	}
	if _, moved := redis.IsMovedError(client.Exists(ctx, anyKey).Err()); moved {
		return errCluster
	}
	return nil
}

// Postgres asks a PostgreSQL for a connection; where the URI names several, one that may be used.
func Postgres(ctx context.Context, address stores.Address) error {
	config, err := stores.Postgres(address)
	if err != nil {
		return errURI
	}
	if deadline, ok := ctx.Deadline(); ok {
		// One that is silent leaves the others their share.
		config.ConnConfig.ConnectTimeout = time.Until(deadline) / servers(config.ConnConfig)
	}
	connection, err := pgx.ConnectConfig(ctx, config.ConnConfig)
	if err != nil {
		return reason(ctx, err)
	}
	defer connection.Close(ctx)
	if err := connection.Ping(ctx); err != nil {
		return reason(ctx, err)
	}
	return nil
}

// servers is how many servers a URI names. One may be named twice in a row: with encryption, and without.
func servers(c *pgx.ConnConfig) time.Duration {
	n, host, port := time.Duration(1), c.Host, c.Port
	for _, f := range c.Fallbacks {
		if f.Host != host || f.Port != port {
			n, host, port = n+1, f.Host, f.Port
		}
	}
	return n
}
