package limit

import (
	"fmt"
	"maps"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/fairlead-dev/fairlead/gateway/internal/storetest"
)

// tally counts what was admitted in each window: as it was charged, and as it looks from outside, where requests that were under
// way when a window ended are left out.
type tally struct {
	mu            sync.Mutex
	charged, seen map[int64]int64
	own           int
}

func (y *tally) add(x *part, window time.Duration, n int64, before, after time.Time) {
	y.mu.Lock()
	defer y.mu.Unlock()
	if x.owed != [metered]int64{} {
		y.own++
	}
	// A request that came as a window ended may have been charged to both.
	last := n
	if x.limit.Tokens > 0 {
		last = x.refundable
	}
	y.charged[x.granted] += last
	y.charged[x.granted-1] += n - last
	from, _ := windowAt(before.UnixMilli(), window)
	if to, _ := windowAt(after.UnixMilli(), window); from == to {
		y.seen[from] += n
	}
}

// saturate asks for more than a limit allows, through all limiters, until so many whole windows have passed.
func saturate(t *testing.T, limiters []*Limiter, claims []Claim, tokens int64, windows int) *tally {
	t.Helper()
	window := claims[0].Limit.Window
	y := &tally{charged: map[int64]int64{}, seen: map[int64]int64{}}
	end := time.Now().Add(time.Duration(windows+1) * window)
	var all sync.WaitGroup
	for _, l := range limiters {
		for range 4 {
			all.Go(func() { press(t, l, claims, tokens, end, y) })
		}
	}
	all.Wait()
	// Load was on during all of each window but the first and the last.
	for _, m := range []map[int64]int64{y.charged, y.seen} {
		delete(m, slices.Min(slices.Collect(maps.Keys(m))))
		delete(m, slices.Max(slices.Collect(maps.Keys(m))))
	}
	return y
}

func press(t *testing.T, l *Limiter, claims []Claim, tokens int64, end time.Time, y *tally) {
	pause := time.NewTicker(2 * time.Millisecond)
	defer pause.Stop()
	for {
		before := time.Now()
		if before.After(end) {
			return
		}
		if p := admit(t, l, claims, tokens); p != nil {
			y.add(&p.parts[0], claims[0].Limit.Window, tokens, before, time.Now())
			p.Settle(tokens)
			continue
		}
		<-pause.C
	}
}

func TestThreeReplicasAdmitWhatTheLimitAllows(t *testing.T) {
	const window, windows = 250 * time.Millisecond, 10
	server := storetest.Redis(t)
	cases := map[string]struct {
		claims []Claim
		tokens int64
		most   int64
	}{
		"Requests7":     {claim(rpm("r7", 7, window)), 1, 7},
		"Requests100":   {claim(rpm("r100", 100, window)), 1, 100},
		"Requests2000":  {claim(rpm("r2000", 2000, window)), 1, 2000},
		"Tokens10000":   {claim(tpm("t10000", 10_000, window)), 50, 10_000},
		"TighterOfTwo":  {claim(rpm("tight", 40, window), rpm("loose", 1000, window)), 1, 40},
		"TokensByLumps": {claim(tpm("lumps", 1000, window)), 99, 990},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			y := saturate(t, replicas(t, server.URI(), 3), c.claims, c.tokens, windows)
			if y.own > 0 {
				t.Errorf("%d requests were admitted without Redis", y.own)
			}
			checkMost(t, "charged", y.charged, c.most, windows-1)
			checkMost(t, "seen", y.seen, c.most, 0)
			// On a busy machine the load itself may pause for a whole window; in most of them it does not.
			counts := slices.Sorted(maps.Values(y.charged))
			if usual := counts[len(counts)/2]; usual*100 < c.most*95 {
				t.Errorf("usually %d of %d were admitted, want 95 %% at least: %v", usual, c.most, y.charged)
			}
		})
	}
}

func checkMost(t *testing.T, what string, admitted map[int64]int64, most int64, windows int) {
	t.Helper()
	if len(admitted) < windows {
		t.Errorf("%s: got %d windows, want %d", what, len(admitted), windows)
	}
	for w, n := range admitted {
		if n > most {
			t.Errorf("%s: window %d admitted %d, want %d at most", what, w, n, most)
		}
	}
}

// TestMostRequestsAskNobody counts the scripts that Redis has run.
func TestMostRequestsAskNobody(t *testing.T) {
	server := storetest.Redis(t)
	l := replica(t, server.URI())
	claims := claim(rpm("a", 1_000_000, long), tpm("b", 1_000_000_000, long))
	const requests = 5000
	if got := count(t, l, claims, requests); got != requests {
		t.Fatalf("admitted %d, want all %d", got, requests)
	}
	if calls := scriptCalls(t, server); calls > requests/50 {
		t.Errorf("Redis was asked %d times for %d requests, want one in 50 at most", calls, requests)
	}
}

// scriptCalls is how many scripts a server has run.
func scriptCalls(t *testing.T, server *storetest.RedisServer) int {
	t.Helper()
	info := server.Client().InfoMap(t.Context(), "commandstats").Item("Commandstats", "cmdstat_evalsha")
	n := 0
	if _, err := fmt.Sscanf(info, "calls=%d,", &n); err != nil {
		t.Fatalf("reading %q: %v", info, err)
	}
	return n
}

// TestRefusalsAskSeldom floods a limit that is used up.
func TestRefusalsAskSeldom(t *testing.T) {
	server := storetest.Redis(t)
	l := replica(t, server.URI())
	claims := claim(rpm("a", 5, long))
	if got := count(t, l, claims, 5000); got != 5 {
		t.Errorf("admitted %d, want 5", got)
	}
	if calls := scriptCalls(t, server); calls > 100 {
		t.Errorf("Redis was asked %d times", calls)
	}
}

// TestIdleGrantsComeBack has one replica take grants for a burst, and another need them.
func TestIdleGrantsComeBack(t *testing.T) {
	server := storetest.Redis(t)
	one, two := replica(t, server.URI()), replica(t, server.URI())
	claims := claim(rpm("a", 1000, long))
	used := count(t, one, claims, 300)
	begin := time.Now()
	await(t, "all that is left can be had", 3*time.Second, func() bool {
		used += count(t, two, claims, 1000)
		return used >= 1000
	})
	if used != 1000 {
		t.Errorf("admitted %d, want 1000", used)
	}
	if d := time.Since(begin); d > 1500*time.Millisecond {
		t.Errorf("idle grants came back after %v, want a second at most", d)
	}
}

// TestLeavingGivesBack ends a replica that holds grants and free slots.
func TestLeavingGivesBack(t *testing.T) {
	server := storetest.Redis(t)
	l := New(Options{Redis: connect(t, server.URI(), patience)})
	stop := run(t, l)
	limit := rpm("a", 100_000, long)
	limit.Parallel = 1000
	if got := count(t, l, claim(limit), 200); got != 200 {
		t.Fatalf("admitted %d, want 200", got)
	}
	stop()
	other := replica(t, server.URI())
	for _, s := range other.Peek(t.Context(), claim(limit)) {
		want := s.Max
		if s.Kind == Requests {
			want -= 200
		}
		if s.Remaining != want {
			t.Errorf("%s: %d left, want %d", s.Kind, s.Remaining, want)
		}
	}
}
