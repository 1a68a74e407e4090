package limit

import (
	"net/http"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/fairlead-dev/fairlead/gateway/internal/storetest"
)

func TestSetHeaders(t *testing.T) {
	cases := map[string]struct {
		reason string
		states []State
		want   map[string]string
	}{
		"Nothing":  {"no limits, no headers", nil, map[string]string{}},
		"Parallel": {"OpenAI has no header for it", []State{{Kind: Parallel, Max: 3}}, map[string]string{}},
		"Tightest": {"that with least left", []State{
			{Kind: Requests, Max: 100, Remaining: 90, Reset: time.Second},
			{Kind: Requests, Max: 500, Remaining: 12, Reset: 6 * time.Minute},
			{Kind: Tokens, Max: 9000, Remaining: 0, Reset: 1200*time.Microsecond + 119*time.Millisecond},
		}, map[string]string{
			"x-ratelimit-limit-requests": "500", "x-ratelimit-remaining-requests": "12", "x-ratelimit-reset-requests": "6m0s",
			"x-ratelimit-limit-tokens": "9000", "x-ratelimit-remaining-tokens": "0", "x-ratelimit-reset-tokens": "121ms",
		}},
		"Longest": {"of two with nothing left, that which stays so for longer", []State{
			{Kind: Requests, Max: 100, Reset: time.Second}, {Kind: Requests, Max: 500, Reset: time.Hour},
		}, map[string]string{
			"x-ratelimit-limit-requests": "500", "x-ratelimit-remaining-requests": "0", "x-ratelimit-reset-requests": "1h0m0s",
		}},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			h, want := http.Header{}, http.Header{}
			for name, value := range c.want {
				want.Set(name, value)
			}
			SetHeaders(h, c.states)
			if diff := cmp.Diff(want, h); diff != "" {
				t.Errorf("%s (-want +got):\n%s", c.reason, diff)
			}
		})
	}
}

// TestRemaining compares what a replica says by itself with what Peek finds in Redis, and Peek at a replica that has not been
// asked for anything.
func TestRemaining(t *testing.T) {
	server := storetest.Redis(t)
	l, other := replica(t, server.URI()), replica(t, server.URI())
	limit := rpm("a", 100, long)
	limit.Tokens, limit.Parallel = 10_000, 50
	claims := claim(limit)
	for range 3 {
		if p := admit(t, l, claims, 200); p == nil {
			t.Fatal("refused")
		}
	}
	p := admit(t, l, claims, 400)
	want := map[Kind]int64{Requests: 96, Tokens: 9000, Parallel: 46}
	check := func(who string, states []State) {
		t.Helper()
		got := map[Kind]int64{}
		for _, s := range states {
			got[s.Kind] = s.Remaining
			if s.Max != most(limit, s.Kind) || (s.Reset > 0) == (s.Kind == Parallel) || s.Reset > long {
				t.Errorf("%s: got %+v", who, s)
			}
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", who, diff)
		}
	}
	check("the permit", p.Remaining())
	check("peek", l.Peek(t.Context(), claims))
	await(t, "idle grants are given back", 2*time.Second, func() bool {
		s := other.Peek(t.Context(), claims)
		return s[0].Remaining == 96 && s[1].Remaining == 9000 && s[2].Remaining == 46
	})
}
