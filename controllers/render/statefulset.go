package render

import (
	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/fairlead-dev/fairlead/api/v1alpha1"
)

// server describes a StatefulSet of a process with one volume, mounted at /data.
type server struct {
	namespace, name string
	labels          map[string]string
	selector        map[string]string
	replicas        int32
	pod             corev1.PodSpec
	storage         *v1alpha1.Storage
	// size of the volume where storage says none.
	size string
}

// deleted says whether a volume is deleted with the object that asked for it.
func deleted(s *v1alpha1.Storage) bool {
	return s != nil && s.ReclaimPolicy == v1alpha1.ReclaimDelete
}

// statefulSet starts all Pods at once, because none waits for another. Whatever becomes of its volumes when it is deleted, none goes
// while it is only scaled.
func statefulSet(s server) *appsv1.StatefulSet {
	whenDeleted := appsv1.RetainPersistentVolumeClaimRetentionPolicyType
	if deleted(s.storage) {
		whenDeleted = appsv1.DeletePersistentVolumeClaimRetentionPolicyType
	}
	return &appsv1.StatefulSet{
		ObjectMeta: meta(s.namespace, s.name, s.labels),
		Spec: appsv1.StatefulSetSpec{
			ServiceName:         s.name,
			Replicas:            &s.replicas,
			PodManagementPolicy: appsv1.ParallelPodManagement,
			Selector:            &metav1.LabelSelector{MatchLabels: s.selector},
			Template:            corev1.PodTemplateSpec{ObjectMeta: metav1.ObjectMeta{Labels: s.labels}, Spec: s.pod},
			PersistentVolumeClaimRetentionPolicy: &appsv1.StatefulSetPersistentVolumeClaimRetentionPolicy{
				WhenDeleted: whenDeleted,
				WhenScaled:  appsv1.RetainPersistentVolumeClaimRetentionPolicyType,
			},
			VolumeClaimTemplates: []corev1.PersistentVolumeClaim{claim(s)},
		},
	}
}

func claim(s server) corev1.PersistentVolumeClaim {
	c := corev1.PersistentVolumeClaim{
		ObjectMeta: metav1.ObjectMeta{Name: "data", Labels: s.selector},
		Spec: corev1.PersistentVolumeClaimSpec{
			AccessModes: []corev1.PersistentVolumeAccessMode{corev1.ReadWriteOnce},
			Resources: corev1.VolumeResourceRequirements{Requests: corev1.ResourceList{
				corev1.ResourceStorage: sizeOr(s.storage, s.size),
			}},
		},
	}
	if s.storage != nil {
		c.Spec.StorageClassName = s.storage.StorageClassName
	}
	return c
}

// serverPod is the Pod of a server: unprivileged, without a token, and writing nowhere but to its volume and /tmp.
func serverPod(user int64, main corev1.Container, volumes ...corev1.Volume) corev1.PodSpec {
	main.SecurityContext = containerSecurity()
	main.VolumeMounts = append(main.VolumeMounts, dataMount(), tmpMount())
	return corev1.PodSpec{
		AutomountServiceAccountToken: new(false),
		EnableServiceLinks:           new(false),
		SecurityContext:              podSecurity(user),
		Containers:                   []corev1.Container{main},
		Volumes:                      append(volumes, tmp()),
	}
}

func dataMount() corev1.VolumeMount { return corev1.VolumeMount{Name: "data", MountPath: "/data"} }
