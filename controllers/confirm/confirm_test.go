package confirm_test

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	coordinationv1 "k8s.io/api/coordination/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/fairlead-dev/fairlead/api/v1alpha1"
	"github.com/fairlead-dev/fairlead/controllers/confirm"
)

func pod(name string, ready corev1.ConditionStatus) corev1.Pod {
	return corev1.Pod{
		ObjectMeta: metav1.ObjectMeta{Name: name},
		Status:     corev1.PodStatus{Conditions: []corev1.PodCondition{{Type: corev1.PodReady, Status: ready}}},
	}
}

func lease(name, annotation string, renewed time.Time) coordinationv1.Lease {
	at := metav1.NewMicroTime(renewed)
	return coordinationv1.Lease{
		ObjectMeta: metav1.ObjectMeta{Name: name, Annotations: map[string]string{v1alpha1.AnnotationConfirmation: annotation}},
		Spec:       coordinationv1.LeaseSpec{RenewTime: &at, LeaseDurationSeconds: new(int32(30))},
	}
}

// TestReplicas: only ready Pods count, and only with a Lease that can be read and has not run out.
func TestReplicas(t *testing.T) {
	now := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	said := v1alpha1.Confirmation{ModelAliases: "7", Digest: "d"}
	encoded, err := json.Marshal(said)
	if err != nil {
		t.Fatal(err)
	}
	pods := []corev1.Pod{
		pod("late", "True"), pod("good", "True"), pod("starting", "False"), pod("mute", "True"), pod("garbled", "True"),
	}
	leases := []coordinationv1.Lease{
		lease("good", string(encoded), now.Add(-29*time.Second)), lease("late", string(encoded), now.Add(-30*time.Second)),
		lease("starting", string(encoded), now), lease("gone", string(encoded), now), lease("garbled", "{", now),
	}
	want := []confirm.Replica{{Pod: "garbled"}, {Pod: "good", Confirmation: &said}, {Pod: "late"}, {Pod: "mute"}}
	if diff := cmp.Diff(want, confirm.Replicas(pods, leases, now)); diff != "" {
		t.Errorf("replicas (-want +got):\n%s", diff)
	}
}

func TestIncludes(t *testing.T) {
	for name, tc := range map[string]struct {
		seen, wanted string
		want         bool
	}{
		"Same":        {"7", "7", true},
		"Later":       {"10", "9", true},
		"Earlier":     {"9", "10", false},
		"NothingSeen": {"", "1", false},
		"Nonsense":    {"seven", "1", false},
	} {
		t.Run(name, func(t *testing.T) {
			if got := confirm.Includes(tc.seen, tc.wanted); got != tc.want {
				t.Errorf("Includes(%q, %q) = %v", tc.seen, tc.wanted, got)
			}
		})
	}
}
