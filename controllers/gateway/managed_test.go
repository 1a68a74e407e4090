package gateway

import (
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	appsv1 "k8s.io/api/apps/v1"
	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/fairlead-dev/fairlead/api/v1alpha1"
	"github.com/fairlead-dev/fairlead/controllers/compile"
	"github.com/fairlead-dev/fairlead/controllers/render"
)

// TestRotate: each step needs the one before it in the Secret, and none is taken that the store did not agree to.
func TestRotate(t *testing.T) {
	refused := errors.New("no")
	agree := func(render.Password) error { return nil }
	free := func(is bool) func() bool { return func() bool { return is } }
	for name, tc := range map[string]struct {
		password, want render.Password
		wanted         int32
		down           bool
		r              rotation
		stuck          string
	}{
		"NothingWanted":   {password: render.Password{Value: "a", Version: 2}, wanted: 2, want: render.Password{Value: "a", Version: 2}},
		"LowerWanted":     {password: render.Password{Value: "a", Version: 2}, wanted: 1, want: render.Password{Value: "a", Version: 2}},
		"NotReady":        {password: render.Password{Value: "a"}, wanted: 1, down: true, want: render.Password{Value: "a"}},
		"Put":             {password: render.Password{Value: "a", Next: "b"}, wanted: 1, r: rotation{put: agree, retire: agree}, want: render.Password{Value: "b", Version: 1, Previous: "a"}},
		"PutOneAtATime":   {password: render.Password{Value: "a", Next: "b"}, wanted: 1, r: rotation{put: agree}, want: render.Password{Value: "b", Version: 1}},
		"PutSkipsAhead":   {password: render.Password{Value: "a", Next: "b"}, wanted: 7, r: rotation{put: agree}, want: render.Password{Value: "b", Version: 7}},
		"PutAfterAll":     {password: render.Password{Value: "a", Next: "b"}, r: rotation{put: agree}, want: render.Password{Value: "b", Version: 1}},
		"PutRefused":      {password: render.Password{Value: "a", Next: "b"}, wanted: 1, r: rotation{put: func(render.Password) error { return refused }}, want: render.Password{Value: "a", Next: "b"}, stuck: "no"},
		"StillUsed":       {password: render.Password{Value: "b", Previous: "a"}, r: rotation{letGo: free(false)}, want: render.Password{Value: "b", Previous: "a"}},
		"Retire":          {password: render.Password{Value: "b", Previous: "a"}, r: rotation{letGo: free(true), retire: agree}, want: render.Password{Value: "b"}},
		"RetireThenAgain": {password: render.Password{Value: "b", Version: 1, Previous: "a"}, wanted: 2, r: rotation{letGo: free(true), retire: agree}, want: render.Password{Value: "b", Version: 1}},
		"RetireRefused":   {password: render.Password{Value: "b", Previous: "a"}, r: rotation{letGo: free(true), retire: func(render.Password) error { return refused }}, want: render.Password{Value: "b", Previous: "a"}, stuck: "no"},
	} {
		t.Run(name, func(t *testing.T) {
			m, set := managedStore{password: tc.password}, &appsv1.StatefulSet{}
			if !tc.down {
				set.Status.ReadyReplicas = 1
			}
			store := &v1alpha1.Store{Mode: v1alpha1.StoreManaged, Managed: &v1alpha1.ManagedStore{PasswordVersion: tc.wanted}}
			stepped := m.rotate(store, set, tc.r)
			if diff := cmp.Diff(tc.want, m.password); diff != "" || m.stuck != tc.stuck {
				t.Errorf("stuck = %q, password (-want +got):\n%s", m.stuck, diff)
			}
			if stepped != (m.password != tc.password) {
				t.Errorf("stepped = %v", stepped)
			}
		})
	}
	m, set := managedStore{password: render.Password{Value: "a"}}, &appsv1.StatefulSet{}
	set.Status.ReadyReplicas = 1
	store := &v1alpha1.Store{Mode: v1alpha1.StoreManaged, Managed: &v1alpha1.ManagedStore{PasswordVersion: 1}}
	if !m.rotate(store, set, rotation{}) || len(m.password.Next) < 40 || m.password.Value != "a" {
		t.Errorf("a rotation begins with %d characters of a next password", len(m.password.Next))
	}
}

func TestHeldImage(t *testing.T) {
	for name, tc := range map[string]struct {
		wanted, running string
		major           int32
		want            string
	}{
		"SameMajor":      {"postgres:17.7", "postgres:17.6", 17, ""},
		"OtherMajor":     {"postgres:18.0@sha256:0", "r.io:5000/pg/postgres:17.6-bookworm", 17, "r.io:5000/pg/postgres:17.6-bookworm"},
		"OlderMajor":     {"postgres:16", "postgres:17", 17, "postgres:17"},
		"BuiltInIsOther": {"", "postgres:17", 17, "postgres:17"},
		"NoTag":          {"r.io:5000/postgres", "postgres:17", 17, ""},
		"WordForATag":    {"postgres:latest", "postgres:17", 17, ""},
		"OtherVersion":   {"timescale/timescaledb:2.17.2-pg17", "postgres:17", 17, ""},
		"DateForATag":    {"postgres:20260101", "postgres:17", 17, ""},
		"UnknownMajor":   {"postgres:18", "postgres:17", 0, ""},
		"NothingRuns":    {"postgres:18", "", 17, ""},
		"RefusedAlready": {"postgres:19", "postgres:18", 17, ""},
	} {
		t.Run(name, func(t *testing.T) {
			g, set := &v1alpha1.Gateway{}, &appsv1.StatefulSet{}
			g.Spec.Postgres = &v1alpha1.Postgres{Store: v1alpha1.Store{
				Mode: v1alpha1.StoreManaged, Managed: &v1alpha1.ManagedStore{Image: tc.wanted},
			}}
			if tc.running != "" {
				set.Spec.Template.Spec.Containers = []corev1.Container{{Image: tc.running}}
			}
			if got := heldImage(g, set, tc.major, render.Images{Postgres: "postgres:18"}); got != tc.want {
				t.Errorf("held = %q, want %q", got, tc.want)
			}
		})
	}
}

// TestRefusal: what the init container says becomes the condition, while it waits to be started again as well.
func TestRefusal(t *testing.T) {
	ended := func(code int32, message string) corev1.ContainerState {
		return corev1.ContainerState{Terminated: &corev1.ContainerStateTerminated{ExitCode: code, Message: message}}
	}
	waiting := corev1.ContainerState{Waiting: &corev1.ContainerStateWaiting{Reason: "CrashLoopBackOff"}}
	for name, tc := range map[string]struct {
		now, last corev1.ContainerState
		want      string
	}{
		"Version":     {ended(render.ExitVersion, "Other."), corev1.ContainerState{}, v1alpha1.ReasonMajorVersion},
		"Waiting":     {waiting, ended(render.ExitVersion, "Other."), v1alpha1.ReasonMajorVersion},
		"Restore":     {waiting, ended(render.ExitRestore, "Torn."), v1alpha1.ReasonRestoreFailed},
		"Foreign":     {waiting, ended(render.ExitForeign, "Foreign."), v1alpha1.ReasonUnavailable},
		"AnotherCode": {waiting, ended(1, "initdb: some words that change"), ""},
		"WithoutWord": {waiting, ended(render.ExitVersion, ""), ""},
		"Succeeded":   {ended(0, "17"), ended(render.ExitVersion, "Other."), ""},
	} {
		t.Run(name, func(t *testing.T) {
			pod := corev1.Pod{Status: corev1.PodStatus{InitContainerStatuses: []corev1.ContainerStatus{{
				Name: render.InitContainer, State: tc.now, LastTerminationState: tc.last,
			}}}}
			if got, _ := (managedStore{pods: []corev1.Pod{pod}}).refusal(); got != tc.want {
				t.Errorf("reason = %q, want %q", got, tc.want)
			}
		})
	}
}

func TestFailedBackup(t *testing.T) {
	job := func(name string, minute int, kind batchv1.JobConditionType) batchv1.Job {
		j := batchv1.Job{ObjectMeta: metav1.ObjectMeta{Name: name, CreationTimestamp: metav1.NewTime(time.Unix(int64(60*minute), 0))}}
		if kind != "" {
			j.Status.Conditions = []batchv1.JobCondition{{Type: kind, Status: corev1.ConditionTrue, Reason: "BackoffLimitExceeded"}}
		}
		return j
	}
	failed := "The last backup failed (BackoffLimitExceeded): the log of Job b says why."
	for name, tc := range map[string]struct {
		jobs []batchv1.Job
		want string
	}{
		"None":         {nil, ""},
		"Running":      {[]batchv1.Job{job("a", 1, "")}, ""},
		"Succeeded":    {[]batchv1.Job{job("b", 1, batchv1.JobFailed), job("a", 2, batchv1.JobComplete)}, ""},
		"Failed":       {[]batchv1.Job{job("b", 2, batchv1.JobFailed), job("a", 1, batchv1.JobComplete)}, failed},
		"SameSecond":   {[]batchv1.Job{job("a", 1, batchv1.JobComplete), job("b", 1, batchv1.JobFailed)}, failed},
		"RunningAgain": {[]batchv1.Job{job("b", 2, batchv1.JobFailed), job("c", 3, "")}, failed},
	} {
		t.Run(name, func(t *testing.T) {
			if got := failedBackup(tc.jobs); got != tc.want {
				t.Errorf("%q, want %q", got, tc.want)
			}
			slices.Reverse(tc.jobs)
			if got := failedBackup(tc.jobs); got != tc.want {
				t.Errorf("listed the other way round: %q, want %q", got, tc.want)
			}
		})
	}
}

// TestStillAt: a spec that is not served keeps the stores of before, and these keep their newest passwords.
func TestStillAt(t *testing.T) {
	old := compile.StoreAddress{URI: "redis://:old@main-redis:6379/0"}
	for name, tc := range map[string]struct{ wanted, want string }{
		"NewPassword": {"redis://:new@main-redis:6379/0", "redis://:new@main-redis:6379/0"},
		"OtherHost":   {"redis://:new@other:6379/0", old.URI},
		"None":        {"", old.URI},
	} {
		t.Run(name, func(t *testing.T) {
			if got := stillAt(old, compile.StoreAddress{URI: tc.wanted}); got.URI != tc.want {
				t.Errorf("served %q, want %q", got.URI, tc.want)
			}
		})
	}
}
