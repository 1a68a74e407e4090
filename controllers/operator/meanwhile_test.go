package operator_test

import (
	"testing"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/fairlead-dev/fairlead/api/v1alpha1"
	"github.com/fairlead-dev/fairlead/controllers/apply"
	"github.com/fairlead-dev/fairlead/controllers/internal/testkit"
)

// TestWrittenMeanwhile: what is made of an object as it was read is not written over what somebody wrote since.
func TestWrittenMeanwhile(t *testing.T) {
	c := needCluster(t)
	ns := c.Namespace(t, nil)
	owner := testkit.Gateway(ns, "main")
	c.Create(t, owner)
	applier := apply.New(c.Client, c.Client)
	secret := func(value, version string) *corev1.Secret {
		return &corev1.Secret{
			ObjectMeta: metav1.ObjectMeta{
				Namespace: ns, Name: "generated", ResourceVersion: version, Labels: map[string]string{v1alpha1.LabelGateway: "main"},
			},
			Data: map[string][]byte{"password": []byte(value)},
		}
	}
	first := secret("first", "")
	if err := applier.Apply(t.Context(), owner, first); err != nil {
		t.Fatal(err)
	}
	read := first.ResourceVersion
	testkit.Edit(t, c.Client, secret("", ""), func(s *corev1.Secret) { s.Data["password"] = []byte("by hand") })
	if err := applier.Apply(t.Context(), owner, secret("first", read)); !apierrors.IsConflict(err) {
		t.Errorf("writing what was read before: %v, want a conflict", err)
	}
	now := &corev1.Secret{}
	expect := func(want string) {
		t.Helper()
		now = secret("", "")
		testkit.ExpectThere(t, c.Client, now)
		if got := string(now.Data["password"]); got != want {
			t.Errorf("password = %q, want %q", got, want)
		}
	}
	expect("by hand")
	for _, value := range []string{"second", "second"} {
		if err := applier.Apply(t.Context(), owner, secret(value, now.ResourceVersion)); err != nil {
			t.Fatal(err)
		}
		expect(value)
	}
}
