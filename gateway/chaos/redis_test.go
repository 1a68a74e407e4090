package chaos

import (
	"fmt"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"github.com/fairlead-dev/fairlead/gateway/internal/storetest"
)

const (
	// redisRate is how many requests a second need Redis, and plainRate how many do not.
	redisRate, plainRate = 200, 50
	// mostSlower is by how much the slowest request may be slower than the slowest before.
	mostSlower = 150 * time.Millisecond
	// redisBack is how soon everything is normal again, and redisPatience how long that is waited for on a busy machine.
	redisBack, redisPatience = 5 * time.Second, time.Minute
	// classLimited needs Redis for its limits, classCached for its limits and the cache, and classPlain for nothing.
	classLimited, classCached, classPlain = "limited", "cached", "plain"
)

// counted are questions, four of five of which need Redis: with key a, for limits, and every other one of those for the cache as well.
func counted() func() question {
	var last atomic.Int64
	return func() question {
		n := last.Add(1)
		q := question{id: fmt.Sprintf("r-%08d", n), key: keyA, model: "chat", prompt: fmt.Sprintf("question %d", n), stream: n%3 == 0, class: classLimited}
		switch n % 5 {
		case 1, 3:
			// A few questions are asked again and again, and are hits once their first answer is there.
			q.model, q.class, q.prompt = "kept", classCached, fmt.Sprintf("question %d", n%40)
		case 0:
			q.key, q.model, q.class = masterKey, "large", classPlain
		}
		return q
	}
}

// brisk answers at once.
func brisk(*asked) reply {
	return reply{input: 10, output: 3, word: "word ", pause: time.Millisecond}
}

// TestRedisAway has Redis hang, die and lose everything under load. Nobody notices.
func TestRedisAway(t *testing.T) {
	cases := map[string]struct {
		away, back func(*storetest.RedisServer)
		lasts      time.Duration
		// seen says that the gateway has to notice.
		seen bool
	}{
		"Hung":    {(*storetest.RedisServer).Stop, (*storetest.RedisServer).Continue, *redisOutage, true},
		"Killed":  {(*storetest.RedisServer).Kill, (*storetest.RedisServer).Start, *redisOutage / 2, true},
		"Emptied": {(*storetest.RedisServer).FlushAll, func(*storetest.RedisServer) {}, *redisOutage / 3, false},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			server, up := storetest.Redis(t), newUpstream(t, brisk)
			g := newGateway(t, stack{upstream: up.url, redis: server.URI()}.String())
			eventually(t, "Redis is in use", redisPatience, g.shares)
			c := newClients(g.url())
			stop := c.steadily(t.Context(), redisRate+plainRate, counted())
			pause(t, time.Second)

			gone := time.Now()
			tc.away(server)
			pause(t, tc.lasts)
			if tc.seen {
				eventually(t, "the metrics say that Redis is away", redisPatience, func() bool {
					return g.is(0, `fairlead_store_up{store="redis"}`) && g.is(1, "fairlead_limits_degraded")
				})
			}
			tc.back(server)
			back := eventually(t, "everything is normal", redisPatience, g.shares)
			client := server.Client()
			eventually(t, "limits are counted in Redis", redisPatience, func() bool {
				return client.DBSize(t.Context()).Val() > 1
			})
			pause(t, 500*time.Millisecond)
			stop()
			judge(t, c.all(), gone, back)
		})
	}
}

// shares says whether limits are shared through Redis.
func (g *gateway) shares() bool {
	return g.is(1, `fairlead_store_up{store="redis"}`) && g.is(0, "fairlead_limits_degraded")
}

// judge holds what happened since something was taken away against what happened before. The machine itself is slow at times, which
// the requests show that need nothing of what is away.
func judge(t *testing.T, outcomes []outcome, gone time.Time, back time.Duration) {
	t.Helper()
	before := worst(outcomes, func(o *outcome) bool { return o.began.Before(gone) })
	since := func(o *outcome) bool { return !o.began.Before(gone) }
	plain := worst(outcomes, func(o *outcome) bool { return since(o) && o.class == classPlain })
	dependent := worst(outcomes, func(o *outcome) bool { return since(o) && o.class != classPlain })
	failed := 0
	for i := range outcomes {
		if o := &outcomes[i]; !o.whole() {
			failed++
			t.Errorf("failed: %v", o)
		}
	}
	t.Logf("%d requests, %d failed; the slowest: %v before, %v since (%v of those that need no Redis); normal again after %v",
		len(outcomes), failed, before, dependent, plain, back.Round(time.Millisecond))
	timesCount(t, max(before, plain))
	if back > redisBack {
		t.Errorf("everything was normal again after %v, want %v at most", back, redisBack)
	}
	if most := max(before, plain) + mostSlower; dependent > most {
		t.Errorf("the slowest took %v, want at most %v", dependent, most)
	}
}

func worst(outcomes []outcome, which func(*outcome) bool) time.Duration {
	var took []time.Duration
	for i := range outcomes {
		if which(&outcomes[i]) {
			took = append(took, outcomes[i].took)
		}
	}
	if len(took) == 0 {
		return 0
	}
	return slices.Max(took).Round(time.Millisecond)
}
