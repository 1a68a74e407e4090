package redis

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/go-logr/logr"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/redis/go-redis/v9"

	"github.com/fairlead-dev/fairlead/api/stores"
	"github.com/fairlead-dev/fairlead/gateway/telemetry"
)

// defaultTimeout is how long one call may take. Redis answers within a millisecond; what takes fifty times as long is in trouble.
const defaultTimeout = 50 * time.Millisecond

// ErrAway says that Redis is not configured, or did not do what it was asked in time. What it was asked may have happened.
var ErrAway = errors.New("redis is away")

// Options of a Client.
type Options struct {
	// Gateway whose keys these are, as namespace/name.
	Gateway string
	Log     logr.Logger
	// Registerer of the metrics; nil registers none.
	Registerer prometheus.Registerer
	// Timeout of one call, 50 ms where it is 0.
	Timeout time.Duration
}

// Prefix begins every key of a gateway. What is in braces decides which node of a Cluster has a key: all of one gateway's are on the
// same one, so that a script may work on several, and so that it is one server which is well or not.
func Prefix(gateway string) string { return "{fairlead:" + gateway + "}:" }

// Client is the way to the Redis server that is in use. It is safe for concurrent use.
type Client struct {
	log     logr.Logger
	up      *telemetry.StoreUp
	timeout time.Duration
	// probeKey is written by probes. A server that is full, or has become a read-only replica, answers PING all the same.
	probeKey string
	server   atomic.Pointer[server]

	// mu orders changes of state, so that log and metric tell of them in order. No call takes it.
	mu      sync.Mutex
	address stores.Address
}

// New returns a client without a server, for which Enabled is false.
func New(o Options) *Client {
	c := &Client{
		log: o.Log, up: telemetry.NewStoreUp(o.Registerer, "redis"), timeout: o.Timeout, probeKey: Prefix(o.Gateway) + "probe",
	}
	if c.timeout <= 0 {
		c.timeout = defaultTimeout
	}
	return c
}

// Use makes the server at an address, in a form that stores.NewRedis describes, that of all further calls; that of an empty one is
// none. Calls under way on the server before end there. Where the address cannot be used, all calls fail with ErrAway, and the log
// says so; it never holds the address, which may have a password in it.
func (c *Client) Use(address stores.Address) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if address == c.address {
		return
	}
	c.address = address
	next, err := dial(address, c.timeout)
	if err != nil {
		c.log.Error(err, "Redis is not used")
	}
	old := c.server.Swap(next)
	if old != nil {
		old.retire(2 * c.timeout)
	}
	if next == nil {
		c.up.Unset()
		return
	}
	c.up.Set(!next.away.Load())
	if next.client != nil {
		go c.watch(next.ended, next)
	}
}

// Enabled says whether there is a server, be it away or not.
func (c *Client) Enabled() bool { return c.server.Load() != nil }

// Up says whether calls are made: there is a server, and it answered lately.
func (c *Client) Up() bool {
	s := c.server.Load()
	return s != nil && !s.away.Load()
}

// Do calls f with a client whose calls end when the context does, after 50 ms at the latest, or 25 ms where the call before
// failed. The error is that of f where Redis answered, be it with an error or with redis.Nil, and where ctx has ended. In all
// other cases it wraps ErrAway: at once, without f having been called, where there is no server or it failed five times in a row.
func (c *Client) Do(ctx context.Context, f func(ctx context.Context, r redis.UniversalClient) error) error {
	s := c.server.Load()
	if s == nil || s.away.Load() {
		return ErrAway
	}
	began := time.Now()
	limited, cancel := context.WithTimeout(ctx, s.patience(c.timeout))
	err := f(limited, s.client)
	cancel()
	if answered(err) {
		s.succeeded()
		return err
	}
	if ended := ctx.Err(); ended != nil {
		return ended
	}
	if s.failed(began) {
		c.change(s, true, err)
	}
	return fmt.Errorf("%w: %w", ErrAway, err)
}

// change notes that a server went away or came back, once for each change.
func (c *Client) change(s *server, away bool, why error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !s.away.CompareAndSwap(!away, away) || c.server.Load() != s {
		return
	}
	c.up.Set(!away)
	if away {
		c.log.Info("Redis does not answer: going on without it", "error", why.Error())
		return
	}
	c.log.Info("Redis answers again")
}

// Close ends the use of Redis. Calls under way may fail.
func (c *Client) Close() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.address = stores.Address{}
	c.up.Unset()
	old := c.server.Swap(nil)
	if old == nil {
		return nil
	}
	return old.close()
}
