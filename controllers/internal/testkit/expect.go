package testkit

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/wait"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/fairlead-dev/fairlead/api/v1alpha1"
)

// patience is how long anything may take to become true: long, because a machine under load is no failure.
const patience = 60 * time.Second

// Eventually waits until check returns nil, and fails the test with its last error if it never does.
func Eventually(t testing.TB, check func() error) {
	t.Helper()
	var last error
	err := wait.PollUntilContextTimeout(t.Context(), 20*time.Millisecond, patience, true, func(context.Context) (bool, error) {
		last = check()
		return last == nil, nil
	})
	if err != nil {
		t.Fatalf("still not so after %s: %v", patience, last)
	}
}

// ExpectCondition waits until o has a condition of its present generation with that status and reason, checks its whole status
// by the rules for all, and leaves o as it was read. It returns the condition's message.
func ExpectCondition(t testing.TB, c client.Client, o client.Object, kind string, s metav1.ConditionStatus, reason string) string {
	t.Helper()
	var message string
	Eventually(t, func() error {
		if err := c.Get(t.Context(), client.ObjectKeyFromObject(o), o); err != nil {
			return err
		}
		got := meta.FindStatusCondition(Conditions(o), kind)
		if got == nil || got.Status != s || got.Reason != reason || got.ObservedGeneration != o.GetGeneration() {
			return fmt.Errorf("%T %s generation %d: want %s=%s %s, got %s", o, o.GetName(), o.GetGeneration(), kind, s, reason, show(o))
		}
		message = got.Message
		return nil
	})
	for _, problem := range Lint(o) {
		t.Errorf("status of %s: %s", o.GetName(), problem)
	}
	return message
}

// ExpectGone waits until an object does not exist.
func ExpectGone(t testing.TB, c client.Client, o client.Object) {
	t.Helper()
	Eventually(t, func() error {
		err := c.Get(t.Context(), client.ObjectKeyFromObject(o), o)
		if err == nil {
			return fmt.Errorf("%T %s exists", o, o.GetName())
		}
		return client.IgnoreNotFound(err)
	})
}

// ExpectThere waits until an object exists and reads it.
func ExpectThere(t testing.TB, c client.Client, o client.Object) {
	t.Helper()
	Eventually(t, func() error { return c.Get(t.Context(), client.ObjectKeyFromObject(o), o) })
}

// Conditions returns the conditions of an object of the project's kinds.
func Conditions(o client.Object) []metav1.Condition {
	switch o := o.(type) {
	case *v1alpha1.Gateway:
		return o.Status.Conditions
	case *v1alpha1.GatewayKey:
		return o.Status.Conditions
	case *v1alpha1.ModelAlias:
		return o.Status.Conditions
	case *v1alpha1.ModelProvider:
		return o.Status.Conditions
	}
	return nil
}

// Remove deletes objects at the end of a test, so that the operator of the next one has nothing to do with them.
func Remove(t testing.TB, c client.Client, objects ...client.Object) {
	t.Helper()
	t.Cleanup(func() {
		for _, o := range objects {
			if err := c.Delete(context.WithoutCancel(t.Context()), o); err != nil && !apierrors.IsNotFound(err) {
				t.Errorf("deleting %s: %v", o.GetName(), err)
			}
		}
	})
}

func show(o client.Object) string {
	var all strings.Builder
	for _, c := range Conditions(o) {
		fmt.Fprintf(&all, "\n  %s=%s %s@%d (%s)", c.Type, c.Status, c.Reason, c.ObservedGeneration, c.Message)
	}
	return all.String()
}
