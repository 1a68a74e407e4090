package stack

import (
	"context"
	"fmt"
	"sync"
	"time"
)

// Load is requests that go on while something else happens: chats at a steady rate, and streams that are opened again as soon as
// they end.
type Load struct {
	// Client asks.
	Client *Client
	// Model is the alias that the chats ask. Rate is how many of them are sent in a second, Workers how many at once at most.
	Model         string
	Rate, Workers int
	// StreamModel is the alias that Streams streams are read from, StreamTokens long each.
	StreamModel           string
	Streams, StreamTokens int
	// StreamEvents is how many events each stream has to have; with 0 any number will do.
	StreamEvents int

	mu     sync.Mutex
	result Result
}

// Result is what became of a load.
type Result struct {
	// Chats and Streams that were answered completely.
	Chats, Streams int
	// Events of all streams.
	Events int
	// Failures are the first few errors; Failed counts all.
	Failures []string
	Failed   int
	// Answers counts the chats by what was answered.
	Answers map[string]int
	// Elapsed is how long chats were sent; streams that were open then came to their end after it.
	Elapsed time.Duration
}

// Start begins the load and returns what ends it: it lets every request that is under way come to its end, and returns the result.
func (l *Load) Start(ctx context.Context) (finish func() *Result) {
	l.result = Result{Answers: map[string]int{}}
	running, stop := context.WithCancel(ctx)
	began := time.Now()
	var group sync.WaitGroup
	tickets := make(chan struct{})
	group.Go(func() { l.pace(running, tickets) })
	for range l.Workers {
		group.Go(func() {
			for range tickets {
				answer, err := l.Client.Ask(ctx, l.Model, "who are you?")
				l.record(func(r *Result) { r.Chats++; r.Answers[answer]++ }, err)
			}
		})
	}
	for range l.Streams {
		group.Go(func() {
			for running.Err() == nil {
				events, err := l.Client.Stream(ctx, l.StreamModel, "go on", l.StreamTokens)
				if err == nil && l.StreamEvents > 0 && events != l.StreamEvents {
					err = fmt.Errorf("streaming from %s: expected %d events, found %d", l.StreamModel, l.StreamEvents, events)
				}
				l.record(func(r *Result) { r.Streams++; r.Events += events }, err)
			}
		})
	}
	return func() *Result {
		stop()
		l.result.Elapsed = time.Since(began)
		group.Wait()
		return &l.result
	}
}

// pace hands out tickets at the rate. What could not be handed out while all workers were busy is made up for as soon as they are not, so
// that the rate is reached on the whole wherever it can be.
func (l *Load) pace(ctx context.Context, tickets chan<- struct{}) {
	defer close(tickets)
	if l.Rate == 0 {
		return
	}
	ticker := time.NewTicker(time.Second / time.Duration(l.Rate))
	defer ticker.Stop()
	began := time.Now()
	for sent := 0; ; {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
		for due := int(time.Since(began).Seconds() * float64(l.Rate)); sent < due && ctx.Err() == nil; sent++ {
			tickets <- struct{}{}
		}
	}
}

func (l *Load) record(succeeded func(*Result), err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if err == nil {
		succeeded(&l.result)
		return
	}
	l.result.Failed++
	if len(l.result.Failures) < 5 {
		l.result.Failures = append(l.result.Failures, err.Error())
	}
}

// String sums the result up in one line.
func (r *Result) String() string {
	return fmt.Sprintf("%d requests (%.0f/s) and %d streams (%d events), %d failed", r.Chats, float64(r.Chats)/r.Elapsed.Seconds(), r.Streams, r.Events, r.Failed)
}
