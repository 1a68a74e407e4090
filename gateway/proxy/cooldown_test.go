package proxy

import (
	"net/http"
	"testing"
	"testing/synctest"
	"time"
)

func TestRetryAfter(t *testing.T) {
	now := time.Date(2026, 11, 1, 12, 0, 0, 0, time.UTC)
	in := func(d time.Duration) string { return now.Add(d).Format(http.TimeFormat) }
	cases := []struct {
		name, value string
		want        time.Duration
	}{
		{"Retry-After", "", 0},
		{"Retry-After", "0", 0},
		{"Retry-After", "1", time.Second},
		{"Retry-After", " 20 ", 20 * time.Second},
		{"Retry-After", "1.5", 1500 * time.Millisecond},
		{"Retry-After", "60", time.Minute},
		{"Retry-After", "61", time.Minute},
		{"Retry-After", "86400", time.Minute},
		{"Retry-After", "99999999999999999999999999", time.Minute},
		{"Retry-After", "-1", 0},
		{"Retry-After", "-99999999999999999999999999", 0},
		{"Retry-After", "soon", 0},
		{"Retry-After", "NaN", 0},
		{"Retry-After", "Inf", 0},
		{"Retry-After", "1e3", 0},
		{"Retry-After", "0x10", 0},
		{"Retry-After", "1.2.3", 0},
		{"Retry-After", "5, 7", 0},
		{"Retry-After", in(30 * time.Second), 30 * time.Second},
		{"Retry-After", in(48 * time.Hour), time.Minute},
		{"Retry-After", in(-time.Hour), 0},
		{"Retry-After", "Sun, 32 Nov 2026 12:00:30 GMT", 0},
		{"Retry-After-Ms", "250", 250 * time.Millisecond},
		{"Retry-After-Ms", "-250", 0},
		{"Retry-After-Ms", "999999999999", time.Minute},
	}
	for _, c := range cases {
		if got := retryAfter(http.Header{c.name: {c.value}}, now); got != c.want {
			t.Errorf("%s %q: %s, want %s", c.name, c.value, got, c.want)
		}
	}
	if got := retryAfter(nil, now); got != 0 {
		t.Errorf("without a header: %s", got)
	}
	both := http.Header{"Retry-After": {"1"}, "Retry-After-Ms": {"300"}}
	if got := retryAfter(both, now); got != 300*time.Millisecond {
		t.Errorf("both headers: %s, want the finer one", got)
	}
	skewed := http.Header{"Retry-After": {in(time.Hour + 5*time.Second)}, "Date": {in(time.Hour)}}
	if got := retryAfter(skewed, now); got != 5*time.Second {
		t.Errorf("an upstream whose clock is an hour ahead: %s, want 5s", got)
	}
}

func TestCooldowns(t *testing.T) {
	cases := map[string]struct {
		reason  string
		status  int
		body    string
		headers []string
		want    time.Duration
	}{
		"Bare429":  {"a moment", 429, broken, nil, coolBare},
		"Given429": {"as it says", 429, broken, []string{"Retry-After", "9"}, 9 * time.Second},
		"Huge429":  {"capped", 429, broken, []string{"Retry-After", "99999999"}, time.Minute},
		"Bad429":   {"as if it said nothing", 429, broken, []string{"Retry-After", "-5"}, coolBare},
		"Given503": {"busy, and it says for how long", 503, broken, []string{"Retry-After", "4"}, 4 * time.Second},
		"Bare503":  {"not known for how long", 503, broken, nil, 0},
		"Given400": {"the client's mistake", 400, broken, []string{"Retry-After", "4"}, 0},
		"Given200": {"an answer", 200, kitAnswer, []string{"Retry-After", "4"}, 0},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				a := kitTarget("a", says(c.status, c.body, c.headers...))
				if s := newKit(t, kitModel(a)).chat(); s.Code != c.status {
					t.Fatalf("status %d, %v", s.Code, s.err)
				}
				var got time.Duration
				if until := a.Load.State(time.Now()).CoolingUntil; !until.IsZero() {
					got = time.Until(until)
				}
				if got != c.want {
					t.Errorf("%s: cooling down for %s, want %s", c.reason, got, c.want)
				}
			})
		})
	}
}

// TestACooldownInWords: some upstreams say in the message when to come back, which is read where it is translated.
func TestACooldownInWords(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a := claude("a", says(429, `{"type":"error","error":{"type":"rate_limit_error","message":"no"}}`, "Retry-After", "12"))
		newKit(t, kitModel(a)).chat()
		if got := time.Until(a.Load.State(time.Now()).CoolingUntil); got != 12*time.Second {
			t.Errorf("cooling down for %s, want 12s", got)
		}
	})
}

func FuzzRetryAfter(f *testing.F) {
	f.Add("Retry-After", "120")
	f.Add("Retry-After", "Sun, 01 Nov 2026 12:00:30 GMT")
	f.Add("Retry-After-Ms", "1e9")
	f.Fuzz(func(t *testing.T, name, value string) {
		if got := retryAfter(http.Header{name: {value}}, time.Now()); got < 0 || got > coolMost {
			t.Errorf("%s: %q is %s", name, value, got)
		}
	})
}
