package ollama

import (
	"context"
	"errors"
	"maps"
	"math/rand/v2"
	"net/http"
	"slices"
	"sync"
	"time"

	"k8s.io/apimachinery/pkg/types"

	"github.com/fairlead-dev/fairlead/api/v1alpha1"
)

// Route is what a patrol asks for.
type Route struct {
	// Models whose versions in the registry are asked for.
	Models []v1alpha1.OllamaModel
	// Registry that has them; Ollama's own where it is nil.
	Registry *v1alpha1.OllamaRegistry
	// HTTP asks it.
	HTTP *http.Client
}

// same says whether two patrols would ask for the same.
func (r Route) same(o Route) bool {
	registries := r.Registry == nil && o.Registry == nil || r.Registry != nil && o.Registry != nil && *r.Registry == *o.Registry
	return registries && slices.Equal(r.Models, o.Models)
}

// patrol asks, a few times a day, which versions of a provider's models the registry has.
type patrol struct {
	route   Route
	pace    Pace
	changed func()
	// job is the patrol's run; the Filler's.
	job *job

	mu sync.Mutex
	// versions by the name in the spec.
	versions map[string]Version
	// next is when the registry is to be asked.
	next time.Time
}

// Patrol has the registry asked for other versions of a provider's models; an empty Route ends that. Asking goes on while no server
// runs.
func (f *Filler) Patrol(provider types.NamespacedName, r Route) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.pace.Patrol <= 0 {
		return
	}
	last := f.patrols[provider]
	if last != nil && last.route.same(r) || last == nil && len(r.Models) == 0 {
		return
	}
	p := &patrol{
		route: r, pace: f.pace, changed: func() { f.changed(provider) }, versions: map[string]Version{},
		next: time.Now().Add(f.pace.FirstPatrol + random(f.pace.FirstPatrol)),
	}
	var after <-chan struct{}
	if last != nil {
		after = last.job.dismiss()
		p.inherit(last)
	}
	if len(r.Models) == 0 {
		delete(f.patrols, provider)
		return
	}
	p.job = newJob(p.run, after)
	f.patrols[provider] = p
	f.tell()
}

// inherit takes over what the patrol before knew, and when it would have asked: edits of a spec are no reason to ask more often.
func (p *patrol) inherit(last *patrol) {
	last.mu.Lock()
	defer last.mu.Unlock()
	p.next = last.next
	for _, m := range p.route.Models {
		if v, known := last.versions[string(m.Name)]; known {
			p.versions[string(m.Name)] = v
		}
	}
}

// Versions returns what the registry has of a provider's models, by the name in the spec, as far as is known.
func (f *Filler) Versions(provider types.NamespacedName) map[string]Version {
	f.mu.Lock()
	defer f.mu.Unlock()
	p := f.patrols[provider]
	if p == nil {
		return nil
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	return maps.Clone(p.versions)
}

func (f *Filler) version(provider types.NamespacedName, model string) Version {
	return f.Versions(provider)[model]
}

// run asks until ctx ends.
func (p *patrol) run(ctx context.Context) {
	for {
		p.mu.Lock()
		next := p.next
		p.mu.Unlock()
		select {
		case <-ctx.Done():
			return
		case <-time.After(time.Until(next)):
		}
		p.round(ctx)
	}
}

// round asks for every model, and notes when to ask again. What cannot be asked stays as it was known.
func (p *patrol) round(ctx context.Context) {
	wait, news := p.pace.Patrol, false
	for _, m := range p.route.Models {
		v, err := p.ask(ctx, string(m.Name))
		switch {
		case errors.Is(err, errNoModel):
			v = Version{}
		case err != nil:
			wait = p.pace.PatrolAgain
			continue
		}
		p.mu.Lock()
		news = news || p.versions[string(m.Name)] != v
		p.versions[string(m.Name)] = v
		p.mu.Unlock()
	}
	p.mu.Lock()
	p.next = time.Now().Add(wait + random(wait/10))
	p.mu.Unlock()
	if news && ctx.Err() == nil {
		p.changed()
	}
}

func (p *patrol) ask(ctx context.Context, model string) (Version, error) {
	ctx, cancel := context.WithTimeout(ctx, answerWithin)
	defer cancel()
	insecure := p.route.Registry != nil && p.route.Registry.Insecure
	return inquire(ctx, p.route.HTTP, source(model, p.route.Registry), insecure)
}

// random returns a duration of less than d.
func random(d time.Duration) time.Duration {
	if d <= 0 {
		return 0
	}
	return rand.N(d)
}
