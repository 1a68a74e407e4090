package load

import (
	"container/list"
	"context"
	"errors"
	"sync"
	"time"
)

// ErrFull says that a Gate has no place, and that none became free in time.
var ErrFull = errors.New("as many requests as it may have are under way, and no more may wait")

// Gate bounds how many requests are under way at a target, and how many more wait for their turn. Who came first goes first. It is
// safe for concurrent use; a nil Gate bounds nothing.
type Gate struct {
	mu               sync.Mutex
	parallel, queued int
	busy             int
	// waiting holds a chan struct{} for each, which is closed to let it in.
	waiting list.List
}

// NewGate returns a Gate that lets in parallel requests, while queued more may wait.
func NewGate(parallel, queued int) *Gate { return &Gate{parallel: parallel, queued: queued} }

// Resize changes the bounds. Who is in or waits stays.
func (g *Gate) Resize(parallel, queued int) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.parallel, g.queued = parallel, queued
	g.admit()
}

// Enter waits for a place, at most as long as given. The error is ErrFull, or that of ctx where it ends first. After nil the caller has
// to Leave.
func (g *Gate) Enter(ctx context.Context, wait time.Duration) error {
	if g == nil {
		return nil
	}
	place, err := g.line()
	if place == nil {
		return err
	}
	timer := time.NewTimer(wait)
	defer timer.Stop()
	turn := place.Value.(chan struct{})
	select {
	case <-turn:
		return nil
	case <-timer.C:
		return g.leaveLine(place, ErrFull)
	case <-ctx.Done():
		return g.leaveLine(place, ctx.Err())
	}
}

// line takes a place where one is free, and the end of the line otherwise. Both are nil where the request is in.
func (g *Gate) line() (*list.Element, error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.busy < g.parallel && g.waiting.Len() == 0 {
		g.busy++
		return nil, nil
	}
	if g.waiting.Len() >= g.queued {
		return nil, ErrFull
	}
	return g.waiting.PushBack(make(chan struct{})), nil
}

// leaveLine gives up waiting. One whose turn came in the same moment gives its place to the next.
func (g *Gate) leaveLine(place *list.Element, why error) error {
	g.mu.Lock()
	defer g.mu.Unlock()
	select {
	case <-place.Value.(chan struct{}):
		g.busy--
		g.admit()
	default:
		g.waiting.Remove(place)
	}
	return why
}

// Leave gives a place back.
func (g *Gate) Leave() {
	if g == nil {
		return
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	g.busy--
	g.admit()
}

// admit lets in whom there are places for.
func (g *Gate) admit() {
	for g.busy < g.parallel && g.waiting.Len() > 0 {
		close(g.waiting.Remove(g.waiting.Front()).(chan struct{}))
		g.busy++
	}
}

// Occupied is how many requests are in, and how many wait.
func (g *Gate) Occupied() (parallel, queued int) {
	if g == nil {
		return 0, 0
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.busy, g.waiting.Len()
}
