package gateway

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	coordinationv1 "k8s.io/api/coordination/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/meta"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/fairlead-dev/fairlead/api/v1alpha1"
	"github.com/fairlead-dev/fairlead/controllers/compile"
	"github.com/fairlead-dev/fairlead/controllers/confirm"
	"github.com/fairlead-dev/fairlead/controllers/index"
	"github.com/fairlead-dev/fairlead/controllers/render"
	"github.com/fairlead-dev/fairlead/controllers/secrets"
)

// surroundings is everything that a gateway's children and status depend on besides itself.
type surroundings struct {
	// secrets that the spec names, and those that the operator made for this gateway.
	secrets compile.Secrets
	// versions that these were read at.
	versions secrets.Versions
	// grants by the providers that accepted aliases name, in the order of their names.
	grants []grant
	// accepted and refused count the aliases that name the gateway.
	accepted, refused int32
	deployment        *appsv1.Deployment
	redis, postgres   *appsv1.StatefulSet
	// cluster is the PostgreSQL that CloudNativePG runs.
	cluster postgresCluster
	// stores is what is known of those that the operator runs.
	stores   managedStores
	pods     []corev1.Pod
	replicas []confirm.Replica
	// routeMissing says that an HTTPRoute is wanted which the cluster has no definition of.
	routeMissing bool
}

func (r *Reconciler) gather(ctx context.Context, g *v1alpha1.Gateway) (surroundings, error) {
	var s surroundings
	for _, step := range []func(context.Context, *v1alpha1.Gateway, *surroundings) error{
		r.gatherSecrets, r.gatherAliases, r.gatherWorkloads, r.gatherCluster, r.gatherReplicas, r.gatherStores,
	} {
		if err := step(ctx, g, &s); err != nil {
			return s, err
		}
	}
	return s, nil
}

// gatherSecrets reads what the spec names and what was generated before.
func (r *Reconciler) gatherSecrets(ctx context.Context, g *v1alpha1.Gateway, s *surroundings) error {
	names := append(compile.GatewaySecretsOf(g),
		v1alpha1.CredentialsSecretName(g.Name), render.MasterKeyName(g.Name))
	if g.Spec.Redis != nil && g.Spec.Redis.Mode == v1alpha1.StoreManaged {
		names = append(names, render.RedisName(g.Name))
	}
	if g.Spec.Postgres != nil && g.Spec.Postgres.Mode == v1alpha1.StoreManaged {
		names = append(names, render.PostgresName(g.Name))
	}
	if render.OfCloudNativePG(g) {
		app, ca := render.ClusterSecrets(g.Name)
		names = append(names, app, ca)
	}
	var err error
	s.secrets, s.versions, err = secrets.ReadVersions(ctx, r.Live, g.Namespace, names)
	s.stores.redis.password = passwordOf(s.secrets[render.RedisName(g.Name)], g.Spec.Redis)
	s.stores.postgres.password = passwordOf(s.secrets[render.PostgresName(g.Name)], g.Spec.Postgres.AsStore())
	return err
}

// gatherAliases counts the aliases, and reads what opens the providers that they name. Only what an alias was accepted with
// counts: nobody else's mention of a provider takes its key anywhere.
func (r *Reconciler) gatherAliases(ctx context.Context, g *v1alpha1.Gateway, s *surroundings) error {
	gateway, named := client.ObjectKeyFromObject(g), map[types.NamespacedName]bool{}
	aliases, err := index.Aliases(ctx, r.Client, index.AliasByGateway, gateway.String())
	if err != nil {
		return err
	}
	for i := range aliases {
		a := &aliases[i]
		if !meta.IsStatusConditionTrue(a.Status.Conditions, v1alpha1.ConditionAccepted) {
			s.refused++
		} else {
			s.accepted++
		}
		for _, name := range routed(a, gateway) {
			named[name] = true
		}
	}
	return r.gatherGrants(ctx, named, s)
}

// routed lists the providers that an alias's route at the gateway names. The route, unlike the spec, holds only what was
// permitted, and permitted at that gateway: an alias that has just been moved still has the route of the one that it left.
func routed(a *v1alpha1.ModelAlias, gateway types.NamespacedName) []types.NamespacedName {
	if a.Status.Route == nil || a.Status.Route.Gateway != gateway.String() {
		return nil
	}
	return compile.ProvidersOf(&v1alpha1.ModelAlias{Status: a.Status})
}

func (r *Reconciler) gatherGrants(ctx context.Context, named map[types.NamespacedName]bool, s *surroundings) error {
	for name := range named {
		p := &v1alpha1.ModelProvider{}
		exists, err := r.Scope.Read(ctx, name, p)
		if err != nil {
			return fmt.Errorf("reading ModelProvider %s: %w", name, err)
		}
		if !exists {
			continue
		}
		values, err := secrets.Read(ctx, r.Live, p.Namespace, compile.ProviderSecretsOf(p))
		if err != nil {
			return err
		}
		s.grants = append(s.grants, grant{provider: p, secrets: values, installation: r.Installation})
	}
	slices.SortFunc(s.grants, func(a, b grant) int {
		return cmp.Or(cmp.Compare(a.provider.Namespace, b.provider.Namespace), cmp.Compare(a.provider.Name, b.provider.Name))
	})
	return nil
}

func (r *Reconciler) gatherWorkloads(ctx context.Context, g *v1alpha1.Gateway, s *surroundings) error {
	s.deployment, s.redis, s.postgres = &appsv1.Deployment{}, &appsv1.StatefulSet{}, &appsv1.StatefulSet{}
	for name, o := range map[string]client.Object{
		g.Name: s.deployment, render.RedisName(g.Name): s.redis, render.PostgresName(g.Name): s.postgres,
	} {
		err := r.Client.Get(ctx, types.NamespacedName{Namespace: g.Namespace, Name: name}, o)
		if client.IgnoreNotFound(err) != nil {
			return fmt.Errorf("reading %T %s: %w", o, name, err)
		}
	}
	var err error
	s.routeMissing, err = r.routeMissing(ctx, g)
	return err
}

// wantedReplicas is how many Pods the Deployment asks for; 0 where there is none.
func (s surroundings) wantedReplicas() int32 {
	if s.deployment.Spec.Replicas == nil {
		return 0
	}
	return *s.deployment.Spec.Replicas
}

func (r *Reconciler) gatherReplicas(ctx context.Context, g *v1alpha1.Gateway, s *surroundings) error {
	pods := &corev1.PodList{}
	if err := r.Client.List(ctx, pods, client.InNamespace(g.Namespace), client.MatchingLabels(render.GatewayPods(g))); err != nil {
		return fmt.Errorf("listing the replicas: %w", err)
	}
	leases := &coordinationv1.LeaseList{}
	if err := r.Client.List(ctx, leases, client.InNamespace(g.Namespace), client.MatchingLabels{v1alpha1.LabelGateway: g.Name}); err != nil {
		return fmt.Errorf("listing the Leases of the replicas: %w", err)
	}
	s.pods = pods.Items
	s.replicas = confirm.Replicas(pods.Items, leases.Items, time.Now())
	return nil
}

// input assembles what the children are rendered from. What was generated once is kept.
func (s surroundings) input(g *v1alpha1.Gateway, installed render.Installation, compiled compile.GatewayResult) render.GatewayInput {
	last := s.secrets[v1alpha1.CredentialsSecretName(g.Name)]
	in := render.GatewayInput{
		Gateway: g, Installation: installed,
		MasterKey:         keep(s.secrets[render.MasterKeyName(g.Name)], render.MasterKeyEntry, secrets.NewKey),
		RedisPassword:     s.stores.redis.password,
		PostgresPassword:  s.stores.postgres.password,
		HeldPostgresImage: s.stores.heldImage,
	}
	c := contents{
		pepper: pepperOf(last), masterKey: []byte(in.MasterKey), userToken: s.secrets.UserToken(g.Spec.Keys.UserTokenSecretRef),
		grants: s.grants, last: last,
	}
	if ref := g.Spec.Keys.MasterKeySecretRef; ref != nil {
		c.masterKey = s.secrets.Key(*ref)
	}
	c.redis, c.postgres = s.redisAddress(in), s.postgresAddress(in)
	if compiled.Accepted != nil {
		// The configuration that goes on being served speaks of the stores of then.
		redis, postgres := servedStores(last)
		c.redis, c.postgres = stillAt(redis, c.redis), stillAt(postgres, c.postgres)
	}
	c.chain, c.certificateKey = s.certificate(g, compiled, last)
	in.Credentials = c.entries()
	in.Egress = egressOf(g, s.grants, in.Credentials, installed.ClusterDomain)
	if config := compiled.Config; config != nil && config.Usage != nil && config.Usage.MaxBacklogBytes != nil {
		in.BacklogBytes = *config.Usage.MaxBacklogBytes
	}
	return in
}
