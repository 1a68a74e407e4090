package gateway

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"

	"github.com/fairlead-dev/fairlead/api/v1alpha1"
	"github.com/fairlead-dev/fairlead/controllers/compile"
	"github.com/fairlead-dev/fairlead/controllers/probe"
)

// TestBeforeTheFirstAnswer: an operator that has just started, and one that reads a new password, know nothing of an external store. What
// was said of it before goes on being said, as long as the spec is the same one: no restart writes a status.
func TestBeforeTheFirstAnswer(t *testing.T) {
	condition := func(s metav1.ConditionStatus, generation int64, reason, message string) metav1.Condition {
		return metav1.Condition{Type: v1alpha1.ConditionRedisReady, Status: s, ObservedGeneration: generation, Reason: reason, Message: message}
	}
	pending := condition(metav1.ConditionFalse, 2, v1alpha1.ReasonPending, "Redis has not been asked yet.")
	well := condition(metav1.ConditionTrue, 2, v1alpha1.ReasonAvailable, "Redis answers.")
	away := condition(metav1.ConditionFalse, 2, v1alpha1.ReasonUnavailable, "Redis does not answer: connection refused.")
	for name, tc := range map[string]struct {
		before []metav1.Condition
		want   metav1.Condition
	}{
		"Never":      {nil, pending},
		"Well":       {[]metav1.Condition{well}, well},
		"Away":       {[]metav1.Condition{away}, away},
		"OtherSpec":  {[]metav1.Condition{condition(metav1.ConditionTrue, 1, v1alpha1.ReasonAvailable, "Redis is ready.")}, pending},
		"StillAsked": {[]metav1.Condition{pending}, pending},
		"NoSecret": {
			[]metav1.Condition{condition(metav1.ConditionFalse, 2, v1alpha1.ReasonUnavailable, "Its Secrets do not say how Redis is reached.")}, pending,
		},
	} {
		t.Run(name, func(t *testing.T) {
			g := &v1alpha1.Gateway{ObjectMeta: metav1.ObjectMeta{Namespace: "ai", Name: "main", Generation: 2}}
			g.Spec.Redis = &v1alpha1.Store{
				Mode: v1alpha1.StoreExternal, External: &v1alpha1.ExternalStore{SecretRef: v1alpha1.SecretReference{Name: "redis"}},
			}
			g.Status.Conditions = tc.before
			r := Reconciler{prober: probe.New(func(types.NamespacedName) {})}
			got := r.redisReady(g, surroundings{secrets: compile.Secrets{"redis": {"host": []byte("h")}}})
			if diff := cmp.Diff(tc.want, got); diff != "" {
				t.Errorf("condition (-want +got):\n%s", diff)
			}
		})
	}
}
