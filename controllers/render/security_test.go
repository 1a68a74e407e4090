package render_test

import (
	"testing"

	appsv1 "k8s.io/api/apps/v1"
	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	psaapi "k8s.io/pod-security-admission/api"
	"k8s.io/pod-security-admission/policy"

	"github.com/fairlead-dev/fairlead/controllers/render"
)

// TestPodsAreRestricted evaluates every rendered Pod with the code that the API server's own admission uses.
func TestPodsAreRestricted(t *testing.T) {
	evaluator, err := policy.NewEvaluator(policy.DefaultChecks(), nil)
	if err != nil {
		t.Fatal(err)
	}
	restricted := psaapi.LevelVersion{Level: psaapi.LevelRestricted, Version: psaapi.LatestVersion()}
	pods := 0
	for name, objects := range cases(t) {
		for _, o := range objects {
			template := podOf(o)
			if template == nil {
				continue
			}
			pods++
			for _, r := range evaluator.EvaluatePod(restricted, &template.ObjectMeta, &template.Spec) {
				if !r.Allowed {
					t.Errorf("%s, Pod of %s: %s (%s)", name, o.GetName(), r.ForbiddenReason, r.ForbiddenDetail)
				}
			}
			for _, c := range append(template.Spec.InitContainers, template.Spec.Containers...) {
				if sc := c.SecurityContext; sc == nil || sc.ReadOnlyRootFilesystem == nil || !*sc.ReadOnlyRootFilesystem {
					t.Errorf("%s, Pod of %s: the root file system of %s can be written", name, o.GetName(), c.Name)
				}
			}
		}
	}
	if pods == 0 {
		t.Error("no Pod was evaluated")
	}
}

// TestTokensAreMountedWhereNeeded: only the gateway talks to the API server.
func TestTokensAreMountedWhereNeeded(t *testing.T) {
	for name, objects := range cases(t) {
		for _, o := range objects {
			template := podOf(o)
			if template == nil {
				continue
			}
			_, gateway := o.(*appsv1.Deployment)
			if got := *template.Spec.AutomountServiceAccountToken; got != gateway {
				t.Errorf("%s, Pod of %s: token mounted = %v, want %v", name, o.GetName(), got, gateway)
			}
		}
	}
}

func podOf(o render.Object) *corev1.PodTemplateSpec {
	switch w := o.(type) {
	case *appsv1.Deployment:
		return &w.Spec.Template
	case *appsv1.StatefulSet:
		return &w.Spec.Template
	case *batchv1.CronJob:
		return &w.Spec.JobTemplate.Spec.Template
	}
	return nil
}
