package limit

import (
	"sync"
	"testing"
	"time"

	"github.com/go-logr/logr/funcr"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"

	"github.com/fairlead-dev/fairlead/api/stores"
	"github.com/fairlead-dev/fairlead/gateway/internal/storetest"
	"github.com/fairlead-dev/fairlead/gateway/redis"
)

// hurried is a limiter whose calls to Redis have the time that they have in a gateway.
func hurried(uri string) func(*Options) {
	return func(o *Options) {
		o.Redis = redis.New(redis.Options{Log: o.Log})
		o.Redis.Use(stores.Address{URI: uri})
	}
}

// slowest reserves requests of users who hold no grants, and returns how long the slowest one took.
func slowest(t *testing.T, l *Limiter, tries int) time.Duration {
	t.Helper()
	worst := time.Duration(0)
	limit := rpm("fresh", 1_000_000, long)
	for i := range tries {
		begin := time.Now()
		p := admit(t, l, []Claim{{Limit: limit, Subject: string(rune('a' + i))}}, 1)
		worst = max(worst, time.Since(begin))
		if p == nil {
			t.Fatal("a request was refused")
		}
		p.Settle(1)
	}
	return worst
}

func TestOutages(t *testing.T) {
	faults := map[string]struct {
		begin, end func(*storetest.RedisServer, *storetest.Link)
	}{
		"Hung": {
			func(s *storetest.RedisServer, _ *storetest.Link) { s.Stop() },
			func(s *storetest.RedisServer, _ *storetest.Link) { s.Continue() },
		},
		"Killed": {
			func(s *storetest.RedisServer, _ *storetest.Link) { s.Kill() },
			func(s *storetest.RedisServer, _ *storetest.Link) { s.Start() },
		},
		"Slow": {
			func(_ *storetest.RedisServer, link *storetest.Link) { link.Delay(500 * time.Millisecond) },
			func(_ *storetest.RedisServer, link *storetest.Link) { link.Mend() },
		},
	}
	for name, fault := range faults {
		t.Run(name, func(t *testing.T) {
			server := storetest.Redis(t)
			link := storetest.NewLink(t, server.Addr())
			l := replica(t, "", hurried("redis://"+link.Address()+"/0"))
			t.Cleanup(func() { _ = l.redis.Close() })
			await(t, "Redis is used", 5*time.Second, func() bool { return slowest(t, l, 1) < 40*time.Millisecond && l.shared() })
			fault.begin(server, link)
			// A call has 50 ms; the rest is for a busy machine.
			if d := slowest(t, l, 10); d > 150*time.Millisecond {
				t.Errorf("the slowest of the first requests took %v, want little more than 50 ms", d)
			}
			await(t, "the breaker is open", 3*time.Second, func() bool { return !l.shared() })
			if d := slowest(t, l, 100); d > 20*time.Millisecond {
				t.Errorf("the slowest of the next requests took %v, want next to nothing", d)
			}
			fault.end(server, link)
			if d := await(t, "limits are shared", 10*time.Second, l.shared); d > 5*time.Second {
				t.Errorf("shared again after %v, want 5 s at most", d)
			}
			if got := count(t, l, claim(rpm("after", 10, long)), 20); got != 10 {
				t.Errorf("admitted %d afterwards, want 10", got)
			}
		})
	}
}

// TestShareWithoutRedis has a third of each limit where Redis is away.
func TestShareWithoutRedis(t *testing.T) {
	var mu sync.Mutex
	var lines []string
	reg := prometheus.NewRegistry()
	server := storetest.Redis(t)
	l := replica(t, "", func(o *Options) {
		o.Registerer = reg
		o.Log = funcr.New(func(_, args string) {
			mu.Lock()
			defer mu.Unlock()
			lines = append(lines, args)
		}, funcr.Options{})
		o.Redis = connect(t, server.URI(), 50*time.Millisecond)
	})
	degraded := func() float64 {
		families, err := reg.Gather()
		if err != nil {
			t.Fatal(err)
		}
		return families[0].GetMetric()[0].GetGauge().GetValue()
	}
	if n := testutil.CollectAndCount(reg, "fairlead_limits_degraded"); n != 1 || degraded() != 0 {
		t.Errorf("with Redis: degraded is %v", degraded())
	}
	if got := count(t, l, claim(rpm("partly", 300, long)), 40); got != 40 {
		t.Fatalf("admitted %d, want 40", got)
	}
	server.Kill()
	await(t, "Redis is away", 5*time.Second, func() bool { return degraded() == 1 })
	got := count(t, l, claim(rpm("fresh", 300, long)), 1000)
	if got != 100 {
		t.Errorf("admitted %d of a limit of 300, want this replica's third", got)
	}
	if got := 40 + count(t, l, claim(rpm("partly", 300, long)), 1000); got != 100 {
		t.Errorf("admitted %d of a limit of 300 that was in use, want this replica's third", got)
	}
	server.Start()
	await(t, "Redis is back", 10*time.Second, func() bool { return degraded() == 0 })
	await(t, "the log says so", 2*time.Second, func() bool {
		mu.Lock()
		defer mu.Unlock()
		return len(lines) == 2
	})
	await(t, "what was admitted meanwhile is charged", 3*time.Second, func() bool {
		return l.Peek(t.Context(), claim(rpm("fresh", 300, long)))[0].Remaining == 200
	})
}

// TestFlushedRedis states what a limit is worth if Redis loses its counters: it starts again.
func TestFlushedRedis(t *testing.T) {
	server := storetest.Redis(t)
	one, two := replica(t, server.URI()), replica(t, server.URI())
	const most = 64
	claims := claim(rpm("a", most, long))
	before := count(t, one, claims, 1000) + count(t, two, claims, 1000)
	server.FlushAll()
	after := 0
	await(t, "the limit is used up again", 3*time.Second, func() bool {
		after += count(t, one, claims, 1000) + count(t, two, claims, 1000)
		return after >= most
	})
	if before != most || after != most {
		t.Errorf("admitted %d and then %d, want %d each time", before, after, most)
	}
}
