package proxy

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/fairlead-dev/fairlead/api/v1alpha1"
	"github.com/fairlead-dev/fairlead/gateway/telemetry"
)

func TestBackoff(t *testing.T) {
	longest := func(n int64) int64 { return n - 1 }
	none := func(int64) int64 { return 0 }
	for n, want := range map[int]time.Duration{
		1: 25 * time.Millisecond, 2: 50 * time.Millisecond, 3: 100 * time.Millisecond, 6: 800 * time.Millisecond, 7: time.Second, 11: time.Second, 1000: time.Second,
	} {
		if got := backoff(n, longest); got != want {
			t.Errorf("retry %d: at most %s, want %s", n, got, want)
		}
		if got := backoff(n, none); got != 0 {
			t.Errorf("retry %d: at least %s, want 0: the jitter is full", n, got)
		}
	}
}

func TestPause(t *testing.T) {
	failed, other := kitTarget("a", answers()), kitTarget("b", answers())
	same := kitTarget("c", answers())
	same.Upstream = failed.Upstream
	cases := map[string]struct {
		reason    string
		condition v1alpha1.RetryCondition
		same      bool
		spent     time.Duration
		most      time.Duration
	}{
		"ServerError":  {"retries of requests that failed together are spread", v1alpha1.RetryOnServerError, false, 0, backoffMost},
		"OtherServer":  {"nothing is spared", v1alpha1.RetryOnConnectFailure, false, 0, 0},
		"SameServer":   {"it is spared", v1alpha1.RetryOnConnectFailure, true, 0, backoffMost},
		"LittleIsLeft": {"no longer than the request's time", v1alpha1.RetryOnServerError, false, time.Minute - time.Microsecond, time.Microsecond},
		"NothingIs":    {"its time is over", v1alpha1.RetryOnServerError, false, 2 * time.Minute, 0},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				r := incoming(nil, 0).WithContext(t.Context())
				e := &exchange{r: r, x: &telemetry.Exchange{Attempts: 30}}
				next := other
				if c.same {
					next = same
				}
				var longest time.Duration
				for range 50 {
					began := time.Now()
					if err := e.pause(c.condition, failed, next, c.spent); err != nil {
						t.Fatal(err)
					}
					longest = max(longest, time.Since(began))
				}
				if longest > c.most || longest < c.most/2 {
					t.Errorf("%s: up to %s, want %s", c.reason, longest, c.most)
				}
			})
		})
	}
}
