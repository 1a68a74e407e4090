package rollout

import (
	"strconv"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"

	"github.com/fairlead-dev/fairlead/api/v1alpha1"
)

// aliases are followed in these tests.
var aliases = Kind{
	Name: v1alpha1.KindModelAlias, Part: "route", Seen: func(c *v1alpha1.Confirmation) string { return c.ModelAliases },
}

// TestWaiting: a confirmation wakes the objects whose version it includes and those that it rejects, and no others.
func TestWaiting(t *testing.T) {
	name := func(s string) types.NamespacedName { return types.NamespacedName{Namespace: "ns", Name: s} }
	w := newWaiting(aliases)
	w.wait(name("early"), name("main"), "5")
	w.wait(name("late"), name("main"), "50")
	w.wait(name("elsewhere"), name("other"), "5")
	w.wait(name("moved"), name("main"), "5")
	w.wait(name("moved"), name("other"), "6")
	w.wait(name("done"), name("main"), "5")
	w.rest(name("done"))
	got := w.concerned(name("main"), &v1alpha1.Confirmation{ModelAliases: "7", Rejected: []v1alpha1.Rejection{
		{Kind: v1alpha1.KindModelAlias, Namespace: "ns", Name: "refused"}, {Kind: v1alpha1.KindModelProvider, Namespace: "ns", Name: "p"},
	}})
	sorted := cmpopts.SortSlices(func(a, b types.NamespacedName) bool { return a.Name < b.Name })
	if diff := cmp.Diff([]types.NamespacedName{name("early"), name("refused")}, got, sorted); diff != "" {
		t.Errorf("woken (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]types.NamespacedName{name("early"), name("late")}, w.all(name("main")), sorted); diff != "" {
		t.Errorf("waiting (-want +got):\n%s", diff)
	}
}

// TestSince: the version that first carried what is published stays the same while that does.
func TestSince(t *testing.T) {
	alias, w := types.NamespacedName{Namespace: "ns", Name: "a"}, newWaiting(aliases)
	for _, step := range []struct{ revision, version, want string }{
		{"r1", "5", "5"}, {"r1", "9", "5"}, {"r2", "11", "11"}, {"r2", "12", "11"},
	} {
		if got := w.since(alias, step.revision, step.version); got != step.want {
			t.Errorf("since(%s, %s) = %s, want %s", step.revision, step.version, got, step.want)
		}
	}
	w.withdrawn(alias)
	if got := w.since(alias, "r2", "20"); got != "20" {
		t.Errorf("what was withdrawn has been served since %s", got)
	}
}

// TestPartThatComesBack: what was withdrawn and comes back is waited for anew, although it is the same.
func TestPartThatComesBack(t *testing.T) {
	r := New(nil, aliases)
	gateway := types.NamespacedName{Namespace: "ns", Name: "main"}
	o := Object{Name: types.NamespacedName{Namespace: "ns", Name: "a"}, Gateway: gateway, Conditions: []metav1.Condition{{
		Type: v1alpha1.ConditionProgrammed, Status: metav1.ConditionFalse, Reason: v1alpha1.ReasonPending,
	}}}
	for version, revision := range []string{1: "r", 2: "", 3: "r"} {
		o.Version, o.Published = strconv.Itoa(version), revision
		r.Wait(o)
	}
	if got := r.waiting.concerned(gateway, &v1alpha1.Confirmation{ModelAliases: "2"}); len(got) != 0 {
		t.Error("a replica that has seen no more than the withdrawal counts")
	}
	if got := r.waiting.concerned(gateway, &v1alpha1.Confirmation{ModelAliases: "3"}); len(got) != 1 {
		t.Error("a replica that has seen it come back does not count")
	}
}
