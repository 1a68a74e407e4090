package apply

import (
	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

// keepImmutable takes over from current what the API server lets nobody change: a StatefulSet's claims, and what a claim asks for. A new
// size in a spec would otherwise block every other change of it.
func keepImmutable(object, current client.Object) {
	switch wanted := object.(type) {
	case *appsv1.StatefulSet:
		if live, ok := current.(*appsv1.StatefulSet); ok {
			wanted.Spec.VolumeClaimTemplates = live.Spec.VolumeClaimTemplates
		}
	case *corev1.PersistentVolumeClaim:
		if live, ok := current.(*corev1.PersistentVolumeClaim); ok {
			wanted.Spec = live.Spec
		}
	}
}
