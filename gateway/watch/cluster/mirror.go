package cluster

import (
	"fmt"
	"sync"

	"k8s.io/apimachinery/pkg/api/meta"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/apimachinery/pkg/util/resourceversion"
	"k8s.io/client-go/tools/cache"
)

// mirror keeps what a reflector sees of one kind, each object reduced to an entry of type V. Next to the entries it knows the
// resourceVersion that they are at, which is what lets a replica say exactly what it serves.
type mirror[V any] struct {
	// entry makes an entry of an object; last is the entry before, nil at first.
	entry func(object any, last *V) (*V, error)
	// strip drops from an object what entry does not read, before the object is kept in memory.
	strip cache.TransformFunc
	// changed is called after each change, without the lock.
	changed func()

	mu      sync.Mutex
	entries map[types.NamespacedName]*V
	version string
	synced  bool
}

var _ cache.TransformingStore = (*mirror[struct{}])(nil)

// state returns the entries and the version that they are at; ok is false before the first list is complete.
func (m *mirror[V]) state() (entries []V, version string, ok bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	entries = make([]V, 0, len(m.entries))
	for _, e := range m.entries {
		entries = append(entries, *e)
	}
	return entries, m.version, m.synced
}

// mirrors are those of one kind, one for each namespace.
type mirrors[V any] []*mirror[V]

// state joins the states of all. The version is the highest of them: a namespace in which nothing happens hears of none, and
// the API server hands the events of a kind to all of its watches in one order.
func (ms mirrors[V]) state() (entries []V, version string, ok bool) {
	for _, m := range ms {
		some, at, ok := m.state()
		if !ok {
			return nil, "", false
		}
		entries = append(entries, some...)
		if version == "" {
			version = at
		} else if order, err := resourceversion.CompareResourceVersion(at, version); err == nil && order > 0 {
			version = at
		}
	}
	return entries, version, true
}

// Add takes an object in.
func (m *mirror[V]) Add(object any) error { return m.Update(object) }

// Update takes an object in.
func (m *mirror[V]) Update(object any) error {
	m.mu.Lock()
	err := m.put(object)
	m.mu.Unlock()
	m.changed()
	return err
}

// Delete drops an object.
func (m *mirror[V]) Delete(object any) error {
	o, err := meta.Accessor(object)
	if err != nil {
		return fmt.Errorf("reading a deleted object: %w", err)
	}
	m.mu.Lock()
	delete(m.entries, types.NamespacedName{Namespace: o.GetNamespace(), Name: o.GetName()})
	m.version = o.GetResourceVersion()
	m.mu.Unlock()
	m.changed()
	return nil
}

// Replace takes a whole list in, at the version that it was read at.
func (m *mirror[V]) Replace(list []any, version string) error {
	m.mu.Lock()
	before := m.entries
	m.entries = make(map[types.NamespacedName]*V, len(list))
	var err error
	for _, object := range list {
		if err = m.take(object, before); err != nil {
			break
		}
	}
	if err == nil {
		m.version, m.synced = version, true
	} else {
		m.entries = before
	}
	m.mu.Unlock()
	m.changed()
	return err
}

// Resync does nothing: everything is as it was last seen.
func (m *mirror[V]) Resync() error { return nil }

// Transformer strips objects that the reflector keeps on its own while it lists.
func (m *mirror[V]) Transformer() cache.TransformFunc { return m.strip }

func (m *mirror[V]) put(object any) error {
	if m.entries == nil {
		m.entries = map[types.NamespacedName]*V{}
	}
	if err := m.take(object, m.entries); err != nil {
		return err
	}
	o, err := meta.Accessor(object)
	if err != nil {
		return fmt.Errorf("reading an object: %w", err)
	}
	m.version = o.GetResourceVersion()
	return nil
}

func (m *mirror[V]) take(object any, before map[types.NamespacedName]*V) error {
	o, err := meta.Accessor(object)
	if err != nil {
		return fmt.Errorf("reading an object: %w", err)
	}
	name := types.NamespacedName{Namespace: o.GetNamespace(), Name: o.GetName()}
	entry, err := m.entry(object, before[name])
	if err != nil {
		return fmt.Errorf("reading %s: %w", name, err)
	}
	m.entries[name] = entry
	return nil
}
