package redis

import (
	"context"
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/go-logr/logr"
	"github.com/go-logr/logr/funcr"
	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"
	"github.com/redis/go-redis/v9"
	"go.uber.org/goleak"

	"github.com/fairlead-dev/fairlead/api/stores"
	"github.com/fairlead-dev/fairlead/gateway/internal/storetest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// journal is a log that can be read.
type journal struct {
	mu    sync.Mutex
	lines []string
}

func (j *journal) logger() logr.Logger {
	return funcr.New(func(_, args string) {
		j.mu.Lock()
		defer j.mu.Unlock()
		j.lines = append(j.lines, args)
	}, funcr.Options{})
}

// with counts the lines that hold a text.
func (j *journal) with(text string) int {
	j.mu.Lock()
	defer j.mu.Unlock()
	n := 0
	for _, line := range j.lines {
		if strings.Contains(line, text) {
			n++
		}
	}
	return n
}

// fixture is a client with its log and its metrics.
type fixture struct {
	*Client
	journal
	reg *prometheus.Registry
}

func newFixture(t *testing.T, uri string) *fixture {
	t.Helper()
	f := &fixture{reg: prometheus.NewRegistry()}
	f.Client = New(Options{Log: f.logger(), Registerer: f.reg})
	f.Use(stores.Address{URI: uri})
	t.Cleanup(func() { _ = f.Close() })
	return f
}

// metric is the value of fairlead_store_up, or "none".
func (f *fixture) metric(t *testing.T) string {
	t.Helper()
	families, err := f.reg.Gather()
	if err != nil {
		t.Fatal(err)
	}
	if len(families) == 0 {
		return "none"
	}
	if families[0].GetMetric()[0].GetGauge().GetValue() == 1 {
		return "1"
	}
	return "0"
}

func (f *fixture) ping(ctx context.Context) error {
	return f.Do(ctx, func(ctx context.Context, r redis.UniversalClient) error { return r.Ping(ctx).Err() })
}

// await calls ok until it says yes.
func await(t *testing.T, what string, within time.Duration, ok func() bool) time.Duration {
	t.Helper()
	begin := time.Now()
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for !ok() {
		if time.Since(begin) > within {
			t.Fatalf("%s: not within %v", what, within)
		}
		<-tick.C
	}
	return time.Since(begin)
}

func (f *fixture) awaitAnswer(t *testing.T) time.Duration {
	t.Helper()
	return await(t, "Redis is used again", 10*time.Second, func() bool { return f.ping(t.Context()) == nil })
}

// outage asks a Redis that is away, and says what is wrong with how long that takes and with what is logged.
func (f *fixture) outage(t *testing.T) {
	t.Helper()
	for range failuresMost {
		begin := time.Now()
		if err := f.ping(t.Context()); !errors.Is(err, ErrAway) {
			t.Fatalf("got %v, want ErrAway", err)
		}
		if d := time.Since(begin); d > 3*defaultTimeout {
			t.Errorf("a call took %v, want about %v at most", d, defaultTimeout)
		}
	}
	await(t, "the breaker is open", time.Second, func() bool { return !f.Up() })
	begin := time.Now()
	for range 1000 {
		if err := f.ping(t.Context()); !errors.Is(err, ErrAway) {
			t.Fatalf("got %v, want ErrAway", err)
		}
	}
	if d := time.Since(begin); d > 20*time.Millisecond {
		t.Errorf("1000 calls with an open breaker took %v, want next to nothing", d)
	}
	if n := f.with("does not answer"); n != 1 || f.metric(t) != "0" {
		t.Errorf("got %d lines of log and the metric %s, want 1 and 0", n, f.metric(t))
	}
}

func TestOutages(t *testing.T) {
	cases := map[string]struct{ begin, end func(*storetest.RedisServer) }{
		"Hung":   {(*storetest.RedisServer).Stop, (*storetest.RedisServer).Continue},
		"Killed": {(*storetest.RedisServer).Kill, (*storetest.RedisServer).Start},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			server := storetest.Redis(t)
			f := newFixture(t, server.URI())
			f.awaitAnswer(t)
			c.begin(server)
			f.outage(t)
			c.end(server)
			if d := f.awaitAnswer(t); d > 5*time.Second {
				t.Errorf("used again after %v, want 5 s at most", d)
			}
			if n := f.with("answers again"); n != 1 || f.metric(t) != "1" {
				t.Errorf("got %d lines of log and the metric %s, want 1 and 1", n, f.metric(t))
			}
		})
	}
}

// TestHungCallsDoNotPileUp asks a hung server from many goroutines at once.
func TestHungCallsDoNotPileUp(t *testing.T) {
	server := storetest.Redis(t)
	f := newFixture(t, server.URI())
	f.awaitAnswer(t)
	server.Stop()
	begin := time.Now()
	var all sync.WaitGroup
	for range 10 * poolSize {
		all.Go(func() {
			if err := f.ping(t.Context()); !errors.Is(err, ErrAway) {
				t.Errorf("got %v, want ErrAway", err)
			}
		})
	}
	all.Wait()
	if !f.Up() {
		t.Error("calls that hung together opened the breaker, which one moment of silence should not")
	}
	if d := time.Since(begin); d > 5*defaultTimeout {
		t.Errorf("%d calls at once took %v", 10*poolSize, d)
	}
	server.Continue()
	f.awaitAnswer(t)
}

func TestOutageFoundWithoutCalls(t *testing.T) {
	server := storetest.Redis(t)
	server.Kill()
	f := newFixture(t, server.URI())
	await(t, "the probe has found out", 5*time.Second, func() bool { return !f.Up() })
	server.Start()
	f.awaitAnswer(t)
}

func TestErrors(t *testing.T) {
	server := storetest.Redis(t)
	f := newFixture(t, server.URI())
	f.awaitAnswer(t)
	gone, cancel := context.WithCancel(t.Context())
	cancel()
	cases := map[string]struct {
		reason string
		ctx    context.Context
		call   func(ctx context.Context, r redis.UniversalClient) error
		away   bool
	}{
		"NoSuchKey": {"nothing is an answer", t.Context(), func(ctx context.Context, r redis.UniversalClient) error {
			return r.Get(ctx, "none").Err()
		}, false},
		"WrongType": {"the caller's mistake", t.Context(), func(ctx context.Context, r redis.UniversalClient) error {
			return errors.Join(r.Set(ctx, "k", 1, 0).Err(), r.LPop(ctx, "k").Err())
		}, false},
		"CallerLeft": {"no fault of Redis", gone, func(ctx context.Context, r redis.UniversalClient) error {
			return r.Ping(ctx).Err()
		}, false},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			for range 2 * failuresMost {
				if err := f.Do(c.ctx, c.call); err == nil || errors.Is(err, ErrAway) {
					t.Fatalf("%s: got %v, want an error other than ErrAway", c.reason, err)
				}
			}
			if !f.Up() {
				t.Errorf("%s, but it opened the breaker", c.reason)
			}
		})
	}
}

// TestFullServer has a server that answers, but takes no writes any more.
func TestFullServer(t *testing.T) {
	server := storetest.Redis(t)
	f := newFixture(t, server.URI())
	f.awaitAnswer(t)
	admin := server.Client()
	if err := admin.ConfigSet(t.Context(), "maxmemory", "1").Err(); err != nil {
		t.Fatal(err)
	}
	set := func() error {
		return f.Do(t.Context(), func(ctx context.Context, r redis.UniversalClient) error { return r.Set(ctx, "k", "v", 0).Err() })
	}
	await(t, "the breaker is open", 5*time.Second, func() bool { return errors.Is(set(), ErrAway) && !f.Up() })
	if err := admin.ConfigSet(t.Context(), "maxmemory", "0").Err(); err != nil {
		t.Fatal(err)
	}
	await(t, "there is room again", 5*time.Second, func() bool { return set() == nil })
}

func TestUse(t *testing.T) {
	one, two := storetest.Redis(t), storetest.Redis(t)
	f := newFixture(t, "")
	if f.Enabled() || f.metric(t) != "none" || !errors.Is(f.ping(t.Context()), ErrAway) {
		t.Error("without a URI: enabled, or with a metric, or a call did not fail with ErrAway")
	}
	for _, server := range []*storetest.RedisServer{one, two, two} {
		f.Use(stores.Address{URI: server.URI()})
		err := f.Do(t.Context(), func(ctx context.Context, r redis.UniversalClient) error { return r.Incr(ctx, "n").Err() })
		if err != nil {
			t.Fatal(err)
		}
	}
	admin := one.Client()
	got := []string{admin.Get(t.Context(), "n").Val(), two.Client().Get(t.Context(), "n").Val()}
	if diff := cmp.Diff([]string{"1", "2"}, got); diff != "" {
		t.Errorf("calls went to the wrong server (-want +got):\n%s", diff)
	}
	if n := testutil.CollectAndCount(f.reg); n != 1 {
		t.Errorf("got %d series, want 1", n)
	}
	f.Use(stores.Address{})
	if f.Enabled() || f.metric(t) != "none" {
		t.Error("taken away: still enabled, or with a metric")
	}
	await(t, "connections to the first server are closed", 2*time.Second, func() bool {
		return strings.Count(admin.ClientList(t.Context()).Val(), "\n") == 1
	})
}

func TestBadURIs(t *testing.T) {
	for _, uri := range []string{"redis://:se/cret@host:1", "http://u:secret@host", "secret", "redis://u:secret@host:port", "redis://:secret@h/x?y=z"} {
		f := newFixture(t, uri)
		if !f.Enabled() || f.Up() || !errors.Is(f.ping(t.Context()), ErrAway) || f.metric(t) != "0" {
			t.Errorf("%s: want a server that is away", uri)
		}
		if n := f.with("is not valid"); n != 1 {
			t.Errorf("%s: %d lines of log, want 1", uri, n)
		}
		if f.with("secret")+f.with("cret@") != 0 {
			t.Errorf("%s: the log has the password: %q", uri, f.lines)
		}
	}
}

func TestWrongPassword(t *testing.T) {
	server := storetest.Redis(t, "--requirepass", "right")
	f := newFixture(t, strings.Replace(server.URI(), "redis://", "redis://:canary@", 1))
	await(t, "the breaker is open", 5*time.Second, func() bool { return !f.Up() })
	if f.with("canary") != 0 {
		t.Errorf("the log has the password: %q", f.lines)
	}
	f.Use(stores.Address{URI: strings.Replace(server.URI(), "redis://", "redis://:right@", 1)})
	if d := f.awaitAnswer(t); d > time.Second {
		t.Errorf("the new password worked after %v, want at once", d)
	}
}

func BenchmarkDoAway(b *testing.B) {
	c := New(Options{Log: logr.Discard()})
	c.Use(stores.Address{URI: "not a URI"})
	b.ReportAllocs()
	for b.Loop() {
		if err := c.Do(b.Context(), nil); !errors.Is(err, ErrAway) {
			b.Fatal(err)
		}
	}
}

// write asks for what only a primary does.
func (f *fixture) write(ctx context.Context) error {
	return f.Do(ctx, func(ctx context.Context, r redis.UniversalClient) error {
		return r.Set(ctx, f.probeKey, 1, time.Minute).Err()
	})
}

func (f *fixture) awaitWrite(t *testing.T) time.Duration {
	t.Helper()
	return await(t, "Redis takes writes again", 30*time.Second, func() bool { return f.write(t.Context()) == nil })
}
