// Package gatewaykey reconciles GatewayKeys: it reads or makes the Secret of each, compiles what the key may do together with the
// digest that it is recognised by, and says when every replica knows it.
//
//	spec + Secret ──compile──▶ status.policy, Programmed=False ──gateway watches──▶ Lease of each replica ──▶ Programmed=True
//
// The key itself is in its Secret and nowhere else.
package gatewaykey

import (
	"cmp"
	"context"
	"time"

	"k8s.io/client-go/tools/events"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/fairlead-dev/fairlead/api/v1alpha1"
	"github.com/fairlead-dev/fairlead/controllers/compile"
	"github.com/fairlead-dev/fairlead/controllers/rollout"
	"github.com/fairlead-dev/fairlead/controllers/scope"
	"github.com/fairlead-dev/fairlead/controllers/secrets"
	"github.com/fairlead-dev/fairlead/controllers/status"
)

// Reconciler reconciles GatewayKeys. Setup makes it ready for use.
type Reconciler struct {
	// Client reads from the cache and writes; Live reads past it.
	Client client.Client
	Live   client.Reader
	// Scope reads what keys name.
	Scope scope.Scope
	// Events records what a person would want to know.
	Events events.EventRecorder

	rollout *rollout.Rollout
	peppers *peppers
	reading secrets.Pace
	written status.Written
}

// Reconcile compiles one GatewayKey and publishes its policy.
func (r *Reconciler) Reconcile(ctx context.Context, req ctrl.Request) (ctrl.Result, error) {
	key := &v1alpha1.GatewayKey{}
	if err := r.Client.Get(ctx, req.NamespacedName, key); err != nil {
		r.rollout.Forget(req.NamespacedName)
		r.reading.Leave(req.NamespacedName)
		r.written.Forget(req.NamespacedName)
		return ctrl.Result{}, client.IgnoreNotFound(err)
	}
	if key.DeletionTimestamp != nil {
		return ctrl.Result{}, nil
	}
	if r.written.Behind(key) {
		return ctrl.Result{RequeueAfter: rollout.Soon}, nil
	}
	compiled, err := r.compile(ctx, key)
	if err != nil {
		return status.Result(0, err)
	}
	programmed, err := r.programmed(ctx, key, compiled)
	if err != nil {
		return status.Result(0, err)
	}
	now := time.Now()
	after := key.DeepCopy()
	describe(after, compiled, programmed, now)
	if err := status.Write(ctx, r.Client, key, after); err != nil {
		return status.Result(0, err)
	}
	r.written.Note(after)
	status.Announce(r.Events, after, key.Status.Conditions, after.Status.Conditions)
	return status.Result(r.again(after, now), nil)
}

// compile compiles a key, and makes its Secret where there is to be one.
func (r *Reconciler) compile(ctx context.Context, key *v1alpha1.GatewayKey) (compile.KeyResult, error) {
	in, err := r.gather(ctx, key)
	if err != nil {
		return compile.KeyResult{}, err
	}
	compiled := compile.GatewayKey(in)
	if !wantsSecret(key, compiled) {
		if lacksSecret(key, compiled) {
			compiled.ResolvedRefs = unmade(key)
		}
		return compiled, nil
	}
	if err := r.makeSecret(ctx, key); err != nil {
		return compiled, err
	}
	if in.Secrets, err = r.secrets(ctx, key); err != nil {
		return compiled, err
	}
	return compile.GatewayKey(in), nil
}

// again returns when to look at a key again although nothing is known to have changed: for a confirmation that may have slipped
// through, for its Secret, or because it expires.
func (r *Reconciler) again(key *v1alpha1.GatewayKey, now time.Time) time.Duration {
	after := r.rollout.Wait(rolled(key))
	if compile.KeySecretOf(key) != nil {
		after = earlier(after, r.reading.Join(client.ObjectKeyFromObject(key)))
	} else {
		r.reading.Leave(client.ObjectKeyFromObject(key))
	}
	if p := key.Status.Policy; p != nil && p.ExpiresAt != nil && now.Before(p.ExpiresAt.Time) {
		after = earlier(after, p.ExpiresAt.Sub(now))
	}
	return after
}

// earlier returns the shorter of two waits, of which 0 is none.
func earlier(a, b time.Duration) time.Duration {
	if a == 0 || b == 0 {
		return cmp.Or(a, b)
	}
	return min(a, b)
}
