package gateway

import (
	"context"
	"net/url"
	"slices"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/log"

	"github.com/fairlead-dev/fairlead/api/v1alpha1"
	"github.com/fairlead-dev/fairlead/controllers/compile"
	"github.com/fairlead-dev/fairlead/controllers/confirm"
	"github.com/fairlead-dev/fairlead/controllers/render"
	"github.com/fairlead-dev/fairlead/controllers/secrets"
)

// nextStep is how soon the step that follows one of a rotation is taken.
const nextStep = 50 * time.Millisecond

// Passwords changes the passwords of managed stores, and asks whether they take one. Every change can be repeated.
type Passwords interface {
	// Redis makes the Redis at address take the passwords in accept and no other, by way of the first of known that it takes.
	Redis(ctx context.Context, address string, known, accept []string) error
	// Postgres makes next the password of the PostgreSQL at address, by way of current, or does nothing where it is already.
	Postgres(ctx context.Context, address, current, next string) error
	// RedisTakes and PostgresTakes return nil where the store at address takes a password, and wrap password.ErrRefused where it does not.
	RedisTakes(ctx context.Context, address, password string) error
	PostgresTakes(ctx context.Context, address, password string) error
}

// passwordOf reads the password of a managed store from its Secret, or makes one where there is none.
func passwordOf(entries map[string][]byte, s *v1alpha1.Store) render.Password {
	if p := render.ReadPassword(entries); p.Value != "" {
		return p
	}
	return render.Password{Value: secrets.Random(), Version: wantedPassword(s)}
}

// wantedPassword is the version of the password that a spec wants.
func wantedPassword(s *v1alpha1.Store) int32 {
	if s == nil || s.Managed == nil {
		return 0
	}
	return s.Managed.PasswordVersion
}

// rotate takes the next step of each change of a password that is under way, and returns when to take the one after it. What a step
// leads to is in s, to be applied: nothing is done to a store with a password that is not in its Secret yet. So whoever goes on
// after a crash repeats at most one step.
//
// The steps: the next password is in the Secret; the store takes it; it is what everybody is given; and, for a Redis, the one before
// it is no longer taken. A PostgreSQL knows one password at a time: a connection that a replica opens between the second step and the
// third is refused, and is opened again; those that are open stay.
func (r *Reconciler) rotate(ctx context.Context, g *v1alpha1.Gateway, s *surroundings) time.Duration {
	in := r.inputOf(g)
	redis, postgres := &s.stores.redis, &s.stores.postgres
	steps := redis.rotate(g.Spec.Redis, s.redis, rotation{
		put: func(p render.Password) error {
			both := []string{p.Value, p.Next}
			return r.Passwords.Redis(ctx, render.RedisAddress(in), both, both)
		},
		letGo: func() bool { return r.letGo(ctx, g, s) },
		retire: func(p render.Password) error {
			return r.Passwords.Redis(ctx, render.RedisAddress(in), []string{p.Value, p.Previous}, []string{p.Value})
		},
	})
	steps = postgres.rotate(g.Spec.Postgres.AsStore(), s.postgres, rotation{
		put: func(p render.Password) error {
			return r.Passwords.Postgres(ctx, render.PostgresAddress(in), p.Value, p.Next)
		},
	}) || steps
	if steps {
		return nextStep
	}
	return never
}

// inputOf is enough to know where managed stores listen.
func (r *Reconciler) inputOf(g *v1alpha1.Gateway) render.GatewayInput {
	return render.GatewayInput{Gateway: g, Installation: r.Installation}
}

// rotation is how a store's password is changed.
type rotation struct {
	// put makes the store take the next password as well, or instead.
	put func(render.Password) error
	// letGo says whether nobody uses the previous password any more, and retire makes the store take it no longer. Both are nil for a
	// store that knows one password at a time.
	letGo  func() bool
	retire func(render.Password) error
}

// rotate takes the next step, and says whether it took one.
func (m *managedStore) rotate(s *v1alpha1.Store, workload *appsv1.StatefulSet, r rotation) (stepped bool) {
	if s == nil || s.Mode != v1alpha1.StoreManaged || workload.Status.ReadyReplicas == 0 {
		return false
	}
	p, err := m.password, error(nil)
	switch {
	case p.Next != "":
		err = r.put(p)
		p = render.Password{Value: p.Next, Version: max(p.Version+1, wantedPassword(s)), Previous: p.Value}
		if r.retire == nil {
			p.Previous = ""
		}
	case p.Previous != "":
		if !r.letGo() {
			return false
		}
		err = r.retire(p)
		p.Previous = ""
	case p.Version < wantedPassword(s):
		p.Next = secrets.Random()
	default:
		return false
	}
	if err != nil {
		m.stuck = err.Error()
		return false
	}
	m.password = p
	return true
}

// letGo says whether every ready replica has the credentials of now, and uses no password of before. As long as that cannot be found
// out, it does not.
func (r *Reconciler) letGo(ctx context.Context, g *v1alpha1.Gateway, s *surroundings) bool {
	secret := &corev1.Secret{}
	name := types.NamespacedName{Namespace: g.Namespace, Name: v1alpha1.CredentialsSecretName(g.Name)}
	if err := r.Live.Get(ctx, name, secret); err != nil {
		log.FromContext(ctx).Error(err, "reading the credentials, to see whether all replicas have them")
		return false
	}
	// What the cache has of the gateway may be older than the Secret.
	if g.Status.CredentialsVersion != secret.ResourceVersion {
		return false
	}
	since := r.memory.carries(client.ObjectKeyFromObject(g), secret.ResourceVersion, g.ResourceVersion)
	return !slices.ContainsFunc(s.replicas, func(replica confirm.Replica) bool {
		return replica.Confirmation == nil || !confirm.Includes(replica.Confirmation.Gateways, since)
	})
}

// stillAt returns the address of a store that goes on being served: with the password of now where both URIs lead to the same place.
func stillAt(served, wanted compile.StoreAddress) compile.StoreAddress {
	a, err := url.Parse(served.URI)
	b, err2 := url.Parse(wanted.URI)
	if err == nil && err2 == nil && a.Host != "" && a.Host == b.Host {
		return wanted
	}
	return served
}
