package gateway

import (
	"testing"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/tools/events"

	"github.com/fairlead-dev/fairlead/api/v1alpha1"
	"github.com/fairlead-dev/fairlead/controllers/render"
	"github.com/fairlead-dev/fairlead/controllers/status"
)

// TestAnnounceBackup: a failed backup is told of when the condition begins to say so, and not again each time the gateway is looked at:
// not even while the database is away, when the condition speaks of that.
func TestAnnounceBackup(t *testing.T) {
	const failed = "The last backup failed (BackoffLimitExceeded): the log of Job b says why."
	g := &v1alpha1.Gateway{}
	g.Spec.Postgres = &v1alpha1.Postgres{Store: v1alpha1.Store{
		Mode: v1alpha1.StoreManaged, Managed: &v1alpha1.ManagedStore{Image: "postgres:18"},
	}}
	well := status.True(v1alpha1.ConditionPostgresReady, 1, v1alpha1.ReasonAvailable, "PostgreSQL is ready.")
	away := status.False(v1alpha1.ConditionPostgresReady, 1, v1alpha1.ReasonPending, "No Pod is ready.")
	for name, tc := range map[string]struct {
		before, now metav1.Condition
		failed      string
		held        bool
		want        int
	}{
		"Well":           {before: well, now: well},
		"Fails":          {before: well, now: well, failed: failed, want: 1},
		"HasFailed":      {before: status.True(well.Type, 1, well.Reason, well.Message+" "+failed), now: well, failed: failed},
		"FailedBefore":   {before: status.True(well.Type, 1, well.Reason, "PostgreSQL is ready. Job a failed."), now: well, failed: failed, want: 1},
		"DatabaseIsAway": {before: away, now: away, failed: failed},
		"Held":           {before: well, now: well, failed: failed, held: true, want: 1},
	} {
		t.Run(name, func(t *testing.T) {
			s := surroundings{stores: managedStores{backup: backupState{failed: tc.failed}}}
			if tc.held {
				s.stores.heldImage = "postgres:17"
			}
			after, recorder := g.DeepCopy(), events.NewFakeRecorder(10)
			after.Status.Conditions = []metav1.Condition{s.postgresHeld(g, render.Images{}, tc.now)}
			r := Reconciler{Events: recorder}
			r.announceBackup(after, []metav1.Condition{tc.before}, s)
			if got := len(recorder.Events); got != tc.want {
				t.Errorf("%d events, want %d", got, tc.want)
			}
			r.announceBackup(after, after.Status.Conditions, s)
			if got := len(recorder.Events); got != tc.want {
				t.Errorf("%d events once the condition is written, want %d", got, tc.want)
			}
		})
	}
}
