package ollama

import (
	"context"
	"strings"
	"sync"
	"time"

	"github.com/fairlead-dev/fairlead/api/v1alpha1"
)

// answerWithin bounds every exchange but a pull and a load.
const answerWithin = 10 * time.Second

// worker fills one server.
type worker struct {
	server  Server
	pace    Pace
	changed func()
	// version is what the registry has under a model's name, as far as is known.
	version func(model string) Version
	// job is the worker's run; the Filler's.
	job *job
	// loaded names the models that were loaded into memory.
	loaded map[string]bool
	// settled holds, by model, the version that the registry had when the model was last pulled again.
	settled map[string]Version
	// waits is when models are tried again.
	waits *attempts

	mu       sync.Mutex
	state    State
	reported time.Time
	// deleted names the models that were deleted and not told of yet.
	deleted []string
}

func newWorker(s Server, pace Pace, changed func(), version func(string) Version) *worker {
	w := &worker{
		server: s, pace: pace, changed: changed, version: version,
		loaded: map[string]bool{}, settled: map[string]Version{}, waits: newAttempts(pace),
	}
	w.state.Models = map[string]ModelState{}
	for _, m := range s.Models {
		w.state.Models[string(m.Name)] = ModelState{State: v1alpha1.ModelPending}
	}
	return w
}

func (w *worker) snapshot() State {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.state.clone()
}

func (w *worker) takeDeleted() []string {
	w.mu.Lock()
	defer w.mu.Unlock()
	names := w.deleted
	w.deleted = nil
	return names
}

// run fills the server until ctx ends: at once where something is missing, with a growing wait after failures, and from time
// to time when all is well.
func (w *worker) run(ctx context.Context) {
	silence := w.pace.Retry
	for ctx.Err() == nil {
		pause := silence
		if w.fill(ctx) {
			silence, pause = w.pace.Retry, w.waits.pause()
		} else {
			silence = min(2*silence, w.pace.MaxRetry)
		}
		select {
		case <-ctx.Done():
		case <-time.After(pause):
		}
	}
}

// words are what an error says, without the credential.
func (w *worker) words(err error) string {
	if w.server.Secret == "" {
		return err.Error()
	}
	return strings.ReplaceAll(err.Error(), w.server.Secret, "***")
}

// set notes the state of one model, and tells of it. Of progress it keeps and tells only some: a status is written for each.
func (w *worker) set(model string, m ModelState) {
	w.mu.Lock()
	old := w.state.Models[model]
	moved := old.Percent() != m.Percent() && time.Since(w.reported) >= w.pace.Report
	old.Progress = m.Progress
	news := old != m || moved
	if news {
		w.state.Models[model] = m
		w.reported = time.Now()
	}
	w.mu.Unlock()
	if news {
		w.changed()
	}
}

// update changes the state and tells if it is another one then.
func (w *worker) update(change func(*State)) {
	w.mu.Lock()
	before := w.state.clone()
	change(&w.state)
	same := w.state.same(before)
	w.mu.Unlock()
	if !same {
		w.changed()
	}
}
