package ollama

import (
	"context"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/fairlead-dev/fairlead/api/v1alpha1"
	"github.com/fairlead-dev/fairlead/controllers/compile"
)

// answerWithin bounds every exchange but a pull and a load.
const answerWithin = 10 * time.Second

// worker fills one server.
type worker struct {
	server  Server
	pace    Pace
	changed func()
	// stop ends run; nil before run has begun.
	stop context.CancelFunc
	// loaded names the models that were loaded into memory.
	loaded map[string]bool

	mu       sync.Mutex
	state    State
	reported time.Time
}

func newWorker(s Server, pace Pace, changed func()) *worker {
	w := &worker{server: s, pace: pace, changed: changed, loaded: map[string]bool{}}
	w.state.Models = map[string]ModelState{}
	for _, m := range s.Models {
		w.state.Models[string(m.Name)] = ModelState{State: v1alpha1.ModelPending}
	}
	return w
}

// dismiss ends the work, if it has begun.
func (w *worker) dismiss() {
	if w.stop != nil {
		w.stop()
	}
}

func (w *worker) snapshot() State {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.state.clone()
}

// run fills the server until ctx ends: at once where something is missing, with a growing wait after failures, and from time
// to time when all is well.
func (w *worker) run(ctx context.Context) {
	wait := w.pace.Retry
	for ctx.Err() == nil {
		pause := w.pace.Look
		if w.fill(ctx) {
			wait = w.pace.Retry
		} else {
			pause = wait
			wait = min(2*wait, w.pace.MaxRetry)
		}
		select {
		case <-ctx.Done():
		case <-time.After(pause):
		}
	}
}

// fill gives the server what it misses, one model after the other, and says whether it has everything now. One model that
// cannot be had does not keep the others away.
func (w *worker) fill(ctx context.Context) bool {
	has, err := w.list(ctx)
	if ctx.Err() != nil {
		return false
	}
	w.answered(has, err)
	if err != nil {
		// When it is back, it has nothing in memory.
		clear(w.loaded)
		return false
	}
	complete := true
	for _, m := range w.server.Models {
		name := string(m.Name)
		if !slices.Contains(has, compile.TagOf(name)) {
			err := w.pull(ctx, name)
			if ctx.Err() != nil {
				return false
			}
			w.pulled(name, err)
			if err != nil {
				complete = false
				continue
			}
		}
		if m.Preload && !w.loaded[name] {
			w.loaded[name] = w.load(ctx, name)
		}
	}
	return complete
}

func (w *worker) list(ctx context.Context) ([]string, error) {
	ctx, cancel := context.WithTimeout(ctx, answerWithin)
	defer cancel()
	return w.server.Client.Models(ctx)
}

// answered notes what the server said it has, or that it said nothing.
func (w *worker) answered(has []string, err error) {
	w.update(func(s *State) {
		s.Unreachable = ""
		if err != nil {
			s.Unreachable = w.words(err)
			return
		}
		s.Asked = true
		for name, m := range s.Models {
			there := slices.Contains(has, compile.TagOf(name))
			switch {
			case there:
				s.Models[name] = ModelState{State: v1alpha1.ModelReady}
			case m.State == v1alpha1.ModelReady:
				s.Models[name] = ModelState{State: v1alpha1.ModelPending}
			}
		}
	})
}

func (w *worker) pulled(model string, err error) {
	m := ModelState{State: v1alpha1.ModelReady}
	if err != nil {
		m = ModelState{State: v1alpha1.ModelFailed, Message: w.words(err)}
	}
	w.set(model, m)
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
	news := old.State != m.State || old.Message != m.Message ||
		(old.Percent() != m.Percent() && time.Since(w.reported) >= w.pace.Report)
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
	same := before.Unreachable == w.state.Unreachable && before.Asked == w.state.Asked
	for name, m := range w.state.Models {
		same = same && before.Models[name] == m
	}
	w.mu.Unlock()
	if !same {
		w.changed()
	}
}
