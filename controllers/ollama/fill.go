package ollama

import (
	"context"
	"maps"
	"slices"
	"time"

	"github.com/fairlead-dev/fairlead/api/v1alpha1"
)

// loadWithin bounds a load; the server itself gives up after five minutes, unless it is told otherwise.
const loadWithin = 15 * time.Minute

// holdings are the models of a server by their canonical names.
type holdings map[string]Model

// fill takes from the server what nobody asked for and gives it what it misses, one model after the other, and says whether the
// server answers. One model that cannot be had does not keep the others away.
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
	w.tidy(ctx, has)
	for _, m := range w.server.Models {
		w.give(ctx, m, has)
		if ctx.Err() != nil {
			return false
		}
	}
	return true
}

// give pulls a model that is missing or outdated, where it is time to, and loads it where that is wanted.
func (w *worker) give(ctx context.Context, m v1alpha1.OllamaModel, has holdings) {
	name := string(m.Name)
	model, there := has[canonical(name)]
	if !there {
		if !w.waits.due(name) || !w.obtain(ctx, name) {
			return
		}
	} else if w.outdated(name, model.Digest) && w.waits.due(name) {
		w.renew(ctx, name)
	}
	if m.Preload && !w.loaded[name] && ctx.Err() == nil {
		w.loaded[name] = w.load(ctx, name)
	}
}

func (w *worker) list(ctx context.Context) (holdings, error) {
	ctx, cancel := context.WithTimeout(ctx, answerWithin)
	defer cancel()
	models, err := w.server.Client.Models(ctx)
	if err != nil {
		return nil, err
	}
	has := holdings{}
	for _, m := range models {
		has[canonical(m.Name)] = m
	}
	return has, nil
}

// answered notes what the server said it has, or that it said nothing.
func (w *worker) answered(has holdings, err error) {
	w.update(func(s *State) {
		s.Unreachable = ""
		if err != nil {
			s.Unreachable = w.words(err)
			return
		}
		s.Asked = true
		for name, m := range s.Models {
			model, there := has[canonical(name)]
			switch {
			case there && m.State == v1alpha1.ModelReady:
				m.Digest = model.Digest
				s.Models[name] = m
			case there:
				w.waits.succeed(name)
				s.Models[name] = ModelState{State: v1alpha1.ModelReady, Digest: model.Digest}
			case m.State == v1alpha1.ModelReady:
				w.waits.succeed(name)
				s.Models[name] = ModelState{State: v1alpha1.ModelPending}
			}
		}
	})
}

// tidy deletes from a server of the operator's own the models that are not listed, and what an interrupted pull left under another
// name. What a pull that has yet to end has under the registry's name stays. What cannot be deleted now is tried with the next look.
func (w *worker) tidy(ctx context.Context, has holdings) {
	if !w.server.Own {
		return
	}
	keep, passing := map[string]bool{}, map[string]bool{}
	for _, m := range w.server.Models {
		name := string(m.Name)
		keep[canonical(name)] = true
		from := canonical(source(name, w.server.Registry))
		passing[from], passing[canonical(replaced(name))] = true, true
		if _, there := has[canonical(name)]; !there {
			keep[from] = true
		}
	}
	for _, name := range slices.Sorted(maps.Keys(has)) {
		if keep[name] || !w.remove(ctx, has[name].Name) {
			continue
		}
		if !passing[name] {
			w.note(has[name].Name)
		}
		delete(has, name)
	}
}

// remove deletes a model and says whether that went well.
func (w *worker) remove(ctx context.Context, model string) bool {
	ctx, cancel := context.WithTimeout(ctx, answerWithin)
	defer cancel()
	return w.server.Delete(ctx, model) == nil
}

// note remembers a deletion to tell of.
func (w *worker) note(deleted string) {
	w.mu.Lock()
	w.deleted = append(w.deleted, deleted)
	w.mu.Unlock()
	w.changed()
}

// load loads a model into memory, and says whether that went well. A failure is no more than a slow first request.
func (w *worker) load(ctx context.Context, model string) bool {
	ctx, cancel := context.WithTimeout(ctx, loadWithin)
	defer cancel()
	return w.server.Load(ctx, model) == nil
}
