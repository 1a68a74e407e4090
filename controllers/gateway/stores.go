package gateway

import (
	"fmt"

	appsv1 "k8s.io/api/apps/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/fairlead-dev/fairlead/api/v1alpha1"
	"github.com/fairlead-dev/fairlead/controllers/compile"
	"github.com/fairlead-dev/fairlead/controllers/probe"
	"github.com/fairlead-dev/fairlead/controllers/render"
	"github.com/fairlead-dev/fairlead/controllers/status"
)

// storeKind is what is particular to Redis or PostgreSQL.
type storeKind struct {
	condition, name, title string
	// uri of an external store, by the entries of its Secret.
	uri      func(map[string][]byte) string
	workload func(gateway string) string
	ask      probe.Ask
	// managed is what is known of the one that the operator runs.
	managed managedStore
}

func (r *Reconciler) redisReady(g *v1alpha1.Gateway, s surroundings) metav1.Condition {
	return r.storeReady(g, g.Spec.Redis, s, s.redis, storeKind{
		condition: v1alpha1.ConditionRedisReady, name: "redis", title: "Redis", uri: externalRedis,
		workload: render.RedisName, ask: probe.Redis, managed: s.stores.redis,
	})
}

func (r *Reconciler) postgresReady(g *v1alpha1.Gateway, s surroundings) metav1.Condition {
	return r.storeReady(g, g.Spec.Postgres.AsStore(), s, s.postgres, storeKind{
		condition: v1alpha1.ConditionPostgresReady, name: "postgres", title: "PostgreSQL", uri: externalPostgres,
		workload: render.PostgresName, ask: probe.Postgres, managed: s.stores.postgres,
	})
}

// storeReady: a managed store is ready when its Pod is, and an external one when it answers.
func (r *Reconciler) storeReady(
	g *v1alpha1.Gateway, store *v1alpha1.Store, s surroundings, workload *appsv1.StatefulSet, k storeKind,
) metav1.Condition {
	switch {
	case store == nil || store.Mode == v1alpha1.StoreDisabled:
		return status.True(k.condition, g.Generation, v1alpha1.ReasonDisabled, k.title+" is not used.")
	case store.Mode == v1alpha1.StoreManaged:
		return managedReady(g, workload, k)
	}
	entries, exists := s.secrets[string(store.External.SecretRef.Name)]
	if !exists || len(entries["uri"])+len(entries["host"]) == 0 {
		return status.False(k.condition, g.Generation, v1alpha1.ReasonUnavailable,
			fmt.Sprintf("Secret %q does not say where %s is.", store.External.SecretRef.Name, k.title))
	}
	answer := r.prober.Answer(client.ObjectKeyFromObject(g), k.name, k.uri(entries), k.ask)
	switch {
	case !answer.Known:
		return status.False(k.condition, g.Generation, v1alpha1.ReasonPending, k.title+" has not been asked yet.")
	case answer.Problem != "":
		return status.False(k.condition, g.Generation, v1alpha1.ReasonUnavailable,
			fmt.Sprintf("%s does not answer: %s.", k.title, answer.Problem))
	default:
		return status.True(k.condition, g.Generation, v1alpha1.ReasonAvailable, k.title+" answers.")
	}
}

func externalRedis(entries map[string][]byte) string { return probe.URI(entries, "redis", "6379") }

func externalPostgres(entries map[string][]byte) string {
	return probe.URI(entries, "postgres", "5432")
}

// redisURI is where the replicas find Redis, password included; empty where there is none, or where nobody says where it is.
func (s surroundings) redisURI(in render.GatewayInput) string {
	return s.storeURI(in.Gateway.Spec.Redis, render.RedisURI(in), compile.Secrets.SaysRedis, externalRedis)
}

// postgresURI is where they find PostgreSQL.
func (s surroundings) postgresURI(in render.GatewayInput) string {
	return s.storeURI(in.Gateway.Spec.Postgres.AsStore(), render.PostgresURI(in), compile.Secrets.SaysPostgres, externalPostgres)
}

func (s surroundings) storeURI(
	store *v1alpha1.Store, managed string, says func(compile.Secrets, string) bool, external func(map[string][]byte) string,
) string {
	switch {
	case store == nil:
		return ""
	case store.Mode == v1alpha1.StoreManaged:
		return managed
	case store.External != nil && says(s.secrets, string(store.External.SecretRef.Name)):
		return external(s.secrets[string(store.External.SecretRef.Name)])
	default:
		return ""
	}
}
