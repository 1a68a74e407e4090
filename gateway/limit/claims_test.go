package limit

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/fairlead-dev/fairlead/api/v1alpha1"
	"github.com/fairlead-dev/fairlead/gateway/policy"
	"github.com/fairlead-dev/fairlead/gateway/snapshot"
)

func TestClaims(t *testing.T) {
	m := &snapshot.Model{Limits: []*snapshot.Limit{
		{ID: "alias/a/c/key", Per: v1alpha1.LimitPerKey},
		{ID: "alias/a/c/user", Per: v1alpha1.LimitPerUser},
		{ID: "alias/a/c/all", Per: v1alpha1.LimitPerAlias},
		{ID: "alias/a/c/target", Per: v1alpha1.LimitPerTarget},
	}}
	key := &snapshot.Key{ID: "0123456789abcdef", Limits: []*snapshot.Limit{
		{ID: "key/a/ci/rpm", Per: v1alpha1.LimitPerKey}, {ID: "key/a/ci/user", Per: v1alpha1.LimitPerUser},
	}}
	cases := map[string]struct {
		caller policy.Caller
		want   []string
	}{
		"Key": {policy.Caller{Key: key, User: "ann"}, []string{
			"key/a/ci/rpm 0123456789abcdef", "key/a/ci/user 0123456789abcdef/ann",
			"alias/a/c/key 0123456789abcdef", "alias/a/c/user 0123456789abcdef/ann", "alias/a/c/all ",
		}},
		"Master": {policy.Caller{Master: true}, []string{"alias/a/c/key none", "alias/a/c/user none/", "alias/a/c/all "}},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			if diff := cmp.Diff(c.want, spelt(AppendClaims(nil, m, &c.caller))); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
	if diff := cmp.Diff([]string{"alias/a/c/target big"}, spelt(AppendTargetClaims(nil, m, &snapshot.Target{Name: "big"}))); diff != "" {
		t.Errorf("of a target (-want +got):\n%s", diff)
	}
	if got := AppendClaims(nil, &snapshot.Model{}, &policy.Caller{}); got != nil {
		t.Errorf("without limits: %v", got)
	}
}

func spelt(claims []Claim) []string {
	all := make([]string, len(claims))
	for i, c := range claims {
		all[i] = c.Limit.ID + " " + c.Subject
	}
	return all
}
