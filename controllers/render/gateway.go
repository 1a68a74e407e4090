package render

import "github.com/fairlead-dev/fairlead/api/v1alpha1"

// Ports of a gateway Pod.
const (
	gatewayPort = 4000
	adminPort   = 4001
)

// GatewayInput is everything that the objects of a Gateway are rendered from.
type GatewayInput struct {
	Gateway *v1alpha1.Gateway
	Installation
	// Credentials is the content of the Secret that the replicas read.
	Credentials map[string][]byte
	// MasterKey is the generated master key; unused where the spec names a Secret for it.
	MasterKey string
	// RedisPassword and PostgresPassword are the generated passwords of the managed stores.
	RedisPassword, PostgresPassword Password
	// HeldPostgresImage is the image that goes on running although another one is wanted; empty where the wanted one runs.
	HeldPostgresImage string
	// Egress is what the replicas have to reach besides what all do.
	Egress Egress
	// BacklogBytes is how much of its usage each replica may keep on disk; 0 where none is recorded.
	BacklogBytes int64
}

// Gateway renders everything that belongs to a Gateway. Secrets come first: Pods start faster when theirs are there.
func Gateway(in GatewayInput) []Object {
	return all(in, []factory[GatewayInput]{
		credentialsSecret, masterKeySecret, redisSecret, postgresSecret,
		gatewayServiceAccount, gatewayRole, gatewayRoleBinding, readerClusterBinding,
		gatewayService, redisService, postgresService,
		gatewayNetworkPolicy, redisNetworkPolicy, postgresNetworkPolicy, backupNetworkPolicy,
		gatewayDisruptionBudget, gatewayAutoscaler, gatewayIngress,
		backupClaim, redisStatefulSet, postgresStatefulSet, backupCronJob,
		gatewayDeployment,
	})
}

// GatewayExtras renders what is wanted besides and nothing of the rest depends on. The kinds of all but ConfigMaps belong to other
// projects, and may not be installed.
func GatewayExtras(in GatewayInput) []Object {
	return all(in, []factory[GatewayInput]{gatewayCluster, gatewayRoute, gatewayPodMonitor, gatewayRule, gatewayDashboard})
}

// AnyGatewayExtras returns, of each object that GatewayExtras may ever render, one with its kind and name only: what is to be deleted
// where it is not wanted any more.
func AnyGatewayExtras(in GatewayInput) []Object {
	return []Object{
		anyCluster(in), foreign(in, KindHTTPRoute(), nil), foreign(in, KindPodMonitor(), nil), foreign(in, KindPrometheusRule(), nil),
		dashboardMap(in.Gateway),
	}
}

// ReaderBindings renders what lets a gateway read the product's kinds in the namespaces that an operator in namespace scope
// serves. It is empty in cluster scope, where one ClusterRoleBinding does it.
func ReaderBindings(in GatewayInput) []Object {
	bindings := make([]Object, len(in.Namespaces))
	for i, namespace := range in.Namespaces {
		bindings[i] = readerRoleBinding(in, namespace)
	}
	return bindings
}

func managed(s *v1alpha1.Store) bool { return s != nil && s.Mode == v1alpha1.StoreManaged }

// managedStore returns the description of a managed store, empty where the spec has none.
func managedStore(s *v1alpha1.Store) v1alpha1.ManagedStore {
	if s.Managed == nil {
		return v1alpha1.ManagedStore{}
	}
	return *s.Managed
}

// guarded says whether a protective object is wanted.
func guarded(m v1alpha1.GuardMode) bool { return m != v1alpha1.GuardDisabled }
