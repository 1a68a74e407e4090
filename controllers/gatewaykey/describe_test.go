package gatewaykey

import (
	"testing"
	"time"

	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/fairlead-dev/fairlead/api/v1alpha1"
	"github.com/fairlead-dev/fairlead/controllers/compile"
	"github.com/fairlead-dev/fairlead/controllers/internal/testkit"
	"github.com/fairlead-dev/fairlead/controllers/status"
)

// TestReady: what Ready sums up, and in which order.
func TestReady(t *testing.T) {
	now := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	at := func(d time.Duration) *metav1.Time { return new(metav1.NewTime(now.Add(d))) }
	good := compile.KeyResult{KeyID: "0123456789abcdef", Policy: &v1alpha1.KeyPolicy{}}
	for name, tc := range map[string]struct {
		compiled   compile.KeyResult
		expires    *metav1.Time
		programmed bool
		want       string
	}{
		"Ready":          {compiled: good, programmed: true, want: v1alpha1.ReasonReady},
		"ExpiresLater":   {compiled: good, expires: at(1), programmed: true, want: v1alpha1.ReasonReady},
		"ExpiresNow":     {compiled: good, expires: at(0), programmed: true, want: v1alpha1.ReasonExpired},
		"ExpiredPending": {compiled: good, expires: at(-1), want: v1alpha1.ReasonExpired},
		"Pending":        {compiled: good, want: v1alpha1.ReasonNotProgrammed},
		"NotAccepted": {
			compiled: compile.KeyResult{Accepted: &compile.Problem{Reason: v1alpha1.ReasonConflicted}}, expires: at(-1),
			want: v1alpha1.ReasonConflicted,
		},
		"Revoked": {
			compiled: compile.KeyResult{ResolvedRefs: &compile.Problem{Reason: v1alpha1.ReasonSecretNotFound}}, expires: at(-1),
			want: v1alpha1.ReasonSecretNotFound,
		},
	} {
		t.Run(name, func(t *testing.T) {
			key := testkit.Key("ai", "ci", func(k *v1alpha1.GatewayKey) { k.Spec.ExpiresAt = tc.expires })
			key.Status.KeyID = "before"
			programmed := status.False(v1alpha1.ConditionProgrammed, 0, v1alpha1.ReasonPending, "Waiting.")
			if tc.programmed {
				programmed = status.True(v1alpha1.ConditionProgrammed, 0, v1alpha1.ReasonProgrammed, "Done.")
			}
			describe(key, tc.compiled, programmed, now)
			ready := meta.FindStatusCondition(key.Status.Conditions, v1alpha1.ConditionReady)
			if ready.Reason != tc.want || (ready.Status == metav1.ConditionTrue) != (tc.want == v1alpha1.ReasonReady) {
				t.Errorf("Ready is %s %s, want %s", ready.Status, ready.Reason, tc.want)
			}
			if tc.compiled.KeyID == "" && key.Status.KeyID != "before" {
				t.Error("the name of a key that is gone is forgotten")
			}
		})
	}
}

// TestEarlier: no wait is later than any.
func TestEarlier(t *testing.T) {
	for _, tc := range [][3]time.Duration{{0, 0, 0}, {1, 0, 1}, {0, 2, 2}, {1, 2, 1}, {3, 2, 2}} {
		if got := earlier(tc[0], tc[1]); got != tc[2] {
			t.Errorf("earlier(%d, %d) = %d, want %d", tc[0], tc[1], got, tc[2])
		}
	}
}
