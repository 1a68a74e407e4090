package render

import (
	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/fairlead-dev/fairlead/api/v1alpha1"
)

// clusterDatabase is the name of the database and of its owner.
const clusterDatabase = "fairlead"

// KindCluster is the kind of a PostgreSQL that CloudNativePG runs.
func KindCluster() schema.GroupVersionKind {
	return schema.GroupVersionKind{Group: "postgresql.cnpg.io", Version: "v1", Kind: "Cluster"}
}

// OfCloudNativePG says whether CloudNativePG is asked for the PostgreSQL of a gateway. Its Cluster has the name PostgresName.
func OfCloudNativePG(g *v1alpha1.Gateway) bool {
	return g.Spec.Postgres != nil && g.Spec.Postgres.Mode == v1alpha1.StoreCloudNativePG
}

// ClusterSecrets are the names of the Secrets in which CloudNativePG says how a gateway's Cluster is reached, and whom its
// certificate is signed by. Source: https://cloudnative-pg.io/documentation/current/applications/#secrets
func ClusterSecrets(gateway string) (app, ca string) {
	return PostgresName(gateway) + "-app", PostgresName(gateway) + "-ca"
}

// gatewayCluster asks CloudNativePG for a PostgreSQL. It deletes the volumes with the Cluster, so one whose data are to be retained is
// retained itself.
func gatewayCluster(in GatewayInput) Object {
	g := in.Gateway
	if !OfCloudNativePG(g) {
		return nil
	}
	wanted := v1alpha1.CloudNativePG{}
	if g.Spec.Postgres.CloudNativePG != nil {
		wanted = *g.Spec.Postgres.CloudNativePG
	}
	instances := int64(3)
	if wanted.Instances != nil {
		instances = int64(*wanted.Instances)
	}
	size := sizeOr(wanted.Storage, "10Gi")
	storage := map[string]any{"size": size.String()}
	if wanted.Storage != nil && wanted.Storage.StorageClassName != nil {
		storage["storageClass"] = *wanted.Storage.StorageClassName
	}
	spec := map[string]any{
		"instances": instances, "storage": storage,
		"bootstrap": map[string]any{"initdb": map[string]any{"database": clusterDatabase, "owner": clusterDatabase}},
	}
	if wanted.ImageName != "" {
		spec["imageName"] = wanted.ImageName
	}
	cluster := foreign(in, KindCluster(), spec)
	cluster.SetName(PostgresName(g.Name))
	cluster.SetLabels(gatewayLabels(componentPostgres, g))
	if wanted.Storage == nil || wanted.Storage.ReclaimPolicy != v1alpha1.ReclaimDelete {
		cluster.SetAnnotations(map[string]string{v1alpha1.AnnotationRetain: "true"})
	}
	return cluster
}

// anyCluster is the kind and the name of what gatewayCluster renders.
func anyCluster(in GatewayInput) Object {
	cluster := foreign(in, KindCluster(), nil)
	cluster.SetName(PostgresName(in.Gateway.Name))
	return cluster
}
