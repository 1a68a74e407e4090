package volumes

import (
	"fmt"
	"os"
	"path/filepath"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// Annotations of Kubernetes' contract between scheduler, controller manager and provisioners
// (k8s.io/component-helpers/storage/volume).
const (
	selectedNode  = "volume.kubernetes.io/selected-node"
	provisionedBy = "pv.kubernetes.io/provisioned-by"
)

// directory is the place on one node where volumes are.
type directory struct{ root, node string }

// wantsVolume reports whether a claim is of our class, placed on a node, and has no volume yet.
func wantsVolume(claim *corev1.PersistentVolumeClaim) bool {
	return claim.Spec.StorageClassName != nil && *claim.Spec.StorageClassName == class &&
		claim.Spec.VolumeName == "" && claim.DeletionTimestamp == nil && claim.Annotations[selectedNode] != ""
}

// mayBeReclaimed reports whether a volume is one of ours whose claim is gone and that nobody asked to keep.
func mayBeReclaimed(volume *corev1.PersistentVolume) bool {
	return volume.Annotations[provisionedBy] == provisioner && volume.Status.Phase == corev1.VolumeReleased &&
		volume.Spec.PersistentVolumeReclaimPolicy == corev1.PersistentVolumeReclaimDelete
}

// volumeFor returns the volume of a claim. Its name follows from the claim's UID, so that a second try makes no second volume.
func (d directory) volumeFor(claim *corev1.PersistentVolumeClaim) *corev1.PersistentVolume {
	name := "pvc-" + string(claim.UID)
	mode := corev1.PersistentVolumeFilesystem
	return &corev1.PersistentVolume{
		ObjectMeta: metav1.ObjectMeta{Name: name, Annotations: map[string]string{provisionedBy: provisioner}},
		Spec: corev1.PersistentVolumeSpec{
			Capacity:                      claim.Spec.Resources.Requests,
			AccessModes:                   claim.Spec.AccessModes,
			VolumeMode:                    &mode,
			PersistentVolumeReclaimPolicy: corev1.PersistentVolumeReclaimDelete,
			StorageClassName:              class,
			ClaimRef: &corev1.ObjectReference{
				APIVersion: "v1", Kind: "PersistentVolumeClaim", Namespace: claim.Namespace, Name: claim.Name, UID: claim.UID,
			},
			PersistentVolumeSource: corev1.PersistentVolumeSource{Local: &corev1.LocalVolumeSource{Path: filepath.Join(d.root, name)}},
			NodeAffinity: &corev1.VolumeNodeAffinity{Required: &corev1.NodeSelector{NodeSelectorTerms: []corev1.NodeSelectorTerm{{
				MatchExpressions: []corev1.NodeSelectorRequirement{{
					Key: corev1.LabelHostname, Operator: corev1.NodeSelectorOpIn, Values: []string{d.node},
				}},
			}}}},
		},
	}
}

// create makes a volume's directory, writable for everyone like an emptyDir, because the Pod's user is not known here.
func (d directory) create(volume *corev1.PersistentVolume) error {
	path := volume.Spec.Local.Path
	if err := os.MkdirAll(path, 0o777); err != nil {
		return fmt.Errorf("making the directory of a volume: %w", err)
	}
	if err := os.Chmod(path, 0o777); err != nil { // MkdirAll obeys the umask
		return fmt.Errorf("opening the directory of a volume: %w", err)
	}
	return nil
}

// remove deletes a volume's directory, which it finds by the volume's name: a path that someone wrote into a volume is not trusted.
func (d directory) remove(volume *corev1.PersistentVolume) error {
	if err := os.RemoveAll(filepath.Join(d.root, filepath.Base(volume.Name))); err != nil {
		return fmt.Errorf("removing the directory of a volume: %w", err)
	}
	return nil
}
