package status_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/tools/events"

	"github.com/fairlead-dev/fairlead/api/v1alpha1"
	"github.com/fairlead-dev/fairlead/controllers/status"
)

// TestAnnounce: a problem is told once when it appears and once when it goes; what is merely not there yet is not told.
func TestAnnounce(t *testing.T) {
	const kind = v1alpha1.ConditionResolvedRefs
	ok := status.True(kind, 1, v1alpha1.ReasonResolvedRefs, "Fine.")
	missing := status.False(kind, 1, v1alpha1.ReasonSecretNotFound, "No Secret.")
	empty := status.False(kind, 1, v1alpha1.ReasonSecretKeyMissing, "No key.")
	pending := status.False(v1alpha1.ConditionProgrammed, 1, v1alpha1.ReasonPending, "Waiting.")
	for name, tc := range map[string]struct {
		before, after []metav1.Condition
		want          []string
	}{
		"Appears":      {before: []metav1.Condition{ok}, after: []metav1.Condition{missing}, want: []string{"Warning SecretNotFound No Secret."}},
		"FirstSeen":    {after: []metav1.Condition{missing}, want: []string{"Warning SecretNotFound No Secret."}},
		"Stays":        {before: []metav1.Condition{missing}, after: []metav1.Condition{missing}},
		"IsAnotherOne": {before: []metav1.Condition{missing}, after: []metav1.Condition{empty}, want: []string{"Warning SecretKeyMissing No key."}},
		"Goes":         {before: []metav1.Condition{missing}, after: []metav1.Condition{ok}, want: []string{"Normal Resolved ResolvedRefs is true again."}},
		"OnlyWaits":    {after: []metav1.Condition{pending}},
	} {
		t.Run(name, func(t *testing.T) {
			recorder := events.NewFakeRecorder(10)
			status.Announce(recorder, &v1alpha1.ModelAlias{}, tc.before, tc.after)
			close(recorder.Events)
			var got []string
			for e := range recorder.Events {
				got = append(got, e)
			}
			if diff := cmp.Diff(tc.want, got); diff != "" {
				t.Errorf("events (-want +got):\n%s", diff)
			}
		})
	}
}
