package limit

import (
	"fmt"
	"strconv"
	"testing"
	"time"

	goredis "github.com/redis/go-redis/v9"
	"pgregory.net/rapid"

	"github.com/fairlead-dev/fairlead/gateway/internal/storetest"
	"github.com/fairlead-dev/fairlead/gateway/snapshot"
)

// model is two replicas that share one limit of requests, tokens and parallel requests, and what is known of what they did.
// Nothing runs in the background: what Run would do is done as one of the actions.
type model struct {
	t        *testing.T
	redis    *goredis.Client
	limit    *snapshot.Limit
	replicas []*Limiter
	// open are the permits of requests under way, with what they reserved.
	open []*Permit
	// requests admitted, and tokens used by those that have ended.
	requests, tokens int64
}

func (m *model) counter(l *Limiter) *counter {
	return l.table.find(counterKey{m.limit.ID, "alice", m.limit.Window})
}

func (m *model) reserve(r *rapid.T) {
	l := m.replicas[rapid.IntRange(0, 1).Draw(r, "replica")]
	if p := admit(m.t, l, claim(m.limit), rapid.Int64Range(0, 400).Draw(r, "estimate")); p != nil {
		m.open = append(m.open, p)
		m.requests++
	}
}

func (m *model) settle(r *rapid.T) {
	if len(m.open) == 0 {
		r.Skip("no request is under way")
	}
	i := rapid.IntRange(0, len(m.open)-1).Draw(r, "request")
	used := rapid.Int64Range(0, 500).Draw(r, "used")
	m.open[i].Settle(used)
	m.open = append(m.open[:i], m.open[i+1:]...)
	m.tokens += used
}

func (m *model) tick(r *rapid.T) {
	l := m.replicas[rapid.IntRange(0, 1).Draw(r, "replica")]
	k := keeper{Limiter: l}
	k.tick(m.t.Context(), time.Now())
}

func (m *model) leave(r *rapid.T) {
	l := m.replicas[rapid.IntRange(0, 1).Draw(r, "replica")]
	k := keeper{Limiter: l}
	k.leave(m.t.Context())
}

// check compares what is charged to the shared counter with what was used, what is reserved and what is granted.
func (m *model) check(r *rapid.T) {
	want := [metered]int64{Requests: m.requests, Tokens: m.tokens}
	leased, busy := 0, 0
	for _, l := range m.replicas {
		c := m.counter(l)
		if c == nil {
			continue
		}
		for k := range c.meters {
			if c.meters[k].grant < 0 || c.meters[k].debt < 0 {
				r.Fatalf("grant %d and debt %d of %v", c.meters[k].grant, c.meters[k].debt, Kind(k))
			}
			want[k] += c.meters[k].grant - c.meters[k].debt
		}
		leased += len(c.slots.held())
		busy += len(c.slots.busy)
	}
	for _, p := range m.open {
		want[Tokens] += p.parts[0].need[Tokens]
	}
	if got := m.charged(r); got != want {
		r.Fatalf("charged %v, want %v requests and tokens", got, want)
	}
	if busy != len(m.open) || int64(busy) > m.limit.Parallel {
		r.Fatalf("%d slots are held for %d requests", busy, len(m.open))
	}
	keys := newCounter(m.replicas[0].table.prefix, counterKey{m.limit.ID, "alice", m.limit.Window}).redis
	if got := m.redis.ZCard(m.t.Context(), keys[1]).Val(); got != int64(leased) {
		r.Fatalf("%d slots are leased, want %d", got, leased)
	}
	if m.requests > m.limit.Requests {
		r.Fatalf("%d requests were admitted", m.requests)
	}
}

func (m *model) charged(r *rapid.T) [metered]int64 {
	keys := newCounter(m.replicas[0].table.prefix, counterKey{m.limit.ID, "alice", m.limit.Window}).redis
	var out [metered]int64
	for k, field := range []string{"r", "t"} {
		text, err := m.redis.HGet(m.t.Context(), keys[0], field).Result()
		if err != nil {
			continue
		}
		if out[k], err = strconv.ParseInt(text, 10, 64); err != nil {
			r.Fatal(err)
		}
	}
	return out
}

// TestNothingIsLost does what replicas do in any order, and finds each request, token and slot in Redis.
func TestNothingIsLost(t *testing.T) {
	server := storetest.Redis(t)
	admin := server.Client()
	connection := connect(t, server.URI(), patience)
	run := 0
	rapid.Check(t, func(r *rapid.T) {
		run++
		limit := rpm(fmt.Sprintf("run%d", run), rapid.Int64Range(1, 300).Draw(r, "requests"), long)
		limit.Tokens = rapid.Int64Range(1, 50_000).Draw(r, "tokens")
		limit.Parallel = rapid.Int64Range(1, 40).Draw(r, "parallel")
		m := &model{t: t, redis: admin, limit: limit}
		for range 2 {
			m.replicas = append(m.replicas, New(Options{Redis: connection}))
		}
		r.Repeat(map[string]func(*rapid.T){
			"reserve": m.reserve, "reserveToo": m.reserve, "settle": m.settle, "tick": m.tick, "leave": m.leave, "": m.check,
		})
	})
}
