package e2e

import (
	"strings"
	"testing"

	"github.com/fairlead-dev/fairlead/api/v1alpha1"
	"github.com/fairlead-dev/fairlead/hack/stack"
)

// TestExplainInAPod asks a replica in the cluster what it would do, as the documentation tells people to.
func TestExplainInAPod(t *testing.T) {
	s, _ := connect(t)
	alias := upstream(t, s, "explained")
	object := stack.NewKey(s.Namespace, "e2e-explained")
	object.Spec.RateLimits = []v1alpha1.RateLimit{{Name: "minute", Requests: 60}}
	object.Spec.Budget = &v1alpha1.Budget{LimitUSD: "5"}
	issue(t, s, object)
	text := kubectl(t, "exec", "-n", s.Namespace, "deploy/"+stack.Gateway, "--",
		"/fairlead", "explain", "--model", alias, "--key", s.Namespace+"/"+object.Name)
	t.Log(text)
	for _, want := range []string{
		"explained would be sent to 'only': first at ai/fake-upstream.", "ai/e2e-explained", "minute", "60 requests", "the key's own", "$5",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("expected %q in:\n%s", want, text)
		}
	}
}
