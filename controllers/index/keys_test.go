package index_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/fairlead-dev/fairlead/api/v1alpha1"
	"github.com/fairlead-dev/fairlead/controllers/index"
	"github.com/fairlead-dev/fairlead/controllers/internal/testkit"
)

// TestDigestClaims: a key is found by what it says, by what it publishes, and by what it was known by before it lost that.
func TestDigestClaims(t *testing.T) {
	a, b := v1alpha1.KeyDigest(strings.Repeat("a", 64)), v1alpha1.KeyDigest(strings.Repeat("b", 64))
	for name, tc := range map[string]struct {
		spec, published v1alpha1.KeyDigest
		id              string
		want            []string
	}{
		"None":      {},
		"New":       {spec: a, want: []string{"ai/main aaaaaaaaaaaaaaaa"}},
		"Published": {spec: a, published: a, id: "aaaaaaaaaaaaaaaa", want: []string{"ai/main aaaaaaaaaaaaaaaa"}},
		"Lost":      {id: "aaaaaaaaaaaaaaaa", want: []string{"ai/main aaaaaaaaaaaaaaaa"}},
		"Replaced":  {spec: b, published: a, id: "aaaaaaaaaaaaaaaa", want: []string{"ai/main aaaaaaaaaaaaaaaa", "ai/main bbbbbbbbbbbbbbbb"}},
	} {
		t.Run(name, func(t *testing.T) {
			key := testkit.Key("ai", "ci", func(k *v1alpha1.GatewayKey) { k.Spec.Digest, k.Status.KeyID = tc.spec, tc.id })
			if tc.published != "" {
				key.Status.Policy = &v1alpha1.KeyPolicy{Gateway: "ai/main", Digest: tc.published}
			}
			if diff := cmp.Diff(tc.want, index.DigestClaims(key)); diff != "" {
				t.Errorf("claims (-want +got):\n%s", diff)
			}
		})
	}
}
