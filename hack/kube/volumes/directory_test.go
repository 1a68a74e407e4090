package volumes

import (
	"os"
	"path/filepath"
	"testing"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// claim returns one that is placed and waits for its volume.
func claim(change func(*corev1.PersistentVolumeClaim)) *corev1.PersistentVolumeClaim {
	name := class
	c := &corev1.PersistentVolumeClaim{
		ObjectMeta: metav1.ObjectMeta{
			Namespace: "ai", Name: "data", UID: "1234", Annotations: map[string]string{selectedNode: "fairlead"},
		},
		Spec: corev1.PersistentVolumeClaimSpec{StorageClassName: &name},
	}
	change(c)
	return c
}

func TestWantsVolume(t *testing.T) {
	other, now := "fast", metav1.Now()
	for name, test := range map[string]struct {
		change func(*corev1.PersistentVolumeClaim)
		want   bool
	}{
		"Placed":     {func(*corev1.PersistentVolumeClaim) {}, true},
		"NotPlaced":  {func(c *corev1.PersistentVolumeClaim) { c.Annotations = nil }, false},
		"HasOne":     {func(c *corev1.PersistentVolumeClaim) { c.Spec.VolumeName = "pvc-1234" }, false},
		"OtherClass": {func(c *corev1.PersistentVolumeClaim) { c.Spec.StorageClassName = &other }, false},
		"NoClass":    {func(c *corev1.PersistentVolumeClaim) { c.Spec.StorageClassName = nil }, false},
		"Going":      {func(c *corev1.PersistentVolumeClaim) { c.DeletionTimestamp = &now }, false},
	} {
		t.Run(name, func(t *testing.T) {
			if got := wantsVolume(claim(test.change)); got != test.want {
				t.Errorf("wantsVolume() = %t, want %t", got, test.want)
			}
		})
	}
}

func TestVolumeLife(t *testing.T) {
	d := directory{root: t.TempDir(), node: "fairlead"}
	volume := d.volumeFor(claim(func(*corev1.PersistentVolumeClaim) {}))
	for range 2 { // a second try after a failure in between must find all in order
		if err := d.create(volume); err != nil {
			t.Fatal(err)
		}
	}
	info, err := os.Stat(filepath.Join(d.root, "pvc-1234"))
	if err != nil || info.Mode().Perm() != 0o777 {
		t.Fatalf("the directory is %v, %v, want it open to every user", info, err)
	}
	if mayBeReclaimed(volume) {
		t.Error("a volume in use may be reclaimed")
	}
	volume.Status.Phase = corev1.VolumeReleased
	if !mayBeReclaimed(volume) {
		t.Error("a released volume may not be reclaimed")
	}
	if err := d.remove(volume); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(filepath.Join(d.root, "pvc-1234")); !os.IsNotExist(err) {
		t.Errorf("Stat() = %v, want the directory gone", err)
	}
}

func TestRemoveStaysInItsRoot(t *testing.T) {
	parent := t.TempDir()
	d := directory{root: filepath.Join(parent, "volumes")}
	precious := filepath.Join(parent, "precious")
	if err := os.Mkdir(precious, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := d.remove(&corev1.PersistentVolume{
		ObjectMeta: metav1.ObjectMeta{Name: "../precious"},
		Spec: corev1.PersistentVolumeSpec{PersistentVolumeSource: corev1.PersistentVolumeSource{
			Local: &corev1.LocalVolumeSource{Path: precious},
		}},
	}); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(precious); err != nil {
		t.Errorf("a directory outside is gone: %v", err)
	}
}

func TestKeptVolumesAreNotReclaimed(t *testing.T) {
	for name, change := range map[string]func(*corev1.PersistentVolume){
		"Foreign": func(v *corev1.PersistentVolume) { v.Annotations[provisionedBy] = "someone.else" },
		"Retain": func(v *corev1.PersistentVolume) {
			v.Spec.PersistentVolumeReclaimPolicy = corev1.PersistentVolumeReclaimRetain
		},
	} {
		t.Run(name, func(t *testing.T) {
			volume := directory{}.volumeFor(claim(func(*corev1.PersistentVolumeClaim) {}))
			volume.Status.Phase = corev1.VolumeReleased
			change(volume)
			if mayBeReclaimed(volume) {
				t.Error("mayBeReclaimed() = true, want false")
			}
		})
	}
}
