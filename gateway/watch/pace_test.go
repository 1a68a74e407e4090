package watch

import (
	"context"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

func TestPace(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		signals := make(chan struct{}, 1)
		began := time.Now()
		var at []time.Duration
		ended := make(chan struct{})
		go func() {
			defer close(ended)
			Pace(ctx, signals, func() {
				at = append(at, time.Since(began))
				<-time.After(10 * time.Millisecond)
			})
		}()
		for range 100 {
			Signal(signals)
			<-time.After(time.Millisecond)
		}
		cancel()
		<-ended

		if at[0] != 0 {
			t.Errorf("the first signal was answered after %v, want at once", at[0])
		}
		// Work of 10 ms is followed by a pause of 40 ms.
		for i := 1; i < len(at); i++ {
			if at[i]-at[i-1] != 50*time.Millisecond {
				t.Errorf("answered after %v, want answers 50 ms apart", at)
			}
		}
		if len(at) < 2 {
			t.Errorf("answered %d times, want the signals within the pause answered too", len(at))
		}
	})
}

func TestPaceAnswersTheLastSignal(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		signals := make(chan struct{}, 1)
		var answered atomic.Int32
		go Pace(ctx, signals, func() { answered.Add(1) })
		Signal(signals)
		synctest.Wait()
		Signal(signals)
		Signal(signals)
		synctest.Wait()
		if n := answered.Load(); n != 1 {
			t.Fatalf("answered %d times within the pause, want once", n)
		}
		<-time.After(MinPause)
		synctest.Wait()
		if n := answered.Load(); n != 2 {
			t.Errorf("answered %d times after the pause, want twice", n)
		}
	})
}
