package secrets

import (
	"sync"
	"time"

	"k8s.io/apimachinery/pkg/types"
)

// readEach is how much time the API server is given for each object that names Secrets: 100 reads a second in all.
const readEach = 10 * time.Millisecond

// Pace says how soon each of some objects is looked at again for its Secrets: after ReadAgain for up to 300 of them, and in
// proportion later for more. Its zero value has no objects. It is safe for concurrent use.
type Pace struct {
	mu      sync.Mutex
	objects map[types.NamespacedName]struct{}
}

// Join counts an object, once, and returns when to look at it again.
func (p *Pace) Join(name types.NamespacedName) time.Duration {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.objects == nil {
		p.objects = map[types.NamespacedName]struct{}{}
	}
	p.objects[name] = struct{}{}
	return max(ReadAgain, time.Duration(len(p.objects))*readEach)
}

// Leave counts an object no longer.
func (p *Pace) Leave(name types.NamespacedName) {
	p.mu.Lock()
	defer p.mu.Unlock()
	delete(p.objects, name)
}
