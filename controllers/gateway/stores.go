package gateway

import (
	"context"
	"fmt"
	"strings"

	appsv1 "k8s.io/api/apps/v1"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/fairlead-dev/fairlead/api/stores"
	"github.com/fairlead-dev/fairlead/api/v1alpha1"
	"github.com/fairlead-dev/fairlead/controllers/compile"
	"github.com/fairlead-dev/fairlead/controllers/probe"
	"github.com/fairlead-dev/fairlead/controllers/render"
	"github.com/fairlead-dev/fairlead/controllers/status"
)

// storeKind is what is particular to Redis or PostgreSQL.
type storeKind struct {
	condition, name, title string
	// address of an external store, by its Secrets.
	address  func(compile.Secrets, *v1alpha1.ExternalStore) (compile.StoreAddress, bool)
	workload func(gateway string) string
	ask      probe.Ask
	// managed is what is known of the one that the operator runs.
	managed managedStore
	// uri of that one, with the password of its Secret, and takes asks it whether it takes that. remedy says what to do where it does not.
	uri    string
	takes  func(context.Context) error
	remedy string
}

func (r *Reconciler) redisReady(g *v1alpha1.Gateway, s surroundings) metav1.Condition {
	in := r.inputOf(g)
	in.RedisPassword = s.stores.redis.password
	return r.storeReady(g, g.Spec.Redis, s, s.redis, storeKind{
		condition: v1alpha1.ConditionRedisReady, name: "redis", title: "Redis", address: compile.Secrets.Redis,
		workload: render.RedisName, ask: probe.Redis, managed: s.stores.redis,
		uri: render.RedisURI(in),
		takes: func(ctx context.Context) error {
			return r.Passwords.RedisTakes(ctx, render.RedisAddress(in), in.RedisPassword.Value)
		},
		remedy: fmt.Sprintf("Delete Pod %s-0: it takes the password of its Secret when it starts.", render.RedisName(g.Name)),
	})
}

func (r *Reconciler) postgresReady(g *v1alpha1.Gateway, s surroundings) metav1.Condition {
	if render.OfCloudNativePG(g) {
		return s.cluster.ready(g, s.secrets)
	}
	in := r.inputOf(g)
	in.PostgresPassword = s.stores.postgres.password
	return r.storeReady(g, g.Spec.Postgres.AsStore(), s, s.postgres, storeKind{
		condition: v1alpha1.ConditionPostgresReady, name: "postgres", title: "PostgreSQL", address: externalPostgres,
		workload: render.PostgresName, ask: probe.Postgres, managed: s.stores.postgres,
		uri: render.PostgresURI(in),
		takes: func(ctx context.Context) error {
			return r.Passwords.PostgresTakes(ctx, render.PostgresAddress(in), in.PostgresPassword.Value)
		},
		remedy: "Put back the password that the Secret had, or tell PostgreSQL the new one with ALTER ROLE.",
	})
}

// storeReady: a managed store is ready when its Pod is and takes the password of its Secret, and an external one when it answers.
func (r *Reconciler) storeReady(
	g *v1alpha1.Gateway, store *v1alpha1.Store, s surroundings, workload *appsv1.StatefulSet, k storeKind,
) metav1.Condition {
	switch {
	case store == nil || store.Mode == v1alpha1.StoreDisabled:
		return status.True(k.condition, g.Generation, v1alpha1.ReasonDisabled, k.title+" is not used.")
	case store.Mode == v1alpha1.StoreManaged:
		return r.managedReady(g, workload, k)
	}
	return r.externalReady(g, store.External, s, k)
}

// externalReady: one that nobody says where it is, or that cannot be reached as the spec says, is not asked.
func (r *Reconciler) externalReady(g *v1alpha1.Gateway, e *v1alpha1.ExternalStore, s surroundings, k storeKind) metav1.Condition {
	address, ok := k.address(s.secrets, e)
	if !ok {
		return status.False(k.condition, g.Generation, v1alpha1.ReasonUnavailable,
			fmt.Sprintf("Its Secrets do not say how %s is reached; condition ResolvedRefs says why.", k.title))
	}
	answer := r.prober.Answer(client.ObjectKeyFromObject(g), k.name, stores.Address{URI: address.URI, CA: address.CA}, k.ask)
	switch {
	case !answer.Known:
		return k.unasked(g)
	case answer.Problem != "":
		return status.False(k.condition, g.Generation, v1alpha1.ReasonUnavailable, fmt.Sprintf("%s: %s.", k.silent(), answer.Problem))
	default:
		return status.True(k.condition, g.Generation, v1alpha1.ReasonAvailable, k.title+" answers.")
	}
}

// silent begins what is said of a store that does not answer.
func (k storeKind) silent() string { return k.title + " does not answer" }

// unasked is what is said of a store as long as nobody has asked it: what the last answer was, if that was to the same spec. An operator
// that starts, and a password that changes, make no store seem away.
func (k storeKind) unasked(g *v1alpha1.Gateway) metav1.Condition {
	c := meta.FindStatusCondition(g.Status.Conditions, k.condition)
	if c != nil && c.ObservedGeneration == g.Generation && (c.Status == metav1.ConditionTrue || strings.HasPrefix(c.Message, k.silent())) {
		return *c
	}
	return status.False(k.condition, g.Generation, v1alpha1.ReasonPending, k.title+" has not been asked yet.")
}

// externalPostgres: a URI that names a file would have the operator read its own.
func externalPostgres(s compile.Secrets, e *v1alpha1.ExternalStore) (compile.StoreAddress, bool) {
	return s.Postgres(e, false)
}

// redisAddress is where the replicas find Redis, password included; empty where there is none, or where nobody says where it is.
func (s surroundings) redisAddress(in render.GatewayInput) compile.StoreAddress {
	return s.storeAddress(in.Gateway.Spec.Redis, render.RedisURI(in), compile.Secrets.Redis)
}

// postgresAddress is where they find PostgreSQL.
func (s surroundings) postgresAddress(in render.GatewayInput) compile.StoreAddress {
	if render.OfCloudNativePG(in.Gateway) {
		return clusterAddress(in.Gateway, s.secrets)
	}
	return s.storeAddress(in.Gateway.Spec.Postgres.AsStore(), render.PostgresURI(in), externalPostgres)
}

func (s surroundings) storeAddress(
	store *v1alpha1.Store, managed string, external func(compile.Secrets, *v1alpha1.ExternalStore) (compile.StoreAddress, bool),
) compile.StoreAddress {
	switch {
	case store == nil:
		return compile.StoreAddress{}
	case store.Mode == v1alpha1.StoreManaged:
		return compile.StoreAddress{URI: managed}
	case store.External == nil:
		return compile.StoreAddress{}
	}
	if address, ok := external(s.secrets, store.External); ok {
		return address
	}
	return compile.StoreAddress{}
}

// servedStores are where the replicas find the stores now.
func servedStores(credentials map[string][]byte) (redis, postgres compile.StoreAddress) {
	redis = compile.StoreAddress{
		URI: string(credentials[v1alpha1.CredentialRedis]), CA: string(credentials[v1alpha1.CredentialRedisCA]),
	}
	postgres = compile.StoreAddress{
		URI: string(credentials[v1alpha1.CredentialPostgres]), CA: string(credentials[v1alpha1.CredentialPostgresCA]),
	}
	return redis, postgres
}
