package chart

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
	networkingv1 "k8s.io/api/networking/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

// TestNamesAreResolved: the operator resolves names wherever gateways do. What listens behind the Service of names differs among
// distributions, and both policies have to know it.
func TestNamesAreResolved(t *testing.T) {
	manifest, err := os.ReadFile(filepath.Join(root, "controllers/render/testdata/gateway-minimal/networkpolicy-main.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	gateways := names(t, objects(t, manifest))
	if len(gateways) == 0 {
		t.Fatal("the policy of gateways has no rule for names")
	}
	if diff := cmp.Diff(gateways, names(t, objects(t, cases(t)["default"].template(t)))); diff != "" {
		t.Errorf("rules for names (-gateways +operator):\n%s", diff)
	}
}

// names are the rules of the one policy among objects that let its Pods speak UDP, which nothing but the resolution of names needs.
func names(t *testing.T, objects []unstructured.Unstructured) []networkingv1.NetworkPolicyEgressRule {
	t.Helper()
	var found []networkingv1.NetworkPolicyEgressRule
	for _, o := range objects {
		if o.GetKind() != "NetworkPolicy" {
			continue
		}
		var policy networkingv1.NetworkPolicy
		convert(t, o, &policy)
		for _, rule := range policy.Spec.Egress {
			for _, port := range rule.Ports {
				if *port.Protocol == "UDP" {
					found = append(found, rule)
					break
				}
			}
		}
	}
	return found
}
