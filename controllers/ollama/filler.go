package ollama

import (
	"context"
	"maps"
	"slices"
	"sync"

	"k8s.io/apimachinery/pkg/types"
)

// Filler keeps servers filled. Its methods may be called at any time; workers and patrols run while Run does.
type Filler struct {
	// changed is called, outside any lock, when something changed that the status of a provider shows.
	changed func(types.NamespacedName)
	pace    Pace

	// hired says that there is a job which has not begun.
	hired chan struct{}

	mu      sync.Mutex
	workers map[workerKey]*worker
	// leaving is what is closed when the last worker of a server, which is none of the provider's any more, has ended.
	leaving map[workerKey]<-chan struct{}
	patrols map[types.NamespacedName]*patrol
}

// workerKey is a server of a provider.
type workerKey struct {
	provider types.NamespacedName
	url      string
}

// New returns a Filler that calls changed whenever something changed that the status of a provider shows.
func New(pace Pace, changed func(types.NamespacedName)) *Filler {
	return &Filler{
		changed: changed, pace: pace, hired: make(chan struct{}, 1), workers: map[workerKey]*worker{},
		leaving: map[workerKey]<-chan struct{}{}, patrols: map[types.NamespacedName]*patrol{},
	}
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

// begin lets every job begin that has not.
func (f *Filler) begin(ctx context.Context, working *sync.WaitGroup) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, w := range f.workers {
		w.job.begin(ctx, working)
	}
	for _, p := range f.patrols {
		p.job.begin(ctx, working)
	}
}

// Fill makes servers the servers of a provider: it hires a worker for each that is new or asked for something else, and dismisses
// those of servers that are gone.
func (f *Filler) Fill(provider types.NamespacedName, servers []Server) {
	f.mu.Lock()
	defer f.mu.Unlock()
	wanted := map[workerKey]bool{}
	for _, s := range servers {
		key := workerKey{provider, s.URL}
		wanted[key] = true
		if w := f.workers[key]; w == nil || w.server.Revision != s.Revision {
			f.hire(key, s)
		}
	}
	for key, w := range f.workers {
		if key.provider == provider && !wanted[key] {
			f.leaving[key] = w.job.dismiss()
			delete(f.workers, key)
		}
	}
	maps.DeleteFunc(f.leaving, func(_ workerKey, ended <-chan struct{}) bool { return over(ended) })
}

// hire replaces the worker of a server.
func (f *Filler) hire(key workerKey, s Server) {
	after := f.leaving[key]
	delete(f.leaving, key)
	if w := f.workers[key]; w != nil {
		after = w.job.dismiss()
	}
	w := newWorker(s, f.pace, func() { f.changed(key.provider) }, func(model string) Version { return f.version(key.provider, model) })
	w.job = newJob(w.run, after)
	f.workers[key] = w
	f.tell()
}

// tell has Run look for jobs that have not begun.
func (f *Filler) tell() {
	select {
	case f.hired <- struct{}{}:
	default:
	}
}

// over says whether something has ended; what never was has.
func over(ended <-chan struct{}) bool {
	if ended == nil {
		return true
	}
	select {
	case <-ended:
		return true
	default:
		return false
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

// Deleted returns the models that were deleted from a provider's servers since it was called last, each once, in the order of
// their names.
func (f *Filler) Deleted(provider types.NamespacedName) []string {
	f.mu.Lock()
	defer f.mu.Unlock()
	var names []string
	for key, w := range f.workers {
		if key.provider == provider {
			names = append(names, w.takeDeleted()...)
		}
	}
	slices.Sort(names)
	return slices.Compact(names)
}
