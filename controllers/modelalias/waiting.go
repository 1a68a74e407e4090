package modelalias

import (
	"sync"

	"k8s.io/apimachinery/pkg/types"

	"github.com/fairlead-dev/fairlead/api/v1alpha1"
	"github.com/fairlead-dev/fairlead/controllers/confirm"
)

// waiting remembers which aliases wait for which gateway to confirm which version. With it, a confirmation wakes exactly those
// aliases that it is news for, however many there are.
//
// It is memory only. After a restart every alias is reconciled once and takes the version that it then has: a later one than
// that which first carried the route, if anything but the route was written since. Replicas name that version with the next
// renewal of their Leases at the latest, so the cost of a restart is a few seconds for aliases that were waiting then.
type waiting struct {
	mu sync.Mutex
	// routes holds the version that first carried the current route of an alias.
	routes map[types.NamespacedName]published
	// aliases waiting, by gateway, with the version that they wait for.
	aliases map[types.NamespacedName]map[types.NamespacedName]string
}

// published is a route and the version of the alias that first carried it.
type published struct{ revision, version string }

func newWaiting() *waiting {
	return &waiting{
		routes:  map[types.NamespacedName]published{},
		aliases: map[types.NamespacedName]map[types.NamespacedName]string{},
	}
}

// since returns the version that first carried the route of that revision; version, where nothing better is known.
func (w *waiting) since(alias types.NamespacedName, revision, version string) string {
	w.mu.Lock()
	defer w.mu.Unlock()
	if p, ok := w.routes[alias]; ok && p.revision == revision {
		return p.version
	}
	w.routes[alias] = published{revision, version}
	return version
}

// wait notes that the alias waits for the gateway to confirm version, and says whether that is new.
func (w *waiting) wait(alias, gateway types.NamespacedName, version string) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	for g, aliases := range w.aliases {
		if g != gateway {
			delete(aliases, alias)
		}
	}
	if w.aliases[gateway] == nil {
		w.aliases[gateway] = map[types.NamespacedName]string{}
	}
	before := w.aliases[gateway][alias]
	w.aliases[gateway][alias] = version
	return before != version
}

// rest notes that the alias waits for nothing.
func (w *waiting) rest(alias types.NamespacedName) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for g, aliases := range w.aliases {
		delete(aliases, alias)
		if len(aliases) == 0 {
			delete(w.aliases, g)
		}
	}
}

// withdrawn notes that the alias has no route, or is gone itself. The same route may come back, and replicas that served it once have dropped it by
// then: it has to be confirmed anew.
func (w *waiting) withdrawn(alias types.NamespacedName) {
	w.rest(alias)
	w.mu.Lock()
	defer w.mu.Unlock()
	delete(w.routes, alias)
}

// all returns the aliases that wait for a gateway.
func (w *waiting) all(gateway types.NamespacedName) []types.NamespacedName {
	return w.selected(gateway, func(string) bool { return true })
}

// concerned returns the aliases that a confirmation of the gateway is news for: those whose version it includes, and those that
// it rejects.
func (w *waiting) concerned(gateway types.NamespacedName, c *v1alpha1.Confirmation) []types.NamespacedName {
	names := w.selected(gateway, func(version string) bool { return confirm.Includes(c.ModelAliases, version) })
	for _, r := range c.Rejected {
		if r.Kind == v1alpha1.KindModelAlias {
			names = append(names, types.NamespacedName{Namespace: r.Namespace, Name: r.Name})
		}
	}
	return names
}

func (w *waiting) selected(gateway types.NamespacedName, want func(version string) bool) []types.NamespacedName {
	w.mu.Lock()
	defer w.mu.Unlock()
	var names []types.NamespacedName
	for alias, version := range w.aliases[gateway] {
		if want(version) {
			names = append(names, alias)
		}
	}
	return names
}
