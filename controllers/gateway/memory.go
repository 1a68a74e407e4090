package gateway

import (
	"sync"
	"time"

	"k8s.io/apimachinery/pkg/api/meta"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/fairlead-dev/fairlead/api/v1alpha1"
)

// settle is the least time between two statuses of a gateway that differ only in how many aliases there are.
const settle = time.Second

// anyVersion is older than every version of every object.
const anyVersion = "1"

// memory holds what is not worth an API write. It may be lost: after a restart everything in it is found anew.
type memory struct {
	mu sync.Mutex
	// gateways by name.
	gateways map[types.NamespacedName]remembered
}

type remembered struct {
	// config and version: the compiled configuration, and the version of the Gateway that first carried it.
	config, version string
	// counted is when the number of aliases was last written.
	counted time.Time
	// swept is the generation at which nothing was left of what it does not want.
	swept int64
	// credentials and credentialsSince: a version of the credentials Secret, and a version of the Gateway that carries it.
	credentials, credentialsSince string
	// providers whose credentials the replicas have.
	providers map[types.NamespacedName]bool
}

func newMemory() *memory { return &memory{gateways: map[types.NamespacedName]remembered{}} }

func (m *memory) forget(gateway types.NamespacedName) {
	m.mu.Lock()
	defer m.mu.Unlock()
	delete(m.gateways, gateway)
}

// published notes which version of a gateway first carries its configuration, when after was written over before. After a
// restart that is not known: for a gateway that is programmed any version will do, and for another its present one.
func (m *memory) published(before, after *v1alpha1.Gateway) {
	m.mu.Lock()
	defer m.mu.Unlock()
	name, config := client.ObjectKeyFromObject(after), configOf(after)
	r := m.gateways[name]
	if r.config == config {
		return
	}
	r.config, r.version = config, after.ResourceVersion
	if config == configOf(before) && programmed(after) {
		r.version = anyVersion
	}
	m.gateways[name] = r
}

// since returns the version of the gateway that first carried the configuration which it has now.
func (m *memory) since(g *v1alpha1.Gateway) string {
	m.mu.Lock()
	defer m.mu.Unlock()
	r := m.gateways[client.ObjectKeyFromObject(g)]
	switch {
	case r.config == configOf(g):
		return r.version
	case programmed(g):
		return anyVersion
	default:
		return g.ResourceVersion
	}
}

func programmed(g *v1alpha1.Gateway) bool {
	return meta.IsStatusConditionTrue(g.Status.Conditions, v1alpha1.ConditionProgrammed)
}

// configOf identifies what the replicas have to confirm. The version of the credentials is not part of it: a key that nobody
// uses yet changes nothing that a replica would confirm before its Lease is due.
func configOf(g *v1alpha1.Gateway) string {
	if g.Status.Config == nil {
		return ""
	}
	return g.Status.Config.Revision
}

// count says whether a new number of aliases may be written now, and if not, after which time.
func (m *memory) count(gateway types.NamespacedName, now time.Time) (wait time.Duration) {
	m.mu.Lock()
	defer m.mu.Unlock()
	r := m.gateways[gateway]
	if wait = r.counted.Add(settle).Sub(now); wait > 0 {
		return wait
	}
	r.counted = now
	m.gateways[gateway] = r
	return 0
}

// carries returns a version of the gateway that carries a version of its credentials: the one given, or one before it that was given
// for the same.
func (m *memory) carries(gateway types.NamespacedName, credentials, version string) string {
	m.mu.Lock()
	defer m.mu.Unlock()
	r := m.gateways[gateway]
	if r.credentials != credentials {
		r.credentials, r.credentialsSince = credentials, version
		m.gateways[gateway] = r
	}
	return r.credentialsSince
}

// granted notes whose credentials the gateway has.
func (m *memory) granted(gateway types.NamespacedName, grants []grant) {
	m.mu.Lock()
	defer m.mu.Unlock()
	r := m.gateways[gateway]
	r.providers = map[types.NamespacedName]bool{}
	for _, g := range grants {
		r.providers[client.ObjectKeyFromObject(g.provider)] = true
	}
	m.gateways[gateway] = r
}

// grants says whether the gateway has the credentials of all the providers.
func (m *memory) grants(gateway types.NamespacedName, providers []types.NamespacedName) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	has := m.gateways[gateway].providers
	for _, p := range providers {
		if !has[p] {
			return false
		}
	}
	return true
}

// swept says whether what a generation of the gateway does not want has been deleted.
func (m *memory) swept(gateway types.NamespacedName, generation int64) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.gateways[gateway].swept == generation
}

// sweep notes that it has.
func (m *memory) sweep(gateway types.NamespacedName, generation int64) {
	m.mu.Lock()
	defer m.mu.Unlock()
	r := m.gateways[gateway]
	r.swept = generation
	m.gateways[gateway] = r
}
