package modelalias

import (
	"context"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/fairlead-dev/fairlead/api/v1alpha1"
	"github.com/fairlead-dev/fairlead/controllers/compile"
	"github.com/fairlead-dev/fairlead/controllers/rollout"
	"github.com/fairlead-dev/fairlead/controllers/status"
)

// routes are what is rolled out.
func routes() rollout.Kind {
	return rollout.Kind{
		Name: v1alpha1.KindModelAlias, Part: "route",
		Seen: func(c *v1alpha1.Confirmation) string { return c.ModelAliases },
	}
}

// programmed says whether every ready replica serves what was compiled.
func (r *Reconciler) programmed(ctx context.Context, a *v1alpha1.ModelAlias, compiled compile.AliasResult) (metav1.Condition, error) {
	const kind = v1alpha1.ConditionProgrammed
	switch {
	case compiled.Accepted != nil:
		return status.False(kind, a.Generation, v1alpha1.ReasonNotAccepted, "The alias is not accepted."), nil
	case compiled.Route == nil || compiled.Kept:
		return status.False(kind, a.Generation, v1alpha1.ReasonNoRoute, "No target of this generation can be served."), nil
	}
	return r.rollout.Programmed(ctx, rolled(a), compiled.Route.Revision)
}

// rolled is what a rollout looks at of an alias.
func rolled(a *v1alpha1.ModelAlias) rollout.Object {
	o := rollout.Object{
		Name: client.ObjectKeyFromObject(a), Gateway: compile.GatewayOf(a),
		Generation: a.Generation, Version: a.ResourceVersion, Conditions: a.Status.Conditions,
	}
	if a.Status.Route != nil {
		o.Published = a.Status.Route.Revision
	}
	return o
}
