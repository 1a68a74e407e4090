package load

import (
	"testing"
	"time"
)

// consecutive judges by failures in a row only.
func consecutive() Health {
	return Health{Consecutive: 3, EjectFor: 10 * time.Second, MaxEjectFor: 40 * time.Second}
}

func TestConsecutiveFailuresEject(t *testing.T) {
	e, now, h := NewEndpoint(start()), start(), consecutive()
	e.Fail(now, h)
	e.Fail(now, h)
	e.Succeed(now)
	e.Fail(now, h)
	e.Fail(now, h)
	if !e.Usable(now) {
		t.Fatal("a success between does not count")
	}
	if !e.Fail(now, h) || e.Usable(now) {
		t.Fatal("the third in a row did not eject")
	}
	if e.Usable(now.Add(h.EjectFor-time.Nanosecond)) || !e.Usable(now.Add(h.EjectFor)) {
		t.Error("the ejection does not last as long as it should")
	}
}

func TestFailureRateEjects(t *testing.T) {
	h := Health{Percent: 50, EjectFor: time.Second, MaxEjectFor: time.Minute}
	cases := map[string]struct {
		reason            string
		succeeded, failed int
		apart             time.Duration
		want              bool
	}{
		"Half":     {"5 of 10", 5, 5, 0, true},
		"TooFew":   {"9 requests mean nothing", 0, 9, 0, false},
		"Less":     {"5 of 11", 6, 5, 0, false},
		"All":      {"10 of 10", 0, 10, 0, true},
		"LongAgo":  {"the successes have left the window, and 5 are too few", 5, 5, 10 * time.Second, false},
		"Lately":   {"they have not", 5, 5, 9 * time.Second, true},
		"GoodPast": {"100 successes that have left it", 100, 10, 10 * time.Second, true},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			e, now := NewEndpoint(start()), start()
			for range c.succeeded {
				e.Succeed(now)
			}
			now = now.Add(c.apart)
			ejected := false
			for range c.failed {
				ejected = e.Fail(now, h) || ejected
			}
			if ejected != c.want || e.Usable(now) == c.want {
				t.Errorf("%s: ejected %v, want %v", c.reason, ejected, c.want)
			}
		})
	}
}

func TestZeroTurnsJudgementOff(t *testing.T) {
	e := NewEndpoint(start())
	for range 1000 {
		if e.Fail(start(), Health{EjectFor: time.Second, MaxEjectFor: time.Second}) {
			t.Fatal("ejected")
		}
	}
}

// TestEjectionsGrow: 10 s, 20 s, 40 s, and not longer. Each time the first failure after the return ejects again.
func TestEjectionsGrow(t *testing.T) {
	e, now, h := NewEndpoint(start()), start(), consecutive()
	e.Fail(now, h)
	e.Fail(now, h)
	for _, want := range []time.Duration{10 * time.Second, 20 * time.Second, 40 * time.Second, 40 * time.Second} {
		if !e.Fail(now, h) {
			t.Fatalf("not ejected for %s", want)
		}
		if e.Fail(now, h) {
			t.Error("ejected while it is out: requests that were under way do not count twice")
		}
		if got := e.State(now).EjectedUntil.Sub(now); got != want {
			t.Errorf("ejected for %s, want %s", got, want)
		}
		now = now.Add(want)
	}
}

// TestAHealthySpellIsRewarded: having stayed in for as long as it was out, it begins anew.
func TestAHealthySpellIsRewarded(t *testing.T) {
	fall := func(e *Endpoint, now time.Time) time.Duration {
		h := consecutive()
		for !e.Fail(now, h) {
		}
		return e.State(now).EjectedUntil.Sub(now)
	}
	e, now := NewEndpoint(start()), start()
	now = now.Add(fall(e, now))
	e.Succeed(now)
	if got := fall(e, now.Add(9*time.Second)); got != 20*time.Second {
		t.Errorf("after a short spell: out for %s, want 20 s", got)
	}
	now = now.Add(29 * time.Second)
	e.Succeed(now)
	if got := fall(e, now.Add(20*time.Second)); got != 10*time.Second {
		t.Errorf("after a spell of 20 s: out for %s, want 10 s", got)
	}
}
