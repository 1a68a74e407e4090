package stores

import (
	"context"
	"crypto/tls"
	"errors"
	"net/url"
	"strings"
	"sync"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/redis/go-redis/v9/maintnotifications"
)

// What marks the URI of a Cluster and of a Redis behind Sentinels.
const (
	clusterMark  = "+cluster://"
	sentinelMark = "master_name"
)

// stateReload is how often a Cluster is asked which node has what. A client that asks less often takes a node that died for the
// primary as long as that.
const stateReload = 5 * time.Second

// errRedisURI says nothing of what is in the URI: the errors of its parser quote it, password and all.
var errRedisURI = errors.New("the URI of Redis is not valid: want redis:// or rediss://, user and password, host, port, and a database")

// NewRedis returns a client for an address. It connects to nothing. No call is made twice of its own accord, save for one that a node
// of a Cluster did not take or did not answer. What the URI says of the things that are in l does not count.
//
// The URI is one of go-redis: redis:// or rediss://, which is encrypted, with user, password, host, port, the number of a database as
// path, and parameters. With the parameter `master_name` it is that of a Redis whose Sentinels are the host and those of the
// parameters `addr`; user and password are then theirs, and those of the Redis are the parameters `username` and `password`. With a
// scheme that ends in `+cluster` it is that of a Redis Cluster, of which the host and those of the parameters `addr` are nodes. The
// error quotes nothing of it.
func NewRedis(a Address, l Limits) (redis.UniversalClient, error) {
	quiet()
	verified, err := a.verified()
	if err != nil {
		return nil, err
	}
	switch u, err := url.Parse(a.URI); {
	case err != nil || u.Host == "":
		return nil, errRedisURI
	case strings.HasSuffix(u.Scheme, strings.TrimSuffix(clusterMark, "://")):
		return newCluster(a.URI, verified, l)
	case u.Query().Has(sentinelMark):
		return newFailover(a.URI, verified, l)
	}
	o, err := redis.ParseURL(a.URI)
	if err != nil {
		return nil, errRedisURI
	}
	o.TLSConfig = verify(o.TLSConfig, verified)
	l.bound(fields{
		dial: &o.DialTimeout, read: &o.ReadTimeout, write: &o.WriteTimeout, wait: &o.PoolTimeout,
		dials: &o.DialerRetries, retries: &o.MaxRetries, pool: &o.PoolSize, pipelines: &o.PipelinePoolSize,
		obeys: &o.ContextTimeoutEnabled, anonymous: &o.DisableIdentity,
	})
	o.MaintNotificationsConfig = &maintnotifications.Config{Mode: maintnotifications.ModeDisabled}
	return redis.NewClient(o), nil
}

// newFailover returns a client of the Redis that its Sentinels take for the primary.
func newFailover(uri string, verified *tls.Config, l Limits) (redis.UniversalClient, error) {
	o, err := redis.ParseFailoverURL(uri)
	if err != nil || o.RouteByLatency || o.RouteRandomly || o.ReplicaOnly || o.MasterName == "" {
		return nil, errRedisURI
	}
	o.TLSConfig = verify(o.TLSConfig, verified)
	l.bound(fields{
		dial: &o.DialTimeout, read: &o.ReadTimeout, write: &o.WriteTimeout, wait: &o.PoolTimeout,
		dials: &o.DialerRetries, retries: &o.MaxRetries, pool: &o.PoolSize, pipelines: &o.PipelinePoolSize,
		obeys: &o.ContextTimeoutEnabled, anonymous: &o.DisableIdentity,
	})
	return redis.NewFailoverClient(o), nil
}

// newCluster returns a client of a Cluster, which reads from primaries only: what was just written is to be seen.
func newCluster(uri string, verified *tls.Config, l Limits) (redis.UniversalClient, error) {
	o, err := redis.ParseClusterURL(strings.Replace(uri, clusterMark, "://", 1))
	if err != nil || o.RouteByLatency || o.RouteRandomly || o.ReadOnly {
		return nil, errRedisURI
	}
	o.TLSConfig = verify(o.TLSConfig, verified)
	l.bound(fields{
		dial: &o.DialTimeout, read: &o.ReadTimeout, write: &o.WriteTimeout, wait: &o.PoolTimeout,
		dials: &o.DialerRetries, retries: &o.MaxRetries, pool: &o.PoolSize, pipelines: &o.PipelinePoolSize,
		obeys: &o.ContextTimeoutEnabled, anonymous: &o.DisableIdentity,
	})
	o.MaintNotificationsConfig = &maintnotifications.Config{Mode: maintnotifications.ModeDisabled}
	o.ClusterStateReloadInterval = stateReload
	// They need a table of all commands, which takes longer to read than a call may take. Every key has its place without it.
	o.DisableRoutingPolicies = true
	return redis.NewClusterClient(o), nil
}

// verify returns how servers are verified: as verified says where it is given, and else as the URI does, which is nil for not
// encrypted. The name is that of the server that is dialed, not that of the first in the URI.
func verify(said, verified *tls.Config) *tls.Config {
	switch {
	case verified != nil:
		return verified
	case said != nil:
		said.ServerName, said.MinVersion = "", tls.VersionTLS12
	}
	return said
}

// quiet keeps go-redis from logging. It would write a line for each failed connection; what there is to say, its users do.
var quiet = sync.OnceFunc(func() { redis.SetLogger(silent{}) })

type silent struct{}

// Printf drops the line.
func (silent) Printf(context.Context, string, ...any) {}
