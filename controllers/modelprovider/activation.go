package modelprovider

import (
	"time"

	"github.com/fairlead-dev/fairlead/api/v1alpha1"
	"github.com/fairlead-dev/fairlead/controllers/compile"
)

// toldWithin is how old the word of a gateway on what it was asked for may be: it is written with the renewals of its Lease, every ten
// seconds.
const toldWithin = 12 * time.Second

// grace is how long servers that are to stop run on: by then gateways know and send them nothing more, and what they were asked for until
// then has been told.
const grace = time.Second

// plan is what shall become of the servers of a provider that scales to zero. Its zero value is that of every other: they run.
type plan struct {
	// state to publish; empty where nothing is.
	state v1alpha1.ActivationState
	// timeout of a request that waits, as it is published.
	timeout v1alpha1.Duration
	// leaving says that the servers are about to stop, and run until it is decided anew.
	leaving bool
	// waking says that somebody asked, and that no more time has passed since than a request waits.
	waking bool
	// again is when to decide anew; 0 for when something changes.
	again time.Duration
}

// stopped says that no server shall run.
func (n plan) stopped() bool { return n.asleep() && !n.leaving }

// asleep says that gateways are to send nothing to the servers before they have asked for them.
func (n plan) asleep() bool { return n.state == v1alpha1.ActivationScaledToZero }

// drowsing says whether the provider counts as ready although no server is.
func (n plan) drowsing() bool { return n.asleep() || n.waking }

// next is when to decide anew once after has been written; 0 for when something changes. A plan that was made while models were
// missing does not know when the servers may stop, and a status that says that they are there is no event: it is decided at once then.
func (n plan) next(before, after *v1alpha1.ModelProvider) time.Duration {
	if n.state != "" && unfilled(before) && !unfilled(after) {
		return soon
	}
	return n.again
}

// decide plans for the time now. The servers run while they have models to pull, and for idleAfter from when somebody asked last. That they
// stop is said before they do.
func decide(p *v1alpha1.ModelProvider, ready int32, i interest, now time.Time) plan {
	s := compile.SleepOf(p)
	if s == nil {
		return plan{}
	}
	n := plan{timeout: s.Timeout}
	left := i.asked.Add(s.IdleAfter + toldWithin).Sub(now)
	switch {
	case !unfilled(p) && left <= 0:
		n.state = v1alpha1.ActivationScaledToZero
		if n.leaving = published(p) != n.state; n.leaving {
			n.again = grace
		}
		return n
	case ready > 0:
		n.state = v1alpha1.ActivationActive
	default:
		n.state = v1alpha1.ActivationActivating
		waits := i.woken.Add(s.WaitsFor).Sub(now)
		if n.waking = !i.woken.IsZero() && waits > 0; n.waking {
			n.again = waits
		}
	}
	if !unfilled(p) && (n.again == 0 || left < n.again) {
		n.again = left
	}
	return n
}

// keep is the plan that the status tells of, for a refused spec that does not say when the servers stop.
func keep(p *v1alpha1.ModelProvider) plan {
	a := p.Status.Activation
	if a == nil {
		return plan{}
	}
	return plan{state: a.State, timeout: a.Timeout}
}

// published is the state that the status tells of; empty where it tells of none.
func published(p *v1alpha1.ModelProvider) v1alpha1.ActivationState {
	if p.Status.Activation == nil {
		return ""
	}
	return p.Status.Activation.State
}

// unfilled says whether a listed model has yet to be pulled and may come without a person's help. One that needed it may come since the
// spec was edited.
func unfilled(p *v1alpha1.ModelProvider) bool {
	known := map[v1alpha1.ModelName]v1alpha1.ModelStatus{}
	for _, m := range p.Status.Models {
		known[m.Name] = m
	}
	for _, m := range p.Spec.Ollama.Models {
		switch k := known[m.Name]; {
		case k.State == v1alpha1.ModelReady:
		case k.State == v1alpha1.ModelFailed && needsPerson(k.Reason) && !edited(p):
		default:
			return true
		}
	}
	return false
}

// edited says whether the status is that of an earlier spec.
func edited(p *v1alpha1.ModelProvider) bool { return p.Status.ObservedGeneration != p.Generation }

// needsPerson says whether a person has to do something before a model can be pulled: no server is kept running for it.
func needsPerson(reason string) bool {
	return reason == v1alpha1.ModelNotFound || reason == v1alpha1.ModelUnsupported || reason == v1alpha1.ModelDiskFull
}
