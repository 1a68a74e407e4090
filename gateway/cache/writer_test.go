package cache

import (
	"context"
	"testing"
	"time"

	"github.com/go-logr/logr"
	"github.com/prometheus/client_golang/prometheus"

	"github.com/fairlead-dev/fairlead/api/stores"
	"github.com/fairlead-dev/fairlead/gateway/internal/storetest"
	"github.com/fairlead-dev/fairlead/gateway/redis"
)

// TestRedisLastWrites makes sure that what is waiting when a replica ends is still written.
func TestRedisLastWrites(t *testing.T) {
	server := storetest.Redis(t)
	client := redis.New(redis.Options{Log: logr.Discard(), Registerer: prometheus.NewRegistry()})
	client.Use(stores.Address{URI: server.URI()})
	t.Cleanup(func() { _ = client.Close() })
	c := New(Options{Gateway: "ai/main", Redis: client, Registerer: prometheus.NewRegistry(), Log: logr.Discard()})
	for i := range 100 {
		c.Put(key(string(rune('A'+i))), answer(), time.Hour)
	}
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	c.Run(ended)
	names, err := server.Client().Keys(t.Context(), c.prefix+"*").Result()
	if err != nil || len(names) != 100 {
		t.Errorf("Redis holds %d answers, want 100: %v", len(names), err)
	}
	if n := c.writer.waiting.Load(); n != 0 {
		t.Errorf("%d bytes are waiting", n)
	}
}

// enabled is a Redis that is never reached: nothing runs that would.
type enabled struct{ noRedis }

func (enabled) Enabled() bool { return true }

// TestQueueFull puts more than waits for Redis.
func TestQueueFull(t *testing.T) {
	c := New(Options{Redis: enabled{}, Registerer: prometheus.NewRegistry()})
	for range queueLength + 10 {
		c.Put(key("k"), answer(), time.Hour)
	}
	wantCount(t, "dropped for the length", c.metrics.droppedQueue, 10)
	wantCount(t, "dropped for their size", c.metrics.droppedSize, 0)

	c = New(Options{Redis: enabled{}, Registerer: prometheus.NewRegistry()})
	large := answer()
	large.Body = make([]byte, redisBytes-1<<10)
	for range queueBytes/redisBytes + 10 {
		c.Put(key("k"), large, time.Hour)
	}
	wantCount(t, "dropped for the bytes", c.metrics.droppedQueue, 10)
	large = answer()
	large.Body = make([]byte, redisBytes)
	c.Put(key("k"), large, time.Hour)
	wantCount(t, "dropped for their size", c.metrics.droppedSize, 1)
}
