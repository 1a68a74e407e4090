package gatewaykey

import (
	"context"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/fairlead-dev/fairlead/api/v1alpha1"
	"github.com/fairlead-dev/fairlead/controllers/compile"
	"github.com/fairlead-dev/fairlead/controllers/rollout"
	"github.com/fairlead-dev/fairlead/controllers/status"
)

// policies are what is rolled out.
func policies() rollout.Kind {
	return rollout.Kind{
		Name: v1alpha1.KindGatewayKey, Part: "policy",
		Seen: func(c *v1alpha1.Confirmation) string { return c.GatewayKeys },
	}
}

// programmed says whether every ready replica knows the key.
func (r *Reconciler) programmed(ctx context.Context, k *v1alpha1.GatewayKey, compiled compile.KeyResult) (metav1.Condition, error) {
	const kind = v1alpha1.ConditionProgrammed
	switch {
	case compiled.Accepted != nil:
		return status.False(kind, k.Generation, v1alpha1.ReasonNotAccepted, "The key is not accepted."), nil
	case compiled.Policy == nil:
		return status.False(kind, k.Generation, v1alpha1.ReasonNoPolicy, "There is no key that a replica could recognise."), nil
	}
	return r.rollout.Programmed(ctx, rolled(k), compiled.Policy.Revision)
}

// rolled is what a rollout looks at of a key.
func rolled(k *v1alpha1.GatewayKey) rollout.Object {
	o := rollout.Object{
		Name: client.ObjectKeyFromObject(k), Gateway: compile.GatewayOfKey(k),
		Generation: k.Generation, Version: k.ResourceVersion, Conditions: k.Status.Conditions,
	}
	if k.Status.Policy != nil {
		o.Published = k.Status.Policy.Revision
	}
	return o
}
