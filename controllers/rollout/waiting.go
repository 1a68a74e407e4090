package rollout

import (
	"sync"

	"k8s.io/apimachinery/pkg/types"

	"github.com/fairlead-dev/fairlead/api/v1alpha1"
	"github.com/fairlead-dev/fairlead/controllers/confirm"
)

// waiting remembers which objects of a kind wait for which gateway to confirm which version.
//
// It is memory only. After a restart every object is reconciled once and takes the version that it then has: a later one than
// that which first carried what is published, if anything else was written since. Replicas name that version with the next
// renewal of their Leases at the latest, so the cost of a restart is a few seconds for objects that were waiting then.
type waiting struct {
	kind Kind

	mu sync.Mutex
	// parts holds the version that first carried what an object publishes now.
	parts map[types.NamespacedName]published
	// objects waiting, by gateway, with the version that they wait for.
	objects map[types.NamespacedName]map[types.NamespacedName]string
}

// published is what an object publishes and the version of the object that first carried it.
type published struct{ revision, version string }

func newWaiting(k Kind) *waiting {
	return &waiting{
		kind:    k,
		parts:   map[types.NamespacedName]published{},
		objects: map[types.NamespacedName]map[types.NamespacedName]string{},
	}
}

// since returns the version that first carried what is published under that revision; version, where nothing better is known.
func (w *waiting) since(name types.NamespacedName, revision, version string) string {
	w.mu.Lock()
	defer w.mu.Unlock()
	if p, ok := w.parts[name]; ok && p.revision == revision {
		return p.version
	}
	w.parts[name] = published{revision, version}
	return version
}

// wait notes that an object waits for the gateway to confirm version, and says whether that is new.
func (w *waiting) wait(name, gateway types.NamespacedName, version string) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	for g, objects := range w.objects {
		if g != gateway {
			delete(objects, name)
		}
	}
	if w.objects[gateway] == nil {
		w.objects[gateway] = map[types.NamespacedName]string{}
	}
	before := w.objects[gateway][name]
	w.objects[gateway][name] = version
	return before != version
}

// rest notes that an object waits for nothing.
func (w *waiting) rest(name types.NamespacedName) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for g, objects := range w.objects {
		delete(objects, name)
		if len(objects) == 0 {
			delete(w.objects, g)
		}
	}
}

// withdrawn notes that an object publishes nothing, or is gone itself. The same may come back, and replicas that served it once have dropped
// it by then: it has to be confirmed anew.
func (w *waiting) withdrawn(name types.NamespacedName) {
	w.rest(name)
	w.mu.Lock()
	defer w.mu.Unlock()
	delete(w.parts, name)
}

// all returns the objects that wait for a gateway.
func (w *waiting) all(gateway types.NamespacedName) []types.NamespacedName {
	return w.selected(gateway, func(string) bool { return true })
}

// concerned returns the objects that a confirmation of the gateway is news for: those whose version it includes, and those that
// it rejects.
func (w *waiting) concerned(gateway types.NamespacedName, c *v1alpha1.Confirmation) []types.NamespacedName {
	names := w.selected(gateway, func(version string) bool { return confirm.Includes(w.kind.Seen(c), version) })
	for _, r := range c.Rejected {
		if r.Kind == w.kind.Name {
			names = append(names, types.NamespacedName{Namespace: r.Namespace, Name: r.Name})
		}
	}
	return names
}

func (w *waiting) selected(gateway types.NamespacedName, want func(version string) bool) []types.NamespacedName {
	w.mu.Lock()
	defer w.mu.Unlock()
	var names []types.NamespacedName
	for name, version := range w.objects[gateway] {
		if want(version) {
			names = append(names, name)
		}
	}
	return names
}
