package cache

import (
	"bytes"
	"context"
	"strings"
	"testing"
	"time"

	"github.com/go-logr/logr"
	"github.com/go-logr/logr/funcr"
	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"

	"github.com/fairlead-dev/fairlead/api/stores"
	"github.com/fairlead-dev/fairlead/gateway/internal/storetest"
	"github.com/fairlead-dev/fairlead/gateway/redis"
)

// newReplica is a Cache of one of the replicas that share a Redis, running until the test ends. It looks at no memory but Redis's.
func newReplica(t testing.TB, uri string) *Cache {
	t.Helper()
	client := redis.New(redis.Options{Log: logr.Discard(), Registerer: prometheus.NewRegistry()})
	client.Use(stores.Address{URI: uri})
	c := New(Options{Gateway: "ai/main", Redis: client, Registerer: prometheus.NewRegistry(), Log: logr.Discard()})
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		c.Run(ctx)
	}()
	t.Cleanup(func() {
		cancel()
		<-ended
		if err := client.Close(); err != nil {
			t.Errorf("closing the client: %v", err)
		}
	})
	return c
}

// await calls f until it is true.
func await(t testing.TB, what string, f func() bool) {
	t.Helper()
	tick := time.NewTicker(time.Millisecond)
	defer tick.Stop()
	for end := time.After(10 * time.Second); !f(); {
		select {
		case <-end:
			t.Fatalf("waited in vain for %s", what)
		case <-tick.C:
		}
	}
}

func has(t testing.TB, c *Cache, k Key) bool {
	t.Helper()
	_, ok := c.Get(t.Context(), k, 0)
	return ok
}

// forget empties a replica's own memory.
func forget(c *Cache) { c.memory.InvalidateAll() }

func TestRedisShared(t *testing.T) {
	server := storetest.Redis(t)
	a, b := newReplica(t, server.URI()), newReplica(t, server.URI())
	e := answer()
	e.Stored = time.Now().Round(0)
	a.Put(key("k"), e, time.Hour)
	if !has(t, a, key("k")) {
		t.Error("who put the answer does not find it")
	}
	await(t, "the answer in the other replica", func() bool { return has(t, b, key("k")) })
	got, _ := b.Get(t.Context(), key("k"), time.Minute)
	if diff := cmp.Diff(e, got); diff != "" {
		t.Errorf("Get: -want +got\n%s", diff)
	}
	names, err := server.Client().Keys(t.Context(), "{fairlead:ai/main}:cache:*").Result()
	if err != nil || len(names) != 1 || strings.Contains(names[0], "k\x00") {
		t.Errorf("Redis holds %q: %v", names, err)
	}
	ttl, err := server.Client().PTTL(t.Context(), names[0]).Result()
	if err != nil || ttl > time.Hour || ttl < time.Hour-time.Minute {
		t.Errorf("it ends in %v: %v", ttl, err)
	}
}

// TestRedisTTL makes sure that no replica gives an answer after its time.
func TestRedisTTL(t *testing.T) {
	server := storetest.Redis(t)
	a, b := newReplica(t, server.URI()), newReplica(t, server.URI())
	const ttl = 300 * time.Millisecond
	start := time.Now()
	a.Put(key("k"), answer(), ttl)
	await(t, "the answer in the other replica", func() bool { return has(t, b, key("k")) })
	await(t, "its end in one replica", func() bool { return !has(t, a, key("k")) })
	await(t, "its end in the other replica", func() bool { return !has(t, b, key("k")) })
	if took := time.Since(start); took < ttl {
		t.Errorf("it ended after %v, want %v", took, ttl)
	}
}

func TestRedisFlushed(t *testing.T) {
	server := storetest.Redis(t)
	c := newReplica(t, server.URI())
	c.Put(key("k"), answer(), time.Hour)
	forget(c)
	await(t, "the answer in Redis", func() bool { return has(t, c, key("k")) })
	start := time.Now()
	server.FlushAll()
	await(t, "the answer to be gone", func() bool { return !has(t, c, key("k")) })
	if took := time.Since(start); took > 2*nearFor {
		t.Errorf("it was given for %v after it had been removed", took)
	}
}

// TestRedisHangs stops Redis: each look-up is a miss within the client's deadline, nothing fails, and the cache works again afterwards.
func TestRedisHangs(t *testing.T) {
	server := storetest.Redis(t)
	c := newReplica(t, server.URI())
	c.Put(key("k"), answer(), time.Hour)
	forget(c)
	await(t, "the answer in Redis", func() bool { return has(t, c, key("k")) })
	forget(c)
	server.Stop()
	for range 50 {
		start := time.Now()
		if has(t, c, key("k")) {
			t.Error("Get: an answer from a Redis that hangs")
		}
		if took := time.Since(start); took > 150*time.Millisecond {
			t.Errorf("Get took %v", took)
		}
		start = time.Now()
		c.Put(key("other"), answer(), time.Hour)
		if took := time.Since(start); took > 20*time.Millisecond {
			t.Errorf("Put took %v", took)
		}
	}
	await(t, "writes that failed to be counted", func() bool { return testutil.ToFloat64(c.metrics.failed) > 0 })
	server.Continue()
	forget(c)
	await(t, "the answer after the hang", func() bool { return has(t, c, key("k")) })
}

func TestRedisKilled(t *testing.T) {
	server := storetest.Redis(t)
	c := newReplica(t, server.URI())
	server.Kill()
	if has(t, c, key("k")) {
		t.Error("Get: an answer from nowhere")
	}
	c.Put(key("k"), answer(), time.Hour)
	server.Start()
	forget(c)
	await(t, "an answer to be kept again", func() bool {
		c.Put(key("k"), answer(), time.Hour)
		forget(c)
		return has(t, c, key("k"))
	})
}

// TestRedisGarbage has values under the names of answers that are none.
func TestRedisGarbage(t *testing.T) {
	server := storetest.Redis(t)
	c := newReplica(t, server.URI())
	lines := 0
	c.log = funcr.New(func(_, _ string) { lines++ }, funcr.Options{})
	raw := server.Client()
	for i, value := range []string{"", "\x01", "hello", "\x02" + string(seal(answer(), time.Now()))[1:], strings.Repeat("\xff", 4096)} {
		if err := raw.Set(t.Context(), c.name(key("k")), value, 0).Err(); err != nil {
			t.Fatal(err)
		}
		if has(t, c, key("k")) {
			t.Errorf("value %d was taken for an answer", i)
		}
	}
	if err := raw.Del(t.Context(), c.name(key("k"))).Err(); err != nil {
		t.Fatal(err)
	}
	if err := raw.LPush(t.Context(), c.name(key("k")), "a list").Err(); err != nil {
		t.Fatal(err)
	}
	if has(t, c, key("k")) {
		t.Error("a list was taken for an answer")
	}
	wantCount(t, "unreadable", c.metrics.unreadable, 5)
	if lines != 1 {
		t.Errorf("%d lines were logged, want 1", lines)
	}
}

// TestRedisHoldsNoPrompt looks at everything that Redis holds for what was asked, and by whom.
func TestRedisHoldsNoPrompt(t *testing.T) {
	server := storetest.Redis(t)
	c := newReplica(t, server.URI())
	r := request([]byte(`{"messages":[{"content":"CANARY-PROMPT"}]}`))
	r.Scope = "CANARY-KEY"
	k, ok := c.KeyOf(r)
	if !ok {
		t.Fatal("KeyOf: no key")
	}
	c.Put(k, answer(), time.Hour)
	raw := server.Client()
	await(t, "the answer in Redis", func() bool { return raw.Exists(t.Context(), c.name(k)).Val() == 1 })
	value, err := raw.Get(t.Context(), c.name(k)).Bytes()
	if err != nil || bytes.Contains(value, []byte("CANARY")) || strings.Contains(c.name(k), "CANARY") {
		t.Errorf("Redis holds %q under %s: %v", value, c.name(k), err)
	}
}
