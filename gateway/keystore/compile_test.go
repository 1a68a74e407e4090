package keystore

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/fairlead-dev/fairlead/api/v1alpha1"
	"github.com/fairlead-dev/fairlead/controllers/compile"
)

// TestPolicyIsTheOperators: a key may do the same without a cluster as in one.
func TestPolicyIsTheOperators(t *testing.T) {
	for name, k := range map[string]*Key{"All": full(), "Least": {Name: "ci", Digest: digest}} {
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
				t.Errorf("(-operator +here):\n%s", diff)
			}
		})
	}
}
