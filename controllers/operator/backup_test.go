package operator_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/fairlead-dev/fairlead/api/v1alpha1"
	"github.com/fairlead-dev/fairlead/controllers/internal/testkit"
	"github.com/fairlead-dev/fairlead/controllers/render"
)

func backedUp(ns string) *v1alpha1.Gateway {
	return testkit.Gateway(ns, "main", func(g *v1alpha1.Gateway) {
		g.Spec.Postgres = &v1alpha1.Postgres{
			Store:  v1alpha1.Store{Mode: v1alpha1.StoreManaged, Managed: &v1alpha1.ManagedStore{}},
			Backup: &v1alpha1.Backup{Schedule: "0 3 * * *"},
		}
	})
}

// owned says whether an object goes with its Gateway.
func owned(t *testing.T, c client.Client, o client.Object, want bool) {
	t.Helper()
	testkit.Eventually(t, func() error {
		testkit.ExpectThere(t, c, o)
		if got := metav1.GetControllerOf(o) != nil; got != want {
			return fmt.Errorf("%T %s is owned: %v", o, o.GetName(), got)
		}
		return nil
	})
}

// TestBackup: the volume of backups outlives the Gateway unless it is told not to, a size that changes is left alone, and what became
// of backups is in the status.
func TestBackup(t *testing.T) {
	c := needCluster(t)
	ns := c.Namespace(t, nil)
	start(t, options(ns))
	gateway := backedUp(ns)
	c.Create(t, gateway)
	cron, claim := &batchv1.CronJob{ObjectMeta: named(ns, "main-backup")}, &corev1.PersistentVolumeClaim{ObjectMeta: named(ns, "main-backup")}
	secret := &corev1.Secret{ObjectMeta: named(ns, "main-postgres")}
	owned(t, c.Client, cron, true)
	owned(t, c.Client, claim, false)
	owned(t, c.Client, secret, false)
	testkit.ReadyStatefulSet(t, c.Client, ns, "main-postgres")
	testkit.ExpectCondition(t, c.Client, gateway, v1alpha1.ConditionPostgresReady, yes, v1alpha1.ReasonAvailable)

	failJob(t, c.Client, cron)
	testkit.Eventually(t, func() error {
		message := testkit.ExpectCondition(t, c.Client, gateway, v1alpha1.ConditionPostgresReady, yes, v1alpha1.ReasonAvailable)
		if !strings.Contains(message, "The last backup failed (BackoffLimitExceeded): the log of Job broken says why.") {
			return errors.New(message)
		}
		return nil
	})
	done := metav1.NewTime(time.Unix(1767225600, 0))
	testkit.Edit(t, c.Client, cron, func(*batchv1.CronJob) {})
	cron.Status.LastSuccessfulTime = &done
	if err := c.Client.Status().Update(t.Context(), cron); err != nil {
		t.Fatal(err)
	}
	testkit.Eventually(t, func() error {
		testkit.ExpectThere(t, c.Client, gateway)
		if p := gateway.Status.Postgres; p == nil || !done.Equal(p.LastBackupTime) {
			return fmt.Errorf("status is %+v", p)
		}
		return nil
	})

	testkit.Edit(t, c.Client, gateway, func(g *v1alpha1.Gateway) {
		deleted := &v1alpha1.Storage{Size: new(resource.MustParse("99Gi")), ReclaimPolicy: v1alpha1.ReclaimDelete}
		g.Spec.Postgres.Backup.Storage, g.Spec.Postgres.Managed.Storage = deleted, deleted
	})
	owned(t, c.Client, claim, true)
	owned(t, c.Client, secret, true)
	testkit.ExpectCondition(t, c.Client, gateway, v1alpha1.ConditionAccepted, yes, v1alpha1.ReasonAccepted)
	if size := claim.Spec.Resources.Requests.Storage().String(); size != "10Gi" {
		t.Errorf("the volume of backups asks for %s", size)
	}
	set := &appsv1.StatefulSet{ObjectMeta: named(ns, "main-postgres")}
	testkit.ExpectThere(t, c.Client, set)
	if p := set.Spec.PersistentVolumeClaimRetentionPolicy; p.WhenDeleted != appsv1.DeletePersistentVolumeClaimRetentionPolicyType {
		t.Errorf("the volume of the database is kept: %+v", p)
	}

	testkit.Edit(t, c.Client, gateway, func(g *v1alpha1.Gateway) { g.Spec.Postgres.Backup = nil })
	testkit.ExpectGone(t, c.Client, cron)
	testkit.ExpectThere(t, c.Client, claim)
}

// TestScheduleIsRefused: what is wrong with a schedule is said once, in words of our own, and is put right by an edit.
func TestScheduleIsRefused(t *testing.T) {
	c := needCluster(t)
	ns := c.Namespace(t, nil)
	start(t, options(ns))
	gateway := backedUp(ns)
	gateway.Spec.Postgres.Backup.Schedule = "every day"
	c.Create(t, gateway)
	message := testkit.ExpectCondition(t, c.Client, gateway, v1alpha1.ConditionAccepted, no, v1alpha1.ReasonInvalid)
	if !strings.HasPrefix(message, `spec.postgres.backup.schedule "every day" cannot be read`) {
		t.Errorf("message = %q", message)
	}
	for _, schedule := range []string{"@every 24h", "@daily"} {
		testkit.Edit(t, c.Client, gateway, func(g *v1alpha1.Gateway) { g.Spec.Postgres.Backup.Schedule = schedule })
		testkit.ExpectCondition(t, c.Client, gateway, v1alpha1.ConditionAccepted, yes, v1alpha1.ReasonAccepted)
	}
	testkit.ExpectThere(t, c.Client, &batchv1.CronJob{ObjectMeta: named(ns, "main-backup")})
}

// failJob makes a Job of the CronJob, as a person would, that has failed.
func failJob(t *testing.T, c client.Client, cron *batchv1.CronJob) {
	t.Helper()
	template := cron.Spec.JobTemplate.DeepCopy()
	job := &batchv1.Job{ObjectMeta: named(cron.Namespace, "broken"), Spec: template.Spec}
	job.Labels = template.Labels
	if err := c.Create(t.Context(), job); err != nil {
		t.Fatal(err)
	}
	now := metav1.NewTime(time.Unix(1767225600, 0))
	job.Status.StartTime = &now
	for _, kind := range []batchv1.JobConditionType{batchv1.JobFailureTarget, batchv1.JobFailed} {
		job.Status.Conditions = append(job.Status.Conditions, batchv1.JobCondition{
			Type: kind, Status: corev1.ConditionTrue, Reason: "BackoffLimitExceeded", LastTransitionTime: now,
		})
	}
	if err := c.Status().Update(t.Context(), job); err != nil {
		t.Fatal(err)
	}
}

// TestMajorVersion: the version on the volume is in the status; an image of another one is not rolled out, and one that was is said to
// be refused in the words of the Pod.
func TestMajorVersion(t *testing.T) {
	c := needCluster(t)
	ns := c.Namespace(t, nil)
	start(t, options(ns))
	gateway := backedUp(ns)
	gateway.Spec.Postgres.Managed.Image = "postgres:17.6"
	c.Create(t, gateway)
	set := &appsv1.StatefulSet{ObjectMeta: named(ns, "main-postgres")}
	testkit.ExpectThere(t, c.Client, set)
	testkit.ReadyPod(t, c.Client, ns, "main-postgres-0", set.Spec.Template.Labels)
	testkit.ReadyStatefulSet(t, c.Client, ns, "main-postgres")
	initEnded(t, c.Client, ns, 0, "17")
	testkit.Eventually(t, func() error {
		testkit.ExpectThere(t, c.Client, gateway)
		if p := gateway.Status.Postgres; p == nil || p.MajorVersion != 17 {
			return fmt.Errorf("status is %+v", p)
		}
		return nil
	})
	testkit.Edit(t, c.Client, gateway, func(g *v1alpha1.Gateway) { g.Spec.Postgres.Managed.Image = "postgres:18.1" })
	message := testkit.ExpectCondition(t, c.Client, gateway, v1alpha1.ConditionPostgresReady, no, v1alpha1.ReasonMajorVersion)
	if want := render.MajorVersionMessage(17, 18) + " The one before goes on running."; message != want {
		t.Errorf("message = %q, want %q", message, want)
	}
	testkit.ExpectThere(t, c.Client, set)
	if image := set.Spec.Template.Spec.Containers[0].Image; image != "postgres:17.6" {
		t.Errorf("%s is rolled out", image)
	}
	testkit.Edit(t, c.Client, gateway, func(g *v1alpha1.Gateway) { g.Spec.Postgres.Managed.Image = "postgres:17.7" })
	testkit.ExpectCondition(t, c.Client, gateway, v1alpha1.ConditionPostgresReady, yes, v1alpha1.ReasonAvailable)

	refusal := render.MajorVersionMessage(17, 18)
	initEnded(t, c.Client, ns, render.ExitVersion, refusal)
	if message := testkit.ExpectCondition(t, c.Client, gateway, v1alpha1.ConditionPostgresReady, no, v1alpha1.ReasonMajorVersion); message != refusal {
		t.Errorf("message = %q, want %q", message, refusal)
	}
}

// initEnded says how the init container of PostgreSQL's Pod ended, as a kubelet would.
func initEnded(t *testing.T, c client.Client, ns string, code int32, message string) {
	t.Helper()
	pod := &corev1.Pod{ObjectMeta: named(ns, "main-postgres-0")}
	testkit.ExpectThere(t, c, pod)
	pod.Status.InitContainerStatuses = []corev1.ContainerStatus{{
		Name:  render.InitContainer,
		State: corev1.ContainerState{Terminated: &corev1.ContainerStateTerminated{ExitCode: code, Message: message}},
	}}
	if err := c.Status().Update(t.Context(), pod); err != nil {
		t.Fatal(err)
	}
}
