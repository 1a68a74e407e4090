package files

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/fairlead-dev/fairlead/api/v1alpha1"
	"github.com/fairlead-dev/fairlead/controllers/compile"
	"github.com/fairlead-dev/fairlead/gateway/keystore"
)

// TestPolicyOfAnIssuedKeyIsTheOperators: a key that was made through the gateway may do the same without a cluster as in one.
func TestPolicyOfAnIssuedKeyIsTheOperators(t *testing.T) {
	digest := v1alpha1.KeyDigest(strings.Repeat("0123456789abcdef", 4))
	for name, k := range map[string]*keystore.Key{
		"Least": {Name: "ci", Digest: digest},
		"All": {
			Record: keystore.Record{Alias: "Team A"}, Name: "team-a", Digest: digest, Models: []v1alpha1.ModelPattern{"chat", "team-a/*"},
			Limit:   &v1alpha1.RateLimit{Name: "key", Per: v1alpha1.LimitPerKey, Requests: 10, Window: "1m"},
			Budget:  &v1alpha1.Budget{LimitUSD: "1.5", Window: v1alpha1.BudgetDay, OnExceeded: v1alpha1.BudgetReject},
			Expires: time.Unix(1_900_000_000, 0).UTC(), Owner: "ann", Team: "a",
		},
	} {
		t.Run(name, func(t *testing.T) {
			o := k.Object("ai", "main")
			o.Generation = 1
			result := compile.GatewayKey(compile.KeyInput{
				Key: o, Gateway: &v1alpha1.Gateway{ObjectMeta: metav1.ObjectMeta{Namespace: "ai", Name: "main"}}, OwnLedger: true,
			})
			if result.Accepted != nil || result.ResolvedRefs != nil {
				t.Fatalf("the operator does not accept it: %v %v", result.Accepted, result.ResolvedRefs)
			}
			same := cmp.Options{cmpopts.IgnoreFields(v1alpha1.KeyPolicy{}, "Revision"), cmpopts.EquateEmpty()}
			if diff := cmp.Diff(result.Policy, k.Policy("ai/main"), same); diff != "" {
				t.Errorf("(-operator +gateway):\n%s", diff)
			}
		})
	}
}
