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
		eventually(t, "Redis is in use", redisBack, g.shares)
		replicas[i] = g.url()
	}
	c, random := newClients(replicas...), chance(t)
	first := time.Now().Truncate(window).Add(window)
	asked := 0
	for n := range windows {
		asked += c.crowd(t, first.Add(time.Duration(n)*window), busy, demand, random)
	}
	waitForAll(t, c, asked)

	admitted := make([]int, windows)
	for _, s := range up.record() {
		at := int(s.at.Sub(first) / window)
		if at < 0 || at >= windows {
			t.Fatalf("a request arrived %v after the beginning", s.at.Sub(first))
		}
		admitted[at]++
	}
	refused := 0
	for _, o := range c.all() {
		if o.status == http.StatusTooManyRequests {
			refused++
		} else if !o.whole() {
			t.Errorf("neither served nor refused: %v", &o)
		}
	}
	t.Logf("%d requests, %d refused; a limit of %d admitted %v", asked, refused, most, admitted)
	if got := slices.Max(admitted); got > most+most/100 {
		t.Errorf("a window admitted %d, want at most %d", got, most+most/100)
	}
	if got := slices.Min(admitted); got < most*95/100 {
		t.Errorf("a window admitted %d, want at least %d", got, most*95/100)
	}
}

// crowd asks so many questions within a time from a moment on, and does not wait for the answers.
func (c *clients) crowd(t *testing.T, from time.Time, within time.Duration, questions int, random *rand.Rand) int {
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
		q := question{id: fmt.Sprintf("l-%d-%d", from.UnixMilli(), i), key: masterKey, model: "scarce", prompt: "anything", stream: i%2 == 0}
		go c.ask(t.Context(), q)
	}
	return questions
}

// waitForAll waits for the answers.
func waitForAll(t *testing.T, c *clients, asked int) {
	t.Helper()
	eventually(t, "all are answered", 10*time.Second, func() bool { return len(c.all()) == asked })
}
