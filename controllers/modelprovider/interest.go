package modelprovider

import (
	"sync"
	"time"

	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/fairlead-dev/fairlead/api/v1alpha1"
	"github.com/fairlead-dev/fairlead/controllers/compile"
)

// demands are when gateway replicas were last asked for a provider, by their Leases, in seconds since 1970 by the clock of each.
type demands map[types.NamespacedName]int64

// newest is the latest of them; 0 where there is none.
func (d demands) newest() int64 {
	newest := int64(0)
	for _, at := range d {
		newest = max(newest, at)
	}
	return newest
}

// beyond says whether a replica tells of a later time than it did in before, or for the first time.
func (d demands) beyond(before demands) bool {
	for lease, at := range d {
		if at > before[lease] {
			return true
		}
	}
	return false
}

// interest is what is known of who asks for a provider's models.
type interest struct {
	// told is what the Leases told last.
	told demands
	// asked is when somebody asked last, by the operator's own clock.
	asked time.Time
	// woken is when the servers were last known to be stopped; zero once one has run since.
	woken time.Time
}

// interests remembers the interest in every provider that scales to zero. It is memory only: after a restart the Leases tell most of
// it, and a provider whose servers run counts as asked for then. It is safe for concurrent use.
type interests struct {
	mu sync.Mutex
	of map[types.NamespacedName]interest
	// idle are the providers whose servers do not run: for them each demand is news.
	idle map[types.NamespacedName]bool
}

// forget drops what is known of a provider.
func (t *interests) forget(name types.NamespacedName) {
	t.mu.Lock()
	defer t.mu.Unlock()
	delete(t.of, name)
	delete(t.idle, name)
}

// attend has demands for a provider reported, or no more.
func (t *interests) attend(name types.NamespacedName, idle bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.idle == nil {
		t.idle = map[types.NamespacedName]bool{}
	}
	if idle {
		t.idle[name] = true
	} else {
		delete(t.idle, name)
	}
}

func (t *interests) attends(name types.NamespacedName) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.idle[name]
}

// note takes in what the Leases say of a provider now, and returns what is known then.
func (t *interests) note(p *v1alpha1.ModelProvider, told demands, ready int32, now time.Time) interest {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.of == nil {
		t.of = map[types.NamespacedName]interest{}
	}
	name := client.ObjectKeyFromObject(p)
	known, before := t.of[name]
	if !before {
		known = first(p, told, now)
	}
	t.of[name] = known.after(p, told, ready, now)
	return t.of[name]
}

// first is the interest in a provider that this process has not seen before: what the Leases tell, and where its servers run that
// somebody asks now.
func first(p *v1alpha1.ModelProvider, told demands, now time.Time) interest {
	i := interest{told: told, asked: time.Unix(told.newest(), 0)}
	if published(p) != v1alpha1.ActivationScaledToZero || i.asked.After(now) {
		i.asked = now
	}
	if compile.Asleep(p) && published(p) == v1alpha1.ActivationActivating {
		i.woken = now
	}
	return i
}

// after is the interest once the Leases tell something. That a replica names a later time than it did before is what counts, not which:
// clocks differ, and one that is ahead must not hide what the others are asked. Being filled counts as being asked for, so that servers
// which have just been filled do not stop at once.
func (i interest) after(p *v1alpha1.ModelProvider, told demands, ready int32, now time.Time) interest {
	if told.beyond(i.told) {
		i.asked = now
	}
	i.told = told
	if unfilled(p) {
		i.asked = now
	}
	switch {
	case published(p) == v1alpha1.ActivationScaledToZero:
		i.woken = now
	case ready > 0:
		i.woken = time.Time{}
	}
	return i
}
