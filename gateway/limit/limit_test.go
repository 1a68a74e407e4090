package limit

import (
	"context"
	"errors"
	"sync"
	"testing"
	"time"

	"github.com/go-logr/logr"
	"go.uber.org/goleak"

	"github.com/fairlead-dev/fairlead/api/stores"
	"github.com/fairlead-dev/fairlead/api/v1alpha1"
	"github.com/fairlead-dev/fairlead/gateway/redis"
	"github.com/fairlead-dev/fairlead/gateway/snapshot"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// patience is the time of a call to Redis where a test counts exactly: on a busy machine 50 ms are not always enough.
const patience = 2 * time.Second

// long is a window that ends in no test.
const long = 10_000 * time.Hour

// connect returns a client of Redis that is in use.
func connect(t testing.TB, uri string, timeout time.Duration) *redis.Client {
	t.Helper()
	c := redis.New(redis.Options{Log: logr.Discard(), Timeout: timeout})
	c.Use(stores.Address{URI: uri})
	t.Cleanup(func() { _ = c.Close() })
	return c
}

// replica starts one of several limiters that share a Redis, "" for none, and ends it with the test.
func replica(t testing.TB, uri string, change ...func(*Options)) *Limiter {
	t.Helper()
	o := Options{Replicas: func() int { return 3 }, Log: logr.Discard()}
	if uri != "" {
		o.Redis = connect(t, uri, patience)
	}
	for _, f := range change {
		f(&o)
	}
	l := New(o)
	run(t, l)
	return l
}

// run runs a limiter until the test ends or the function it returns is called.
func run(t testing.TB, l *Limiter) context.CancelFunc {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	var ended sync.WaitGroup
	ended.Go(func() { l.Run(ctx) })
	stop := func() {
		cancel()
		ended.Wait()
	}
	t.Cleanup(stop)
	return stop
}

func replicas(t testing.TB, uri string, n int) []*Limiter {
	t.Helper()
	out := make([]*Limiter, n)
	for i := range out {
		out[i] = replica(t, uri)
	}
	return out
}

// rpm is a limit of requests in a window.
func rpm(id string, n int64, window time.Duration) *snapshot.Limit {
	return &snapshot.Limit{ID: id, Name: id, Per: v1alpha1.LimitPerKey, Requests: n, Window: window}
}

func tpm(id string, n int64, window time.Duration) *snapshot.Limit {
	return &snapshot.Limit{ID: id, Name: id, Per: v1alpha1.LimitPerKey, Tokens: n, Window: window}
}

func parallel(id string, n int64) *snapshot.Limit {
	return &snapshot.Limit{ID: id, Name: id, Per: v1alpha1.LimitPerKey, Parallel: n, Window: time.Minute}
}

func claim(limits ...*snapshot.Limit) []Claim {
	out := make([]Claim, len(limits))
	for i, l := range limits {
		out[i] = Claim{Limit: l, Subject: "alice"}
	}
	return out
}

// admit reserves, and says whether the request is admitted.
func admit(t testing.TB, l *Limiter, claims []Claim, tokens int64) *Permit {
	t.Helper()
	p, err := l.Reserve(t.Context(), claims, tokens)
	if err == nil {
		return p
	}
	if _, ok := errors.AsType[*ExceededError](err); !ok {
		t.Fatalf("got %v, want an *ExceededError", err)
	}
	return nil
}

// count reserves and settles as often as it is admitted, at most so many times.
func count(t testing.TB, l *Limiter, claims []Claim, tries int) int {
	t.Helper()
	n := 0
	for range tries {
		if p := admit(t, l, claims, 1); p != nil {
			n++
			p.Settle(1)
		}
	}
	return n
}

// await calls ok until it says yes.
func await(t testing.TB, what string, within time.Duration, ok func() bool) time.Duration {
	t.Helper()
	begin := time.Now()
	tick := time.NewTicker(2 * time.Millisecond)
	defer tick.Stop()
	for !ok() {
		if time.Since(begin) > within {
			t.Fatalf("%s: not within %v", what, within)
		}
		<-tick.C
	}
	return time.Since(begin)
}
