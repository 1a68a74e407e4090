package rollout

import (
	"fmt"
	"testing"

	"k8s.io/apimachinery/pkg/types"

	"github.com/fairlead-dev/fairlead/api/v1alpha1"
	"github.com/fairlead-dev/fairlead/controllers/confirm"
)

// TestCount: what a replica says counts for the version that it has seen, and only as far as it can have named everything.
func TestCount(t *testing.T) {
	alias := types.NamespacedName{Namespace: "ns", Name: "a"}
	rejecting := func(names ...string) []v1alpha1.Rejection {
		list := make([]v1alpha1.Rejection, len(names))
		for i, name := range names {
			list[i] = v1alpha1.Rejection{Kind: v1alpha1.KindModelAlias, Namespace: "ns", Name: name, Message: "because"}
		}
		return list
	}
	others := func(n int) []string {
		names := make([]string, n)
		for i := range names {
			names[i] = fmt.Sprintf("other-%d", i)
		}
		return names
	}
	for name, tc := range map[string]struct {
		reason        string
		said          *v1alpha1.Confirmation
		want          int
		wantRejection string
	}{
		"Mute":          {},
		"Seen":          {said: &v1alpha1.Confirmation{ModelAliases: "10"}, want: 1},
		"NotYetSeen":    {said: &v1alpha1.Confirmation{ModelAliases: "9"}},
		"Rejected":      {said: &v1alpha1.Confirmation{ModelAliases: "10", Rejected: rejecting("a")}, wantRejection: "because"},
		"RejectedOther": {said: &v1alpha1.Confirmation{ModelAliases: "10", Rejected: rejecting("b")}, want: 1},
		"RejectedBefore": {
			reason: "a route that was replaced was rejected, not this one",
			said:   &v1alpha1.Confirmation{ModelAliases: "9", Rejected: rejecting("a")},
		},
		"RejectedTooMany": {
			reason: "the list is full, so this alias may be missing in it",
			said:   &v1alpha1.Confirmation{ModelAliases: "10", Rejected: rejecting(others(v1alpha1.MaxRejections)...)},
		},
	} {
		t.Run(name, func(t *testing.T) {
			got, rejection := New(nil, aliases).count([]confirm.Replica{{Pod: "p", Confirmation: tc.said}}, alias, "10")
			if got != tc.want || rejection != tc.wantRejection {
				t.Errorf("count = %d, %q, want %d, %q: %s", got, rejection, tc.want, tc.wantRejection, tc.reason)
			}
		})
	}
}
