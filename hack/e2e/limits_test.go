package e2e

import (
	"net/http"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/fairlead-dev/fairlead/api/v1alpha1"
	"github.com/fairlead-dev/fairlead/hack/stack"
)

const (
	// limited requests may be made in each window; offered are what is asked.
	limited, offered = 200, 500
	limitWindow      = 10 * time.Second
	windows          = 3
)

// TestLimitIsShared asks both replicas at the same time for more than a key may have, window after window, and counts at the upstream:
// never more than 1 % above the limit.
func TestLimitIsShared(t *testing.T) {
	s, c := connect(t)
	all := replicas(t, s, c)
	alias := upstream(t, s, "limited", func(a *v1alpha1.ModelAlias) { a.Spec.Targets[0].Model = "limited-model" })
	object := stack.NewKey(s.Namespace, "e2e-limited")
	object.Spec.RateLimits = []v1alpha1.RateLimit{{Name: "burst", Per: v1alpha1.LimitPerKey, Requests: limited, Window: v1alpha1.Duration(limitWindow.String())}}
	key := issue(t, s, object)
	asked := asked(t, s, "limited-model")
	for i := range windows {
		pause(t, time.Until(time.Now().Truncate(limitWindow).Add(limitWindow+100*time.Millisecond)))
		window := time.Now().Truncate(limitWindow)
		served, refused := burst(t, all, key, alias)
		if !time.Now().Truncate(limitWindow).Equal(window) {
			t.Fatalf("%d requests took longer than a window", offered)
		}
		now := asked()
		t.Logf("window %d: %d served, %d refused, the upstream was asked %d times", i, served, refused, now)
		if now > limited*101/100 || now != served {
			t.Errorf("expected the upstream to see what was served, %d at most, found %d of %d", limited, now, served)
		}
		if served < limited*9/10 {
			t.Errorf("expected close to %d requests to be served, found %d", limited, served)
		}
	}
}

// asked returns what says how often the upstream was asked for a model since it was last called.
func asked(t *testing.T, s *stack.Stack, model string) func() int {
	t.Helper()
	last := 0
	count := func() int {
		t.Helper()
		now, err := s.Asked(t.Context(), model)
		if err != nil {
			t.Fatal(err)
		}
		since := now - last
		last = now
		return since
	}
	count()
	return count
}

// burst sends what is offered to all replicas, as quickly as they answer.
func burst(t *testing.T, all map[string]*stack.Client, key, alias string) (served, refused int) {
	t.Helper()
	var group sync.WaitGroup
	var ok, no atomic.Int64
	for pod, c := range all {
		c := c.With(key)
		for range workers / len(all) {
			group.Go(func() {
				for range offered / workers {
					switch answer, err := c.Chat(t.Context(), alias, "hi"); {
					case err != nil:
						t.Error(err)
					case answer.Status == http.StatusOK:
						ok.Add(1)
					default:
						no.Add(1)
						checkLimited(t, pod, answer)
					}
				}
			})
		}
	}
	group.Wait()
	return int(ok.Load()), int(no.Load())
}

// checkLimited checks what a client needs to know of a limit.
func checkLimited(t *testing.T, pod string, answer *stack.Answer) {
	if err := refusal(answer, http.StatusTooManyRequests, "rate_limit_exceeded"); err != nil {
		t.Errorf("%s: %v", pod, err)
	}
	for _, header := range []string{"Retry-After", "Retry-After-Ms", "X-Ratelimit-Limit-Requests", "X-Ratelimit-Remaining-Requests", "X-Ratelimit-Reset-Requests"} {
		if answer.Header.Get(header) == "" {
			t.Errorf("%s: the refusal has no %s: %v", pod, header, answer.Header)
		}
	}
}
