package e2e

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"sync"
	"testing"
	"time"

	"github.com/fairlead-dev/fairlead/hack/stack"
)

// witness sends requests while things are killed, and remembers those that failed.
type witness struct {
	client *stack.Client

	mu       sync.Mutex
	sent     int
	failures []failure
}

// failure is a request that was not answered.
type failure struct {
	alias        string
	began, ended time.Time
	// lost says that there was no answer at all, or only a part of one: the connection failed. Otherwise the gateway answered an error.
	lost bool
	err  error
}

// String says what failed, and when.
func (f failure) String() string {
	return fmt.Sprintf("%s, %s to %s: %v", f.alias, f.began.Format("15:04:05.000"), f.ended.Format("15:04:05.000"), f.err)
}

// every sends a chat again and again, each so long after the one before has begun or has ended, until ctx ends.
func (w *witness) every(ctx context.Context, group *sync.WaitGroup, pause time.Duration, alias string) {
	group.Go(func() {
		ticker := time.NewTicker(pause)
		defer ticker.Stop()
		for {
			select {
			case <-ctx.Done():
				return
			case <-ticker.C:
				w.note(alias, func() error { return w.ask(context.WithoutCancel(ctx), alias) })
			}
		}
	})
}

// stream reads one stream after the other until ctx ends.
func (w *witness) stream(ctx context.Context, group *sync.WaitGroup, alias string) {
	group.Go(func() {
		for ctx.Err() == nil {
			w.note(alias, func() error {
				_, err := w.client.Stream(context.WithoutCancel(ctx), alias, "go on", streamTokens)
				return err
			})
		}
	})
}

func (w *witness) ask(ctx context.Context, alias string) error {
	answer, err := w.client.Chat(ctx, alias, "Who are you?")
	if err == nil && answer.Status != http.StatusOK {
		err = fmt.Errorf("%d: %s", answer.Status, answer.Body)
	}
	return err
}

func (w *witness) note(alias string, send func() error) {
	began := time.Now()
	err := send()
	w.mu.Lock()
	defer w.mu.Unlock()
	w.sent++
	if err != nil {
		var connection *url.Error
		lost := errors.Is(err, stack.ErrCut) || errors.As(err, &connection)
		w.failures = append(w.failures, failure{alias, began, time.Now(), lost, err})
	}
}

// outage is the time in which something that was killed was not whole.
type outage struct {
	component string
	from, to  time.Time
}

// excuses says whether the time in which a request was under way has a part in the outage.
func (o outage) excuses(f failure) bool { return !f.ended.Before(o.from) && !f.began.After(o.to) }

// TestExcuses: a request is excused by an outage that it was under way in.
func TestExcuses(t *testing.T) {
	at := func(seconds int) time.Time { return time.Unix(int64(seconds), 0) }
	o := outage{"gateway", at(10), at(20)}
	for name, tc := range map[string]struct {
		began, ended int
		want         bool
	}{
		"Before": {8, 9, false}, "IntoIt": {9, 11, true}, "Within": {12, 13, true}, "OutOfIt": {19, 25, true},
		"Around": {9, 25, true}, "After": {21, 22, false},
	} {
		if got := o.excuses(failure{began: at(tc.began), ended: at(tc.ended)}); got != tc.want {
			t.Errorf("%s: excused = %v, want %v", name, got, tc.want)
		}
	}
}
