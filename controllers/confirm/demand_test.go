package confirm_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	coordinationv1 "k8s.io/api/coordination/v1"
	"k8s.io/apimachinery/pkg/types"

	"github.com/fairlead-dev/fairlead/api/v1alpha1"
	"github.com/fairlead-dev/fairlead/controllers/confirm"
)

func TestDemand(t *testing.T) {
	type demand = map[types.NamespacedName]int64
	for name, tc := range map[string]struct {
		said string
		want demand
	}{
		"Nothing":  {},
		"Two":      {`[{"provider":"a/x","lastRequest":5},{"provider":"b/x","lastRequest":7}]`, demand{{Namespace: "a", Name: "x"}: 5, {Namespace: "b", Name: "x"}: 7}},
		"NoName":   {`[{"provider":"a/","lastRequest":5},{"provider":"x","lastRequest":5},{"provider":"a/y","lastRequest":1}]`, demand{{Namespace: "a", Name: "y"}: 1}},
		"NoList":   {`{"provider":"a/x"}`, nil},
		"NoNumber": {`[{"provider":"a/x","lastRequest":"now"}]`, nil},
	} {
		t.Run(name, func(t *testing.T) {
			lease := &coordinationv1.Lease{}
			lease.Annotations = map[string]string{v1alpha1.AnnotationDemand: tc.said}
			if diff := cmp.Diff(tc.want, confirm.Demand(lease)); diff != "" {
				t.Errorf("demand (-want +got):\n%s", diff)
			}
		})
	}
}

// FuzzDemand: whatever a Lease says, reading it ends, and yields complete names only.
func FuzzDemand(f *testing.F) {
	f.Add(`[{"provider":"a/x","lastRequest":5}]`)
	f.Add(`[{"provider":"//","lastRequest":-1}]`)
	f.Fuzz(func(t *testing.T, said string) {
		lease := &coordinationv1.Lease{}
		lease.Annotations = map[string]string{v1alpha1.AnnotationDemand: said}
		for p := range confirm.Demand(lease) {
			if p.Namespace == "" || p.Name == "" {
				t.Errorf("%q names %q", said, p)
			}
		}
	})
}
