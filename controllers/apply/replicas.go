package apply

import (
	"context"
	"fmt"

	appsv1 "k8s.io/api/apps/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

// replicasOwner owns the number of a Deployment's Pods between two who choose it.
const replicasOwner = client.FieldOwner("fairlead-operator-replicas")

// HandOverReplicas keeps the number of a Deployment's Pods, brought within least and most, when the next Apply does not say it any more:
// with its last owner a field goes back to its default, and a gateway that had ten Pods would have one. Whoever writes the number next
// takes it over. It does nothing where there is no such Deployment. A change that comes between is a conflict, and an error: the number
// has to be looked at again.
//
// Source: https://kubernetes.io/docs/reference/using-api/server-side-apply/#transferring-ownership
func (a *Applier) HandOverReplicas(ctx context.Context, name client.ObjectKey, least, most int32) error {
	live := &appsv1.Deployment{}
	if err := a.live.Get(ctx, name, live); apierrors.IsNotFound(err) {
		return nil
	} else if err != nil {
		return fmt.Errorf("reading how many replicas Deployment %s has: %w", name, err)
	}
	replicas := int32(1)
	if live.Spec.Replicas != nil {
		replicas = *live.Spec.Replicas
	}
	u := &unstructured.Unstructured{Object: map[string]any{
		"spec": map[string]any{"replicas": int64(min(max(replicas, least), most))},
	}}
	u.SetGroupVersionKind(appsv1.SchemeGroupVersion.WithKind("Deployment"))
	u.SetNamespace(name.Namespace)
	u.SetName(name.Name)
	u.SetUID(live.UID)
	u.SetResourceVersion(live.ResourceVersion)
	if err := a.client.Apply(ctx, client.ApplyConfigurationFromUnstructured(u), replicasOwner, client.ForceOwnership); err != nil {
		return fmt.Errorf("handing over the replicas of Deployment %s: %w", name, err)
	}
	return nil
}
