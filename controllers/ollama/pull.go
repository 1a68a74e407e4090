package ollama

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/fairlead-dev/fairlead/api/v1alpha1"
)

// obtain pulls a model that is missing, and says whether it is there then.
func (w *worker) obtain(ctx context.Context, model string) bool {
	// A pull that failed before stays so until there is progress: what fails at once again is no news. Why it failed is told until it is
	// there, so that what fails for the same reason again is none either.
	pulling := w.snapshot().Models[model]
	failed, moved := pulling.State == v1alpha1.ModelFailed, false
	pulling.State = v1alpha1.ModelPulling
	if !failed {
		w.set(model, pulling)
	}
	err := w.pull(ctx, model, func(p Progress) {
		moved = moved || p.Fetched > 0
		if pulling.Progress = p; moved || !failed {
			w.set(model, pulling)
		}
	})
	if ctx.Err() != nil {
		return false
	}
	if err != nil {
		w.failed(model, err, moved)
		return false
	}
	w.waits.succeed(model)
	w.set(model, ModelState{State: v1alpha1.ModelReady, Digest: w.digest(ctx, model)})
	return true
}

// pull downloads one model and makes it known under its plain name.
func (w *worker) pull(ctx context.Context, model string, report func(Progress)) error {
	from := source(model, w.server.Registry)
	insecure := w.server.Registry != nil && w.server.Registry.Insecure
	if err := w.download(ctx, from, insecure, report); err != nil || from == model {
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

// download pulls a model, until it is there or makes no progress any more.
func (w *worker) download(ctx context.Context, from string, insecure bool, report func(Progress)) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	stalled := fmt.Errorf("%w within %s", errStalled, w.pace.Stall)
	watchdog := time.AfterFunc(w.pace.Stall, func() { cancel(stalled) })
	defer watchdog.Stop()
	var last Progress
	err := w.server.Pull(ctx, from, insecure, func(p Progress) {
		if p != last {
			last = p
			watchdog.Reset(w.pace.Stall)
		}
		report(p)
	})
	if err != nil && errors.Is(context.Cause(ctx), stalled) {
		return stalled
	}
	return err
}

// digest is that of a model that has just been pulled; empty where the server does not say. It says it with the next look, then.
func (w *worker) digest(ctx context.Context, model string) string {
	has, err := w.list(ctx)
	if err != nil {
		return ""
	}
	return has[canonical(model)].Digest
}

// failed notes why a pull failed. One that was interrupted after it had made progress has not failed: it goes on.
func (w *worker) failed(model string, err error, moved bool) {
	reason, message := diagnose(err, w.words(err))
	if moved {
		w.waits.succeed(model)
	}
	w.waits.fail(model, lasting(reason))
	if moved && errors.As(err, new(interruption)) {
		return
	}
	w.mu.Lock()
	m := w.state.Models[model]
	w.mu.Unlock()
	if m.State != v1alpha1.ModelReady {
		m = ModelState{State: v1alpha1.ModelFailed}
	}
	m.Reason, m.Message = reason, message
	w.set(model, m)
}
