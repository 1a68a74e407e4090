package activation

import (
	"errors"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"

	"github.com/fairlead-dev/fairlead/api/v1alpha1"
)

// TestRoomIsBounded: who finds no room is told so at once, has woken the provider all the same, and is let in once another has left.
func TestRoomIsBounded(t *testing.T) {
	const waits = 10 * time.Second
	cases := map[string]struct {
		reason   string
		held     []int64
		one      int64
		wantFull bool
	}{
		"Empty":        {"the first", nil, 1, false},
		"LargestAlone": {"it could never be served otherwise", nil, 1000, false},
		"LastOne":      {"both bounds are reached and not exceeded", []int64{50, 40}, 10, false},
		"TooMany":      {"three may wait", []int64{1, 1, 1}, 0, true},
		"TooLarge":     {"one hundred bytes may wait", []int64{50, 40}, 11, true},
		"NextToLarge":  {"the largest takes all the room", []int64{1000}, 1, true},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				k := newKit(t, v1alpha1.ActivationScaledToZero)
				k.Activator = New(Options{Snapshots: k, Registerer: prometheus.NewRegistry(), MostHeld: 3, MostBytes: 100})
				p := k.Provider(k.target)
				var all sync.WaitGroup
				defer all.Wait()
				for _, bytes := range c.held {
					all.Go(func() {
						if err := p.Await(t.Context(), waits, bytes, nil); !errors.Is(err, ErrTimeout) {
							t.Errorf("%s: one that waits: %v", c.reason, err)
						}
					})
				}
				synctest.Wait()
				after(tellEvery / 2)
				want, wantAfter := ErrTimeout, waits
				if c.wantFull {
					want, wantAfter = ErrFull, 0
				}
				began := time.Now()
				if err := p.Await(t.Context(), waits, c.one, nil); !errors.Is(err, want) || time.Since(began) != wantAfter {
					t.Errorf("%s: %v after %s, want %v after %s", c.reason, err, time.Since(began), want, wantAfter)
				}
				if at := p.lastAsked(began); at != began.Unix() {
					t.Errorf("%s: it did not ask", c.reason)
				}
				after(waits)
				if held := testutil.ToFloat64(k.metrics.held); held != 0 || k.room.held != 0 || k.room.bytes != 0 {
					t.Errorf("%s: %v requests are said to be held, and %d of %d bytes", c.reason, held, k.room.held, k.room.bytes)
				}
				if err := p.Await(t.Context(), waits, c.one, nil); !errors.Is(err, ErrTimeout) {
					t.Errorf("%s: once all have left: %v", c.reason, err)
				}
			})
		})
	}
}
