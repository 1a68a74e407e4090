package load

import (
	"context"
	"errors"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

func TestNilGateBoundsNothing(t *testing.T) {
	var g *Gate
	for range 100 {
		if err := g.Enter(t.Context(), 0); err != nil {
			t.Fatal(err)
		}
	}
	g.Leave()
	if in, queued := g.Occupied(); in != 0 || queued != 0 {
		t.Errorf("%d in, %d wait", in, queued)
	}
}

func TestGateIsFirstComeFirstServed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := NewGate(1, 3)
		enter(t, g)
		var order []int
		var all sync.WaitGroup
		for i := range 3 {
			all.Go(func() {
				enter(t, g)
				order = append(order, i)
				g.Leave()
			})
			synctest.Wait()
		}
		if in, queued := g.Occupied(); in != 1 || queued != 3 {
			t.Errorf("%d in, %d wait, want 1 and 3", in, queued)
		}
		if err := g.Enter(t.Context(), time.Hour); !errors.Is(err, ErrFull) {
			t.Errorf("the line is full: %v", err)
		}
		g.Leave()
		all.Wait()
		for i := range order {
			if order[i] != i {
				t.Fatalf("served in the order %v", order)
			}
		}
	})
}

func enter(t *testing.T, g *Gate) {
	t.Helper()
	if err := g.Enter(t.Context(), time.Hour); err != nil {
		t.Error(err)
	}
}

func TestWaitingEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := NewGate(1, 2)
		enter(t, g)
		began := time.Now()
		if err := g.Enter(t.Context(), time.Minute); !errors.Is(err, ErrFull) || time.Since(began) != time.Minute {
			t.Errorf("%v after %s, want ErrFull after a minute", err, time.Since(began))
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if err := g.Enter(ctx, time.Minute); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("%v, want that of the context", err)
		}
		g.Leave()
		if in, queued := g.Occupied(); in != 0 || queued != 0 {
			t.Errorf("%d in, %d wait, want none: who gave up has left nothing", in, queued)
		}
	})
}

func TestResize(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := NewGate(1, 2)
		enter(t, g)
		var admitted atomic.Int32
		for range 2 {
			go func() {
				enter(t, g)
				admitted.Add(1)
			}()
		}
		synctest.Wait()
		g.Resize(3, 0)
		synctest.Wait()
		if admitted.Load() != 2 {
			t.Errorf("%d of those that waited are in, want 2", admitted.Load())
		}
		g.Resize(1, 0)
		g.Leave()
		g.Leave()
		if err := g.Enter(t.Context(), 0); !errors.Is(err, ErrFull) {
			t.Errorf("one place, and it is taken: %v", err)
		}
		g.Leave()
		enter(t, g)
	})
}

// TestGateUnderLoad: with waits that end at random, never more are in than may be, and nobody's place is lost.
func TestGateUnderLoad(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const parallel = 4
		g := NewGate(parallel, 50)
		var in, most, served atomic.Int32
		var all sync.WaitGroup
		for range 10_000 {
			all.Go(func() {
				<-time.After(rand.N(2 * time.Second))
				if g.Enter(t.Context(), rand.N(10*time.Millisecond)) != nil {
					return
				}
				now := in.Add(1)
				for before := most.Load(); now > before && !most.CompareAndSwap(before, now); before = most.Load() {
				}
				<-time.After(rand.N(3 * time.Millisecond))
				in.Add(-1)
				served.Add(1)
				g.Leave()
			})
		}
		all.Wait()
		if most.Load() != parallel || served.Load() == 0 {
			t.Errorf("%d at a time, want %d; %d served", most.Load(), parallel, served.Load())
		}
		if busy, queued := g.Occupied(); busy != 0 || queued != 0 {
			t.Errorf("%d in, %d wait at the end", busy, queued)
		}
	})
}
