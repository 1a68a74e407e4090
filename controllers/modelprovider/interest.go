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

// hearing is what a Lease told of a provider, and when the operator heard it, by its own clock.
type hearing struct {
	told int64
	at   time.Time
}

// sight is what is seen of a provider that scales to zero at one time.
type sight struct {
	// told is what the Leases tell.
	told demands
	// ready is how many servers are.
	ready int32
	// filling says that a server has a model to pull.
	filling bool
}

// interest is what is known of who asks for a provider's models.
type interest struct {
	// told is what the Leases told last, and heard what was heard of them since, by Lease.
	told  demands
	heard map[types.NamespacedName]hearing
	// asked is when somebody asked last, by the operator's own clock; zero where nobody has since the servers stopped.
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

// rest notes that the servers stop, or do not run: nobody has asked for them since. That an edit of the spec would have let them run longer
// does not start them.
func (t *interests) rest(name types.NamespacedName) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if known, ok := t.of[name]; ok {
		known.asked = time.Time{}
		t.of[name] = known
	}
}

// hear notes that a Lease tells something else of a provider, and says whether that is to be reported. Of a provider that nothing is
// known of nothing is kept.
func (t *interests) hear(provider, lease types.NamespacedName, h hearing) (report bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if known, ok := t.of[provider]; ok {
		if known.heard == nil {
			known.heard = map[types.NamespacedName]hearing{}
			t.of[provider] = known
		}
		known.heard[lease] = h
	}
	return t.idle[provider]
}

// note takes in what is seen of a provider now, and returns what is known then.
func (t *interests) note(p *v1alpha1.ModelProvider, s sight, now time.Time) interest {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.of == nil {
		t.of = map[types.NamespacedName]interest{}
	}
	name := client.ObjectKeyFromObject(p)
	known, before := t.of[name]
	if !before {
		known = first(p, s.told, now)
	}
	t.of[name] = known.after(p, s, now)
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

// after is the interest once something is seen. Being filled counts as being asked for, so that servers which have just been filled do not
// stop at once, and none that is filled while others have everything already.
func (i interest) after(p *v1alpha1.ModelProvider, s sight, now time.Time) interest {
	for lease, at := range s.told {
		if at != i.told[lease] {
			i.asked = later(i.asked, i.since(lease, at, now))
		}
	}
	i.told, i.heard = s.told, nil
	if unfilled(p) || s.filling {
		i.asked = now
	}
	switch {
	case published(p) == v1alpha1.ActivationScaledToZero:
		i.woken = now
	case s.ready > 0:
		i.woken = time.Time{}
	}
	return i
}

// since is when a replica told of a time, by the operator's own clock: when that was heard, and now where it is seen first. That a replica
// names another time than it did before is what counts, not which: clocks differ, one that is ahead must not hide what the others are
// asked, and one may be set back.
func (i interest) since(lease types.NamespacedName, told int64, now time.Time) time.Time {
	if h := i.heard[lease]; h.told == told {
		return h.at
	}
	return now
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}
