package chaos

import (
	"fmt"
	"math/rand/v2"
	"net/http"
	"slices"
	"testing"
	"time"

	"github.com/fairlead-dev/fairlead/gateway/internal/storetest"
)

// redisDeadline is the shortest time that a gateway waits for Redis. A request that had no answer by then counts against what the gateway
// makes of the limit for itself: the whole of it, because each of the three takes itself for the only one.
const redisDeadline = 25 * time.Millisecond

// limited is an alias of which each window admits so many requests.
const limited = `apiVersion: fairlead.dev/v1alpha1
kind: ModelAlias
metadata: {name: scarce}
spec:
  gatewayRef: {name: main}
  targets: [{name: one, providerRef: {name: up}, model: small}]
  rateLimits: [{name: scarce, per: Alias, requests: 100, window: 1s}]
---
`

// TestLimitOverThreeReplicas asks three gateways that share one Redis for three times as much as a limit admits, at random moments. What
// each window admitted is what the upstream saw of it: the last part of each window is quiet, so that nothing arrives in the next.
func TestLimitOverThreeReplicas(t *testing.T) {
	t.Parallel()
	const (
		most, window, windows = 100, time.Second, 10
		demand, busy          = 3 * most, window * 7 / 10
	)
	server, up := storetest.Redis(t), newUpstream(t, func(*asked) reply { return reply{input: 5, output: 5, word: "word "} })
	replicas := make([]string, 3)
	for i := range replicas {
		g := newGateway(t, stack{upstream: up.url, redis: server.URI(), more: limited}.String())
		eventually(t, "Redis is in use", redisPatience, g.shares)
		replicas[i] = g.url()
	}
	c, random := newClients(replicas...), chance(t)
	first := time.Now().Truncate(window).Add(window)
	asked := 0
	for n := range windows {
		from := first.Add(time.Duration(n) * window)
		asked += c.crowd(t, question{key: masterKey, model: "scarce", prompt: "anything", due: from.Add(window)}, from, busy, demand, random)
	}
	waitForAll(t, c, asked)
	var admitted, doubtful [windows]int
	for _, s := range up.record() {
		if at := int(s.at.Sub(first) / window); at < windows {
			admitted[at]++
		}
	}
	for _, o := range c.all() {
		o.inTime(t)
		if o.took >= redisDeadline {
			doubtful[int(o.due.Sub(first)/window)-1]++
		}
	}
	t.Logf("%d requests; a limit of %d admitted %v, where Redis may have been too late %v times", asked, most, admitted, doubtful)
	for n, got := range admitted {
		if got > most+most/100+doubtful[n] || got < most*95/100 {
			t.Errorf("a window admitted %d, want at most %d and at least %d", got, most+most/100+doubtful[n], most*95/100)
		}
	}
}

// inTime fails the test where a request was neither served nor refused. What was late in its window may have arrived at the upstream in the
// next one.
func (o *outcome) inTime(t *testing.T) {
	t.Helper()
	if end := o.began.Add(o.took); end.After(o.due) {
		timesCount(t, tooSlow+end.Sub(o.due))
	}
	if o.status != http.StatusTooManyRequests && !o.whole() {
		t.Errorf("neither served nor refused: %v", o)
	}
}

// crowd asks a question so many times within a time from a moment on, and does not wait for the answers.
func (c *clients) crowd(t *testing.T, q question, from time.Time, within time.Duration, questions int, random *rand.Rand) int {
	t.Helper()
	moments := make([]time.Duration, questions)
	for i := range moments {
		moments[i] = between(random, 0, within)
	}
	slices.Sort(moments)
	for i, moment := range moments {
		if left := time.Until(from.Add(moment)); left > 0 {
			pause(t, left)
		}
		q.id, q.stream = fmt.Sprintf("l-%d-%d", from.UnixMilli(), i), i%2 == 0
		go c.ask(t.Context(), q)
	}
	return questions
}

// waitForAll waits for the answers.
func waitForAll(t *testing.T, c *clients, asked int) {
	t.Helper()
	eventually(t, "all are answered", time.Minute, func() bool { return len(c.all()) == asked })
}
