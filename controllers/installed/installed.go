// Package installed says which kinds the cluster has. Some of what the operator can make belongs to other projects, such as
// CloudNativePG or the Gateway API: it is made where their definitions are installed, and nothing depends on their being there.
//
// Objects of such kinds are read and not watched. A watch of a kind that is uninstalled fails again and again for as long as the
// operator runs, and one of a kind that appears would have to be started then.
package installed

import (
	"context"
	"fmt"
	"sync"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"
)

const (
	// holds is how long an answer holds: a definition that is installed is noticed after that time at the latest.
	holds = 30 * time.Second
	// within is how long the API server may take to answer.
	within = 5 * time.Second
)

// Discovery lists the kinds of one group and version. Where there is no such group or version the error says NotFound.
type Discovery interface {
	ServerResourcesForGroupVersionWithContext(ctx context.Context, groupVersion string) (*metav1.APIResourceList, error)
}

// Kinds knows which kinds the cluster has. It is safe for concurrent use.
type Kinds struct {
	discovery Discovery

	mu sync.Mutex
	// groups by group and version.
	groups map[schema.GroupVersion]group
}

// group is what was last answered about one group and version.
type group struct {
	kinds map[string]bool
	asked time.Time
}

// New returns Kinds that ask d for a group and version when somebody wants to know, at most every 30 s.
func New(d Discovery) *Kinds {
	return &Kinds{discovery: d, groups: map[schema.GroupVersion]group{}}
}

// Has says whether the cluster has a kind. Where the API server does not answer, what it answered last goes on holding; there is an
// error only where it has not answered yet.
func (k *Kinds) Has(ctx context.Context, kind schema.GroupVersionKind) (bool, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	g, known := k.groups[kind.GroupVersion()]
	if known && time.Since(g.asked) < holds {
		return g.kinds[kind.Kind], nil
	}
	kinds, err := k.ask(ctx, kind.GroupVersion())
	switch {
	case err == nil:
		g.kinds = kinds
	case !known:
		return false, err
	}
	g.asked = time.Now()
	k.groups[kind.GroupVersion()] = g
	return g.kinds[kind.Kind], nil
}

// ask returns the kinds of a group and version; none where there is no such group.
func (k *Kinds) ask(ctx context.Context, version schema.GroupVersion) (map[string]bool, error) {
	ctx, cancel := context.WithTimeout(ctx, within)
	defer cancel()
	list, err := k.discovery.ServerResourcesForGroupVersionWithContext(ctx, version.String())
	if apierrors.IsNotFound(err) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("asking for the kinds of %s: %w", version, err)
	}
	kinds := map[string]bool{}
	for i := range list.APIResources {
		kinds[list.APIResources[i].Kind] = true
	}
	return kinds, nil
}
