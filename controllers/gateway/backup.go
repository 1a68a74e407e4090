package gateway

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/fairlead-dev/fairlead/api/v1alpha1"
	"github.com/fairlead-dev/fairlead/controllers/render"
	"github.com/fairlead-dev/fairlead/controllers/status"
)

// backupState is what became of the backups of a managed PostgreSQL.
type backupState struct {
	// last is when the newest one was finished, or nil.
	last *metav1.Time
	// failed says that the last one did; empty where it did not.
	failed string
}

// gatherBackup reads what became of the backups, whoever started them.
func (r *Reconciler) gatherBackup(ctx context.Context, g *v1alpha1.Gateway) (backupState, error) {
	var state backupState
	if g.Status.Postgres != nil {
		state.last = g.Status.Postgres.LastBackupTime
	}
	if g.Spec.Postgres == nil || g.Spec.Postgres.Backup == nil {
		return state, nil
	}
	cron, name := &batchv1.CronJob{}, render.BackupName(g.Name)
	err := r.Client.Get(ctx, types.NamespacedName{Namespace: g.Namespace, Name: name}, cron)
	if client.IgnoreNotFound(err) != nil {
		return state, fmt.Errorf("reading CronJob %s: %w", name, err)
	}
	if t := cron.Status.LastSuccessfulTime; t != nil && (state.last == nil || state.last.Before(t)) {
		state.last = t
	}
	jobs := &batchv1.JobList{}
	if err := r.Client.List(ctx, jobs, client.InNamespace(g.Namespace), client.MatchingLabels(render.BackupJobs(g))); err != nil {
		return state, fmt.Errorf("listing the Jobs of backups: %w", err)
	}
	state.failed = failedBackup(jobs.Items)
	return state, nil
}

// failedBackup says that the last of the Jobs that came to an end failed, as a sentence; empty where it did not. Of Jobs of the same second
// it is always the same one that counts: they are listed in any order.
func failedBackup(jobs []batchv1.Job) string {
	ended := slices.DeleteFunc(slices.Clone(jobs), func(j batchv1.Job) bool { return ending(&j) == nil })
	if len(ended) == 0 {
		return ""
	}
	last := slices.MaxFunc(ended, func(a, b batchv1.Job) int {
		return cmp.Or(a.CreationTimestamp.Compare(b.CreationTimestamp.Time), cmp.Compare(a.Name, b.Name))
	})
	if ending(&last).Type != batchv1.JobFailed {
		return ""
	}
	return fmt.Sprintf("The last backup failed (%s): the log of Job %s says why.", ending(&last).Reason, last.Name)
}

// ending is the condition that says how a Job ended; nil while it has not.
func ending(j *batchv1.Job) *batchv1.JobCondition {
	for i := range j.Status.Conditions {
		c := &j.Status.Conditions[i]
		if c.Status == corev1.ConditionTrue && (c.Type == batchv1.JobComplete || c.Type == batchv1.JobFailed) {
			return c
		}
	}
	return nil
}

// announceBackup records an event when the last backup failed, once: when the condition begins to say so. While it speaks of a database
// that does not run, that is the news.
func (r *Reconciler) announceBackup(after *v1alpha1.Gateway, before []metav1.Condition, s surroundings) {
	failed := s.stores.backup.failed
	if failed == "" || says(before, failed) || !says(after.Status.Conditions, failed) {
		return
	}
	status.Tell(r.Events, after, corev1.EventTypeWarning, status.EventBackupFailed, failed)
}

// says whether the condition of PostgreSQL holds a sentence.
func says(conditions []metav1.Condition, sentence string) bool {
	c := meta.FindStatusCondition(conditions, v1alpha1.ConditionPostgresReady)
	return c != nil && strings.Contains(c.Message, sentence)
}
