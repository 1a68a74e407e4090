package ollama

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/fairlead-dev/fairlead/api/v1alpha1"
)

// loadWithin bounds a load; the server itself gives up after five minutes, unless it is told otherwise.
const loadWithin = 15 * time.Minute

// pull downloads one model and makes it known under its plain name.
func (w *worker) pull(ctx context.Context, model string) error {
	from := source(model, w.server.Registry)
	insecure := w.server.Registry != nil && w.server.Registry.Insecure
	// A pull that failed before stays so until there is progress: what fails at once again is no news.
	if w.snapshot().Models[model].State != v1alpha1.ModelFailed {
		w.set(model, ModelState{State: v1alpha1.ModelPulling})
	}
	if err := w.download(ctx, model, from, insecure); err != nil || from == model {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, answerWithin)
	defer cancel()
	if err := w.server.Copy(ctx, from, model); err != nil {
		return fmt.Errorf("naming the model: %w", err)
	}
	if err := w.server.Delete(ctx, from); err != nil {
		return fmt.Errorf("removing the registry's name of the model: %w", err)
	}
	return nil
}

// download pulls from as model, until it is there or makes no progress any more.
func (w *worker) download(ctx context.Context, model, from string, insecure bool) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	stalled := fmt.Errorf("no progress within %s", w.pace.Stall)
	watchdog := time.AfterFunc(w.pace.Stall, func() { cancel(stalled) })
	defer watchdog.Stop()
	var last Progress
	err := w.server.Pull(ctx, from, insecure, func(p Progress) {
		if p != last {
			last = p
			watchdog.Reset(w.pace.Stall)
		}
		w.set(model, ModelState{State: v1alpha1.ModelPulling, Progress: p})
	})
	if err != nil && errors.Is(context.Cause(ctx), stalled) {
		return stalled
	}
	return err
}

// load loads a model into memory, and says whether that went well. A failure is no more than a slow first request.
func (w *worker) load(ctx context.Context, model string) bool {
	ctx, cancel := context.WithTimeout(ctx, loadWithin)
	defer cancel()
	return w.server.Load(ctx, model) == nil
}
