package ollama

import (
	"context"

	"github.com/fairlead-dev/fairlead/api/v1alpha1"
)

// outdated says whether the registry has another version of a model than the server, and the server is to have that one. A version
// that was pulled already and that the server counts differently is not pulled for ever.
func (w *worker) outdated(model, digest string) bool {
	if !w.server.Renew || digest == "" {
		return false
	}
	v := w.version(model)
	return v.Known() && !v.Is(digest) && w.settled[model] != v
}

// renew pulls a model again. The old version answers until the new one is there. On a server of the operator's own it keeps the old
// one under another name until then: deleting that name frees what only the old version needed, which such a server does not do by
// itself, because it keeps what it has downloaded in part.
func (w *worker) renew(ctx context.Context, model string) {
	v := w.version(model)
	if w.server.Own && !w.setAside(ctx, model) {
		return
	}
	err := w.pull(ctx, model, func(Progress) {})
	if ctx.Err() != nil {
		return
	}
	if w.server.Own {
		w.remove(ctx, replaced(model))
	}
	if err != nil {
		w.failed(model, err, false)
		return
	}
	w.waits.succeed(model)
	w.settled[model] = v
	w.set(model, ModelState{State: v1alpha1.ModelReady, Digest: w.digest(ctx, model)})
}

// setAside gives the version that the server has a second name, and says whether that went well.
func (w *worker) setAside(ctx context.Context, model string) bool {
	ctx, cancel := context.WithTimeout(ctx, answerWithin)
	defer cancel()
	err := w.server.Copy(ctx, model, replaced(model))
	if err != nil {
		w.failed(model, err, false)
	}
	return err == nil
}
