package ollama

import (
	"testing"
	"testing/synctest"
	"time"
)

// TestAttempts: the wait doubles up to a bound, begins anew after success, and is the longest at once for what seldom mends.
func TestAttempts(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a := newAttempts(Pace{Retry: 2 * time.Second, MaxRetry: 10 * time.Second, Look: 30 * time.Second})
		if !a.due("x") || a.pause() != 30*time.Second {
			t.Errorf("at first: due %v, pause %s", a.due("x"), a.pause())
		}
		const s = time.Second
		for _, want := range []time.Duration{2 * s, 4 * s, 8 * s, 10 * s, 10 * s} {
			a.fail("x", false)
			if got := a.pause(); a.due("x") || got != want {
				t.Errorf("due %v, pause %s, want %s", a.due("x"), got, want)
			}
			<-time.After(want)
			if !a.due("x") {
				t.Errorf("not due after %s", want)
			}
		}
		a.succeed("x")
		a.fail("x", false)
		a.fail("y", true)
		if got := a.pause(); got != 2*time.Second || a.due("y") {
			t.Errorf("pause %s, want 2s", got)
		}
		a.succeed("x")
		if got := a.pause(); got != 10*time.Second {
			t.Errorf("pause %s, want 10s", got)
		}
	})
}
