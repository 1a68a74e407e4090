package apply

import (
	"errors"
	"fmt"
	"testing"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/util/validation/field"
)

// TestRefused: what the API server finds wrong is told in the same words whatever order it finds it in; an error that is not
// about the object is none of it.
func TestRefused(t *testing.T) {
	deployment := &appsv1.Deployment{}
	deployment.Namespace, deployment.Name = "ai", "main"
	deployment.SetGroupVersionKind(appsv1.SchemeGroupVersion.WithKind("Deployment"))
	invalid := func(problems ...*field.Error) error {
		return fmt.Errorf("applying: %w", apierrors.NewInvalid(schema.GroupKind{Group: "apps", Kind: "Deployment"}, "main", problems))
	}
	a, b := field.Required(field.NewPath("spec", "a"), "say a"), field.Invalid(field.NewPath("spec", "b"), "2", "is above 1")
	const want = `The API server refuses Deployment "main" in namespace "ai". Correct the spec: ` +
		`spec.a: Required value: say a; spec.b: Invalid value: "2": is above 1.`
	for name, err := range map[string]error{"InOrder": invalid(a, b), "OtherOrder": invalid(b, a), "Twice": invalid(a, b, a)} {
		t.Run(name, func(t *testing.T) {
			if got := refused(deployment, err); got == nil || got.Error() != want {
				t.Errorf("refused = %v, want %s", got, want)
			}
		})
	}
	quota := apierrors.NewForbidden(schema.GroupResource{Resource: "deployments"}, "main", errors.New("exceeded quota: few"))
	gone := &apierrors.StatusError{ErrStatus: metav1.Status{
		Code: 404, Reason: metav1.StatusReasonNotFound, Message: `namespaces "later" not found`, Details: &metav1.StatusDetails{Kind: "namespaces"},
	}}
	for name, tc := range map[string]struct {
		err  error
		want string
	}{
		"Quota":   {quota, `: deployments "main" is forbidden: exceeded quota: few.`},
		"Webhook": {apierrors.NewBadRequest("denied by a webhook"), ": denied by a webhook."},
		"Role":    {apierrors.NewNotFound(schema.GroupResource{Resource: "roles"}, "reader"), `: roles "reader" not found.`},
		"Field": {
			&apierrors.StatusError{ErrStatus: metav1.Status{Code: 500, Message: "failed to create typed patch object (ai/main): .a: field not declared in schema"}},
			": failed to create typed patch object (ai/main): .a: field not declared in schema.",
		},
		"Namespace": {gone, `: namespaces "later" not found.`},
	} {
		t.Run(name, func(t *testing.T) {
			got := refused(deployment, fmt.Errorf("applying: %w", tc.err))
			if want := `The API server refuses Deployment "main" in namespace "ai"` + tc.want; got == nil || got.Error() != want {
				t.Errorf("refused = %v, want %s", got, want)
			}
		})
	}
	ending := apierrors.NewForbidden(schema.GroupResource{Resource: "deployments"}, "main", errors.New("being terminated"))
	ending.ErrStatus.Details.Causes = []metav1.StatusCause{{Type: corev1.NamespaceTerminatingCause}}
	for name, err := range map[string]error{
		"Terminating": ending,
		"NotFound":    apierrors.NewNotFound(schema.GroupResource{Resource: "deployments"}, "main"),
		"Conflict":    apierrors.NewConflict(schema.GroupResource{Resource: "deployments"}, "main", errors.New("newer")),
		"Network":     errors.New("connection refused"),
	} {
		t.Run(name, func(t *testing.T) {
			if got := refused(deployment, err); got != nil {
				t.Errorf("a machine's fault is taken for a mistake: %v", got)
			}
		})
	}
}

// TestMistake: a mistake is found wherever it is in the chain, and what is none is nil.
func TestMistake(t *testing.T) {
	for name, mistake := range map[string]error{"Foreign": &ForeignError{Name: "a"}, "Refused": &RefusedError{Name: "a"}} {
		if got := Mistake(fmt.Errorf("outer: %w", mistake)); !errors.Is(got, mistake) {
			t.Errorf("%s: Mistake = %v", name, got)
		}
	}
	if got := Mistake(errors.New("other")); got != nil {
		t.Errorf("Mistake of another error = %v", got)
	}
	if got := Mistake(nil); got != nil {
		t.Errorf("Mistake of no error = %v", got)
	}
}
