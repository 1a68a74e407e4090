package activation

import (
	"context"
	"errors"
	"time"
)

const (
	// probeEvery is the time between two looks for a server.
	probeEvery = 100 * time.Millisecond
	// firstBeat and beatEvery are when a client that waits is told so. Most servers start within the first, and SDKs give up after much
	// longer than the second.
	firstBeat = 2 * time.Second
	beatEvery = 5 * time.Second
	// farewell is how long servers that are said to stop may go on answering, with some time to spare: their Pods are deleted after a
	// second and end five seconds later, and no other starts before that. What they begin to answer would be cut.
	farewell = 8 * time.Second
)

// ErrTimeout says that no server has started in time. The servers go on starting.
var ErrTimeout = errors.New("no server has started in time")

// wake is the looking for a server, which all who wait for one have in common.
type wake struct {
	// answered is closed when one has.
	answered chan struct{}
	cancel   context.CancelFunc
	// waiting are those who wait.
	waiting int
}

// Await holds a request, whose body has so many bytes, until a server of the provider answers, at most as long as given. The operator
// is told at once that one is needed. beat, where it is not nil, is called in the caller's goroutine after 2 s and every 5 s after that,
// for what a client wants to hear while it waits.
//
// The error is ErrTimeout; ErrFull, at once, where the replica has no room for one more; that of beat; or that of ctx where it ends first.
func (p *Provider) Await(ctx context.Context, timeout time.Duration, bytes int64, beat func() error) error {
	began := time.Now()
	p.Ask(began)
	err := p.hold(ctx, timeout, bytes, beat)
	p.home.metrics.observe(err, time.Since(began))
	return err
}

func (p *Provider) hold(ctx context.Context, timeout time.Duration, bytes int64, beat func() error) error {
	if !p.home.room.enter(bytes) {
		return ErrFull
	}
	defer p.home.room.leave(bytes)
	p.home.metrics.held.Inc()
	defer p.home.metrics.held.Dec()
	w := p.join(ctx)
	defer p.leave(w)
	return w.wait(ctx, timeout, beat)
}

func (w *wake) wait(ctx context.Context, timeout time.Duration, beat func() error) error {
	late := time.NewTimer(timeout)
	defer late.Stop()
	next := time.NewTimer(firstBeat)
	defer next.Stop()
	for {
		select {
		case <-w.answered:
			return nil
		case <-ctx.Done():
			return ctx.Err()
		case <-late.C:
			return ErrTimeout
		case <-next.C:
			if beat == nil {
				continue
			}
			if err := beat(); err != nil {
				return err
			}
			next.Reset(beatEvery)
		}
	}
}

// join waits together with all others. The first begins to look for a server; the looking outlives the request that began it, as long
// as another waits.
func (p *Provider) join(ctx context.Context) *wake {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.wake == nil {
		w := &wake{answered: make(chan struct{})}
		ctx, w.cancel = context.WithCancel(context.WithoutCancel(ctx))
		p.wake = w
		go p.look(ctx, w)
	}
	p.wake.waiting++
	return p.wake
}

// leave ends the looking where nobody waits any more.
func (p *Provider) leave(w *wake) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if w.waiting--; w.waiting > 0 {
		return
	}
	w.cancel()
	if p.wake == w {
		p.wake = nil
	}
}

// look asks for a server until one answers or nobody waits any more. It does not ask at once where one was refused just before, nor those
// that are stopping.
func (p *Provider) look(ctx context.Context, w *wake) {
	tick := time.NewTicker(probeEvery)
	defer tick.Stop()
	justRefused := between(&p.refused, time.Now()) < probeEvery
	for justRefused || p.stopping(time.Now()) || !answers(ctx, p.home.snapshots.Load(), p.name) {
		justRefused = false
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.answered.Store(time.Now().UnixNano())
	if p.wake == w {
		p.wake = nil
	}
	close(w.answered)
}

// stopping says whether a server that answers now may be one that is about to end.
func (p *Provider) stopping(now time.Time) bool {
	s := p.home.snapshots.Load()
	if s == nil {
		return false
	}
	a := s.ActivationOf(p.name)
	return a != nil && now.Sub(a.Stopped) < farewell
}
