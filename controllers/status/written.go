package status

import (
	"sync"

	"k8s.io/apimachinery/pkg/types"
	"k8s.io/apimachinery/pkg/util/resourceversion"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

// Written remembers which version of each object of a kind this process wrote last. Its zero value remembers nothing yet. It is
// safe for concurrent use.
type Written struct {
	mu       sync.Mutex
	versions map[types.NamespacedName]string
}

// Note notes an object as it was written.
func (w *Written) Note(o client.Object) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.versions == nil {
		w.versions = map[types.NamespacedName]string{}
	}
	w.versions[client.ObjectKeyFromObject(o)] = o.GetResourceVersion()
}

// Behind says whether an object from the cache is older than what was written. Acting on it would write the same again, or take
// the status before for the present one and not write what has changed since: the reconcile has to wait for the cache.
func (w *Written) Behind(o client.Object) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	written, ok := w.versions[client.ObjectKeyFromObject(o)]
	if !ok {
		return false
	}
	order, err := resourceversion.CompareResourceVersion(o.GetResourceVersion(), written)
	return err == nil && order < 0
}

// Forget drops what is known of an object that is gone.
func (w *Written) Forget(name types.NamespacedName) {
	w.mu.Lock()
	defer w.mu.Unlock()
	delete(w.versions, name)
}
