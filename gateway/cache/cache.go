package cache

import (
	"context"
	"sync"
	"time"

	"github.com/go-logr/logr"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/redis/go-redis/v9"

	shared "github.com/fairlead-dev/fairlead/gateway/redis"
)

// DefaultMemory is how many bytes of answers a process keeps where Options do not say otherwise.
const DefaultMemory = 64 << 20

// nearFor is how long an answer that is in Redis is also kept in memory: bursts of one request cost Redis one read, and who wrote an
// answer finds it at once. It bounds how long a replica gives an answer that was removed or replaced.
const nearFor = time.Second

// Redis is the store that the replicas share. The package redis of the gateway has one.
type Redis interface {
	// Enabled says whether there is one.
	Enabled() bool
	// Do runs f within the deadline of the client. The error is f's, where redis.Nil counts as an answer, or says that the store is away.
	Do(ctx context.Context, f func(ctx context.Context, r redis.UniversalClient) error) error
}

// noRedis is what a gateway without Redis has.
type noRedis struct{}

// Enabled is false.
func (noRedis) Enabled() bool { return false }

// Do does nothing.
func (noRedis) Do(context.Context, func(context.Context, redis.UniversalClient) error) error {
	return nil
}

// Options of a Cache.
type Options struct {
	// Gateway tells the answers of this gateway from those of others in the same Redis.
	Gateway string
	// Redis is where answers are kept while it is enabled; nil where there is none.
	Redis Redis
	// MemoryBytes is what the answers in memory may take; DefaultMemory where it is 0.
	MemoryBytes int64
	// Registerer takes the metrics.
	Registerer prometheus.Registerer
	// Log tells of values in Redis that are no answers, once.
	Log logr.Logger
}

// Cache keeps answers. It is safe for concurrent use.
type Cache struct {
	prefix  string
	redis   Redis
	memory  memory
	writer  *writer
	flights [shards]flights
	metrics *metrics
	log     logr.Logger
	warn    sync.Once
	// normals holds *normal, bodies *[]byte of Recorders.
	normals, bodies sync.Pool
}

// New returns a Cache. It answers at once; Run is what writes to Redis.
func New(o Options) *Cache {
	if o.MemoryBytes == 0 {
		o.MemoryBytes = DefaultMemory
	}
	if o.Redis == nil {
		o.Redis = noRedis{}
	}
	c := &Cache{
		prefix: shared.Prefix(o.Gateway) + "cache:", redis: o.Redis, memory: newMemory(o.MemoryBytes), log: o.Log,
	}
	c.metrics = newMetrics(o.Registerer, c.memory)
	c.writer = newWriter(o.Redis, c.metrics)
	c.normals.New = func() any { return new(normal) }
	c.bodies.New = func() any { return new([]byte) }
	return c
}

// Get looks an answer up; maxAge is how old it may be, 0 is any age. Where there is none the caller goes on with Join. A Redis that does
// not answer in time has none.
func (c *Cache) Get(ctx context.Context, key Key, maxAge time.Duration) (*Entry, bool) {
	e, ok := c.memory.get(key)
	if (!ok || !e.youngerThan(maxAge)) && c.redis.Enabled() {
		e, ok = c.fetch(ctx, key)
	}
	if !ok || !e.youngerThan(maxAge) {
		return nil, false
	}
	c.metrics.hit.Inc()
	return e, true
}

// Bypass counts a request that may neither be answered from the cache nor share an answer: one that calls neither Get nor Join.
func (c *Cache) Bypass() { c.metrics.bypass.Inc() }

// fetch reads from Redis.
func (c *Cache) fetch(ctx context.Context, key Key) (*Entry, bool) {
	var value []byte
	err := c.redis.Do(ctx, func(ctx context.Context, r redis.UniversalClient) (err error) {
		value, err = r.Get(ctx, c.name(key)).Bytes()
		return err
	})
	if err != nil {
		return nil, false
	}
	e, until, err := unseal(value)
	if err != nil {
		c.metrics.unreadable.Inc()
		c.warn.Do(func() { c.log.Info("Redis holds values that are no answers of this version", "prefix", c.prefix) })
		return nil, false
	}
	// Redis alone decides whether the answer has ended; clocks of replicas differ.
	if left := min(time.Until(until), nearFor); left > 0 {
		c.memory.put(key, e, left)
	}
	return e, true
}

// Put keeps an answer for a time. It never waits: where Redis takes no more answers at the moment, this one is not kept. Answers with a
// status other than 200, larger than MaxBytes, or without a time are not kept.
func (c *Cache) Put(key Key, e *Entry, ttl time.Duration) {
	if !e.fits() || ttl < time.Millisecond {
		return
	}
	if !c.redis.Enabled() {
		c.memory.put(key, e, ttl)
		return
	}
	c.memory.put(key, e, min(ttl, nearFor))
	c.writer.put(c.name(key), e, ttl)
}

// Run writes to Redis and frees memory until ctx ends; then it writes what is left.
func (c *Cache) Run(ctx context.Context) {
	var group sync.WaitGroup
	defer group.Wait()
	group.Go(func() { c.writer.run(ctx) })
	tick := time.NewTicker(sweepEvery)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case now := <-tick.C:
			c.memory.sweep(now)
		}
	}
}
