package e2e

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/fairlead-dev/fairlead/api/v1alpha1"
	"github.com/fairlead-dev/fairlead/hack/stack"
)

// rowsOf counts and digests every row of what the gateway keeps in PostgreSQL.
const rowsOf = `SELECT 'events', count(*), md5(string_agg(t::text, '|' ORDER BY t::text)) FROM fairlead.events t
UNION ALL SELECT 'spend', count(*), md5(string_agg(t::text, '|' ORDER BY t::text)) FROM fairlead.spend t`

// TestPasswordsRotateUnderLoad changes the passwords of both stores while requests are accounted for and counted against a limit: none
// fails, none is lost, and neither store is restarted.
func TestPasswordsRotateUnderLoad(t *testing.T) {
	s, c := connect(t)
	metered(t, s, c, "rotation", func() {
		before := storePods(t, s)
		patchGateway(t, s, `{"spec":{"redis":{"managed":{"passwordVersion":%d}},"postgres":{"managed":{"passwordVersion":%[1]d}}}}`,
			passwordVersion(t, s)+1)
		began := time.Now()
		await(t, "the change of the passwords to be over", func(ctx context.Context) (bool, error) {
			var secret corev1.Secret
			if err := s.Client.Get(ctx, inStack(s, stack.Gateway+"-redis"), &secret); err != nil {
				return false, err
			}
			g, err := readGateway(ctx, s)
			if err != nil {
				return false, err
			}
			done := g.Status.Redis != nil && g.Status.Redis.PasswordVersion == g.Spec.Redis.Managed.PasswordVersion &&
				g.Status.Postgres.PasswordVersion == g.Spec.Postgres.Managed.PasswordVersion
			return done && len(secret.Data["previous-password"])+len(secret.Data["next-password"]) == 0, nil
		})
		t.Logf("both passwords were changed in %d ms", time.Since(began).Milliseconds())
		if after := storePods(t, s); after != before {
			t.Errorf("the stores were restarted: %s, and before %s", after, before)
		}
	})
}

// TestPostgresIsRestored backs the database up, deletes its volume, and finds every row again.
func TestPostgresIsRestored(t *testing.T) {
	s, c := connect(t)
	metered(t, s, c, "restored", func() { pause(t, 3*time.Second) })
	patchGateway(t, s, `{"spec":{"postgres":{"backup":{"schedule":"0 0 1 1 *","keep":2,"storage":{"size":"1Gi","reclaimPolicy":"Delete"}}}}}`)
	t.Cleanup(func() {
		kubectl(t, "patch", "-n", s.Namespace, "gateways.fairlead.dev", stack.Gateway, "--type=merge", "-p", `{"spec":{"postgres":{"backup":null}}}`)
		kubectl(t, "delete", "pvc", "-n", s.Namespace, "--ignore-not-found", "--wait=false", stack.Gateway+"-backup")
	})
	awaitPostgres(t, s, true)
	pause(t, 3*time.Second) // what the replicas still had in hand is written
	before := rows(t, s)
	job := &batchv1.Job{ObjectMeta: metav1.ObjectMeta{Namespace: s.Namespace, Name: fmt.Sprintf("backup-%d", time.Now().Unix())}}
	kubectl(t, "create", "job", "-n", s.Namespace, "--from=cronjob/"+stack.Gateway+"-backup", job.Name)
	await(t, "the backup", func(ctx context.Context) (bool, error) {
		err := s.Client.Get(ctx, client.ObjectKeyFromObject(job), job)
		return job.Status.Succeeded == 1, err
	})
	await(t, "the status to say when", func(ctx context.Context) (bool, error) {
		g, err := readGateway(ctx, s)
		return err == nil && g.Status.Postgres != nil && g.Status.Postgres.LastBackupTime != nil, err
	})
	if after := rows(t, s); after != before {
		t.Fatalf("rows were written meanwhile: %s, and before %s", after, before)
	}
	began := time.Now()
	kubectl(t, "delete", "pvc", "-n", s.Namespace, "--wait=false", "data-"+stack.Gateway+"-postgres-0")
	restartStore(t, s, "postgres")
	if after := rows(t, s); after != before {
		t.Errorf("other rows were restored: %s, and before %s", after, before)
	}
	t.Logf("wiped and restored in %d ms: %s", time.Since(began).Milliseconds(), before)
	metered(t, s, c, "restored-again", func() { pause(t, 3*time.Second) })
}

// TestOtherMajorVersionIsRefused names an image of another major version: the database goes on running, and the status says why.
func TestOtherMajorVersionIsRefused(t *testing.T) {
	s, _ := connect(t)
	awaitPostgres(t, s, false) // a test before this one may have ended its backups just now
	before := storePods(t, s)
	g, err := readGateway(t.Context(), s)
	if err != nil {
		t.Fatal(err)
	}
	patchGateway(t, s, `{"spec":{"postgres":{"managed":{"image":"localhost/postgres:99"}}}}`)
	t.Cleanup(func() {
		old := "null"
		if m := g.Spec.Postgres.Managed; m != nil && m.Image != "" {
			old = `"` + m.Image + `"`
		}
		kubectl(t, "patch", "-n", s.Namespace, "gateways.fairlead.dev", stack.Gateway, "--type=merge", "-p", `{"spec":{"postgres":{"managed":{"image":`+old+`}}}}`)
	})
	await(t, "the status to say what is wrong", func(ctx context.Context) (bool, error) {
		g, err := readGateway(ctx, s)
		if err != nil {
			return false, err
		}
		c := meta.FindStatusCondition(g.Status.Conditions, v1alpha1.ConditionPostgresReady)
		return c != nil && c.Reason == v1alpha1.ReasonMajorVersion && strings.Contains(c.Message, "The one before goes on running."), nil
	})
	if after := storePods(t, s); after != before {
		t.Errorf("the stores were restarted: %s, and before %s", after, before)
	}
}

func inStack(s *stack.Stack, name string) types.NamespacedName {
	return types.NamespacedName{Namespace: s.Namespace, Name: name}
}

func readGateway(ctx context.Context, s *stack.Stack) (*v1alpha1.Gateway, error) {
	g := &v1alpha1.Gateway{}
	return g, s.Client.Get(ctx, inStack(s, stack.Gateway), g)
}

// patchGateway changes the spec of the gateway as kubectl does.
func patchGateway(t *testing.T, s *stack.Stack, patch string, args ...any) {
	t.Helper()
	if len(args) > 0 {
		patch = fmt.Sprintf(patch, args...)
	}
	kubectl(t, "patch", "-n", s.Namespace, "gateways.fairlead.dev", stack.Gateway, "--type=merge", "-p", patch)
}

func passwordVersion(t *testing.T, s *stack.Stack) int32 {
	t.Helper()
	g, err := readGateway(t.Context(), s)
	if err != nil {
		t.Fatal(err)
	}
	if g.Status.Redis == nil {
		return 0
	}
	return g.Status.Redis.PasswordVersion
}

// storePods tells the Pods of the stores, and how often their containers were restarted.
func storePods(t *testing.T, s *stack.Stack) string {
	t.Helper()
	var told strings.Builder
	for _, store := range []string{"-redis-0", "-postgres-0"} {
		var pod corev1.Pod
		if err := s.Client.Get(t.Context(), inStack(s, stack.Gateway+store), &pod); err != nil {
			t.Fatal(err)
		}
		restarts := int32(0)
		for _, c := range pod.Status.ContainerStatuses {
			restarts += c.RestartCount
		}
		fmt.Fprintf(&told, "%s %s %d, ", pod.Name, pod.UID, restarts)
	}
	return told.String()
}

// awaitPostgres waits until PostgreSQL runs with the volume of backups, or without it: its Pod is replaced by the one or the other.
func awaitPostgres(t *testing.T, s *stack.Stack, backups bool) {
	t.Helper()
	await(t, fmt.Sprintf("PostgreSQL to run, with backups: %t", backups), func(ctx context.Context) (bool, error) {
		var pod corev1.Pod
		err := s.Client.Get(ctx, inStack(s, stack.Gateway+"-postgres-0"), &pod)
		return err == nil && readyPod(&pod) && mounts(&pod, stack.Gateway+"-backup") == backups, client.IgnoreNotFound(err)
	})
}

// mounts says whether a Pod has the volume of a claim.
func mounts(pod *corev1.Pod, claim string) bool {
	for _, v := range pod.Spec.Volumes {
		if v.PersistentVolumeClaim != nil && v.PersistentVolumeClaim.ClaimName == claim {
			return true
		}
	}
	return false
}

// rows tells what is in the database.
func rows(t *testing.T, s *stack.Stack) string {
	t.Helper()
	return kubectl(t, "exec", "-n", s.Namespace, stack.Gateway+"-postgres-0", "-c", "postgres", "--",
		"psql", "--host=/tmp", "--username=postgres", "--no-align", "--tuples-only", "--command="+rowsOf)
}
