package ollama

import (
	"context"
	"sync"
	"time"

	"k8s.io/apimachinery/pkg/types"
)

// Filler keeps servers filled. Its methods may be called at any time; workers run while Run does.
type Filler struct {
	// changed is called, outside any lock, when the state of a provider's servers changed in a way that its status shows.
	changed func(types.NamespacedName)
	pace    Pace

	// hired says that there is a worker which has not begun.
	hired chan struct{}

	mu      sync.Mutex
	workers map[workerKey]*worker
}

// Pace says how often things are done.
type Pace struct {
	// Retry is the first wait after a failure; it doubles up to MaxRetry.
	Retry, MaxRetry time.Duration
	// Look is how often a server that has everything is asked whether it still does.
	Look time.Duration
	// Report is the least time between two reports of progress, each of at least one percent.
	Report time.Duration
	// Stall is how long a pull may make no progress before it is begun anew, where it goes on. It is longer than the server
	// takes to verify the largest model, which it tells nothing of meanwhile.
	Stall time.Duration
}

// DefaultPace is what the operator uses.
func DefaultPace() Pace {
	return Pace{
		Retry: 2 * time.Second, MaxRetry: 5 * time.Minute, Look: 30 * time.Second, Report: 5 * time.Second, Stall: time.Hour,
	}
}

// workerKey is a server of a provider.
type workerKey struct {
	provider types.NamespacedName
	url      string
}

// New returns a Filler that calls changed whenever the state of a provider's servers changed.
func New(pace Pace, changed func(types.NamespacedName)) *Filler {
	return &Filler{changed: changed, pace: pace, hired: make(chan struct{}, 1), workers: map[workerKey]*worker{}}
}

// Run lets workers work until ctx ends, and returns when all of them have stopped.
func (f *Filler) Run(ctx context.Context) {
	var working sync.WaitGroup
	defer working.Wait()
	for {
		f.begin(ctx, &working)
		select {
		case <-ctx.Done():
			return
		case <-f.hired:
		}
	}
}

// begin lets every worker begin that has not.
func (f *Filler) begin(ctx context.Context, working *sync.WaitGroup) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, w := range f.workers {
		if w.stop != nil {
			continue
		}
		ctx, stop := context.WithCancel(ctx)
		w.stop = stop
		working.Go(func() {
			defer stop()
			w.run(ctx)
		})
	}
}

// Fill makes servers the servers of a provider: it starts a worker for each that is new or asked for something else, and stops
// those of servers that are gone.
func (f *Filler) Fill(provider types.NamespacedName, servers []Server) {
	f.mu.Lock()
	defer f.mu.Unlock()
	wanted := map[workerKey]bool{}
	for _, s := range servers {
		key := workerKey{provider, s.URL}
		wanted[key] = true
		if w := f.workers[key]; w != nil {
			if w.server.Revision == s.Revision {
				continue
			}
			w.dismiss()
		}
		f.workers[key] = newWorker(s, f.pace, func() { f.changed(provider) })
		select {
		case f.hired <- struct{}{}:
		default:
		}
	}
	for key, w := range f.workers {
		if key.provider == provider && !wanted[key] {
			w.dismiss()
			delete(f.workers, key)
		}
	}
}

// States returns the state of each of a provider's servers by URL.
func (f *Filler) States(provider types.NamespacedName) map[string]State {
	f.mu.Lock()
	defer f.mu.Unlock()
	states := map[string]State{}
	for key, w := range f.workers {
		if key.provider == provider {
			states[key.url] = w.snapshot()
		}
	}
	return states
}
