package apply

import (
	appsv1 "k8s.io/api/apps/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

// keepImmutable takes over from current what the API server lets nobody change: a StatefulSet's claims. A new size in a spec
// would otherwise block every other change of it.
func keepImmutable(object, current client.Object) {
	wanted, ok := object.(*appsv1.StatefulSet)
	if !ok {
		return
	}
	live, ok := current.(*appsv1.StatefulSet)
	if !ok {
		return
	}
	wanted.Spec.VolumeClaimTemplates = live.Spec.VolumeClaimTemplates
}
