package gateway

import (
	"context"
	"fmt"
	"strings"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/types"

	"github.com/fairlead-dev/fairlead/api/v1alpha1"
	"github.com/fairlead-dev/fairlead/controllers/compile"
	"github.com/fairlead-dev/fairlead/controllers/render"
	"github.com/fairlead-dev/fairlead/controllers/status"
)

// postgresCluster is what is known of the PostgreSQL that CloudNativePG runs.
type postgresCluster struct {
	// missing says that CloudNativePG is not installed.
	missing bool
	// object is the Cluster; nil where there is none yet.
	object *unstructured.Unstructured
}

// gatherCluster reads the Cluster, past the cache: a kind that may not be installed is not watched.
func (r *Reconciler) gatherCluster(ctx context.Context, g *v1alpha1.Gateway, s *surroundings) error {
	if !render.OfCloudNativePG(g) {
		return nil
	}
	has, err := r.has(ctx, render.KindCluster())
	if err != nil || !has {
		s.cluster.missing = !has
		return err
	}
	cluster := &unstructured.Unstructured{}
	cluster.SetGroupVersionKind(render.KindCluster())
	err = r.Live.Get(ctx, types.NamespacedName{Namespace: g.Namespace, Name: render.PostgresName(g.Name)}, cluster)
	switch {
	case apierrors.IsNotFound(err):
		return nil
	case err != nil:
		return fmt.Errorf("reading the Cluster of CloudNativePG: %w", err)
	}
	s.cluster.object = cluster
	return nil
}

// clusterAddress is where CloudNativePG says that a Cluster is; empty as long as it does not say so. The connection is never
// unencrypted: the certificate of whoever answers is verified, or nobody is connected to.
func clusterAddress(g *v1alpha1.Gateway, s compile.Secrets) compile.StoreAddress {
	app, ca := render.ClusterSecrets(g.Name)
	uri, bundle := strings.TrimSpace(string(s[app]["uri"])), string(s[ca]["ca.crt"])
	if uri == "" || bundle == "" {
		return compile.StoreAddress{}
	}
	return compile.StoreAddress{URI: uri, CA: bundle}
}

// ready says whether the gateway has a primary to write to. That one of the others is away degrades nothing but the Cluster.
//
// Source: https://github.com/cloudnative-pg/cloudnative-pg/blob/v1.27.0/api/v1/cluster_types.go, ClusterStatus
func (c postgresCluster) ready(g *v1alpha1.Gateway, secrets compile.Secrets) metav1.Condition {
	const kind = v1alpha1.ConditionPostgresReady
	name := render.PostgresName(g.Name)
	no := func(reason, message string, args ...any) metav1.Condition {
		return status.False(kind, g.Generation, reason, fmt.Sprintf(message, args...))
	}
	switch {
	case c.missing:
		return no(v1alpha1.ReasonNotInstalled,
			"This cluster has no CloudNativePG: install it, or set spec.postgres.mode to Managed or External.")
	case c.object == nil:
		return no(v1alpha1.ReasonPending, "Cluster %s of CloudNativePG is not there yet.", name)
	}
	current, target := c.text("currentPrimary"), c.text("targetPrimary")
	switch ready := c.number("readyInstances"); {
	case current == "" && c.text("phase") == "":
		return no(v1alpha1.ReasonPending, "CloudNativePG has not begun to set up Cluster %s.", name)
	case ready == 0:
		return no(v1alpha1.ReasonUnavailable, "No instance of Cluster %s is ready: %s.", name, c.phase())
	case current != target:
		return no(v1alpha1.ReasonUnavailable, "Cluster %s changes its primary: %s.", name, c.phase())
	case clusterAddress(g, secrets).URI == "":
		app, ca := render.ClusterSecrets(g.Name)
		return no(v1alpha1.ReasonPending, "CloudNativePG has not written the Secrets %s and %s yet.", app, ca)
	case ready < c.number("instances"):
		return status.True(kind, g.Generation, v1alpha1.ReasonAvailable,
			fmt.Sprintf("%d of %d instances of Cluster %s are ready.", ready, c.number("instances"), name))
	}
	return status.True(kind, g.Generation, v1alpha1.ReasonAvailable, fmt.Sprintf("Every instance of Cluster %s is ready.", name))
}

// phase is what CloudNativePG says that it is doing.
func (c postgresCluster) phase() string {
	phase := c.text("phase")
	if phase == "" {
		return "it says nothing of why"
	}
	return strings.TrimSuffix(phase, ".")
}

func (c postgresCluster) text(field string) string {
	value, _, _ := unstructured.NestedString(c.object.Object, "status", field)
	return value
}

func (c postgresCluster) number(field string) int64 {
	value, _, _ := unstructured.NestedInt64(c.object.Object, "status", field)
	return value
}
