package limit

import (
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/fairlead-dev/fairlead/gateway/internal/storetest"
)

// TestHangUnderLoad stops Redis for two seconds under 200 requests a second, each with limits of its key, of its user and of its
// alias, and then of its target.
func TestHangUnderLoad(t *testing.T) {
	server := storetest.Redis(t)
	l := replica(t, "", hurried(server.URI()))
	t.Cleanup(func() { _ = l.redis.Close() })
	await(t, "Redis is used", 5*time.Second, func() bool { return slowest(t, l, 1) < 40*time.Millisecond && l.shared() })

	began := time.Now()
	hang := time.AfterFunc(500*time.Millisecond, server.Stop)
	heal := time.AfterFunc(2500*time.Millisecond, server.Continue)
	defer hang.Stop()
	defer heal.Stop()
	var mu sync.Mutex
	var took []time.Duration
	late := 0
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	var all sync.WaitGroup
	for i := 0; time.Since(began) < 4*time.Second; i++ {
		<-tick.C
		all.Go(func() {
			at := time.Now()
			serve(t, l, string(rune('a'+i%100)))
			mu.Lock()
			defer mu.Unlock()
			took = append(took, time.Since(at))
			if at.Sub(began) > time.Second && at.Sub(began) < 2500*time.Millisecond && time.Since(at) > 20*time.Millisecond {
				late++
			}
		})
	}
	all.Wait()
	slices.Sort(took)
	t.Logf("%d requests: median %v, 99 %% %v, worst %v", len(took), took[len(took)/2], took[len(took)*99/100], took[len(took)-1])
	if worst := took[len(took)-1]; worst > 200*time.Millisecond {
		t.Errorf("the slowest request took %v, want little more than two calls to Redis", worst)
	}
	if late > 5 {
		t.Errorf("%d requests waited for Redis after it had hung for half a second, want next to none", late)
	}
	await(t, "limits are shared again", 5*time.Second, l.shared)
}

// serve does what a gateway does with the limits of one request.
func serve(t *testing.T, l *Limiter, user string) {
	t.Helper()
	own, alias, target := rpm("user", 1_000_000, long), tpm("alias", 1_000_000_000, long), rpm("target", 1_000_000, long)
	p := admit(t, l, []Claim{{own, user}, {alias, ""}}, 500)
	q := admit(t, l, []Claim{{target, "big"}}, 500)
	if p == nil || q == nil {
		t.Error("a request was refused")
	}
	p.Settle(400)
	q.Settle(400)
}
