package status_test

import (
	"errors"
	"testing"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/client/fake"

	"github.com/fairlead-dev/fairlead/api/v1alpha1"
	"github.com/fairlead-dev/fairlead/controllers/status"
)

func TestResult(t *testing.T) {
	aliases := schema.GroupResource{Group: v1alpha1.Group, Resource: "modelaliases"}
	machine := errors.New("connection refused")
	for name, tc := range map[string]struct {
		after   time.Duration
		err     error
		again   bool
		wantErr error
	}{
		"Done":     {},
		"Wait":     {after: time.Second, again: true},
		"Conflict": {err: apierrors.NewConflict(aliases, "a", nil), again: true},
		"Fault":    {err: machine, wantErr: machine},
	} {
		t.Run(name, func(t *testing.T) {
			result, err := status.Result(tc.after, tc.err)
			if !errors.Is(err, tc.wantErr) || (result.RequeueAfter > 0) != tc.again {
				t.Errorf("Result = %+v, %v", result, err)
			}
		})
	}
	if _, err := status.Result(0, apierrors.NewNotFound(aliases, "a")); err == nil {
		t.Error("something else than the object itself was not found, and nobody is told")
	}
}

// TestWrite: nothing is sent where nothing differs, a newer version is not written over, and an object that was deleted
// meanwhile needs nothing more.
func TestWrite(t *testing.T) {
	c := serving(t)
	before := read(t, c)
	if err := status.Write(t.Context(), c, before, before.DeepCopy()); err != nil {
		t.Errorf("writing what is there already: %v", err)
	}
	if got := read(t, c).ResourceVersion; got != before.ResourceVersion {
		t.Errorf("writing what is there already made version %s of %s", got, before.ResourceVersion)
	}
	after := saying(before, "chat")
	if err := status.Write(t.Context(), c, before, after); err != nil || read(t, c).Status.Model != "chat" {
		t.Errorf("writing a change: %v, %+v", err, read(t, c).Status)
	}

	err := status.Write(t.Context(), c, before, saying(before, "late"))
	if result, rest := status.Result(0, err); !apierrors.IsConflict(err) || rest != nil || result.RequeueAfter == 0 {
		t.Errorf("writing over a newer version: %v, then %+v, %v", err, result, rest)
	}
	if err := c.Delete(t.Context(), read(t, c)); err != nil {
		t.Fatal(err)
	}
	err = status.Write(t.Context(), c, after, saying(after, "too late"))
	if result, rest := status.Result(0, err); err == nil || rest != nil || result.RequeueAfter != 0 {
		t.Errorf("writing what is deleted: %v, then %+v, %v", err, result, rest)
	}
}

// serving returns a client of an API server that has one alias.
func serving(t *testing.T) client.Client {
	t.Helper()
	scheme := runtime.NewScheme()
	if err := v1alpha1.AddToScheme(scheme); err != nil {
		t.Fatal(err)
	}
	alias := &v1alpha1.ModelAlias{}
	alias.Namespace, alias.Name = "ns", "a"
	return fake.NewClientBuilder().WithScheme(scheme).WithObjects(alias).WithStatusSubresource(alias).Build()
}

func read(t *testing.T, c client.Client) *v1alpha1.ModelAlias {
	t.Helper()
	a := &v1alpha1.ModelAlias{}
	if err := c.Get(t.Context(), client.ObjectKey{Namespace: "ns", Name: "a"}, a); err != nil {
		t.Fatal(err)
	}
	return a
}

// saying returns a copy with another status.
func saying(a *v1alpha1.ModelAlias, model string) *v1alpha1.ModelAlias {
	a = a.DeepCopy()
	a.Status.Model = model
	return a
}
