package watch

import (
	"context"
	"time"
)

const (
	// MinPause is what lies at least between the end of one piece of paced work and the start of the next.
	MinPause = 20 * time.Millisecond
	// workShare bounds the share of time that paced work takes: one part in this many.
	workShare = 5
)

// Pace calls work after signals. The first signal is answered at once, so that a single change waits for nothing; those that
// come within the pause after it are answered together. The pause grows with the time that the work takes, so that a storm of
// changes leaves four fifths of a processor to requests. Pace returns when ctx is done.
func Pace(ctx context.Context, signals <-chan struct{}, work func()) {
	for {
		select {
		case <-ctx.Done():
			return
		case <-signals:
		}
		began := time.Now()
		work()
		pause := time.NewTimer(max(MinPause, (workShare-1)*time.Since(began)))
		select {
		case <-ctx.Done():
			pause.Stop()
			return
		case <-pause.C:
		}
	}
}

// Signal makes sure that a signal waits in signals, which has room for one.
func Signal(signals chan<- struct{}) {
	select {
	case signals <- struct{}{}:
	default:
	}
}
