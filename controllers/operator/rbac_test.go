package operator_test

import (
	"testing"

	authorizationv1 "k8s.io/api/authorization/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/fairlead-dev/fairlead/controllers/operator"
)

// TestOperatorMayNot asks the API server what the operator's rights do not include. That they are enough for what it has to
// do, every other test of this package shows: the operator runs with them there.
func TestOperatorMayNot(t *testing.T) {
	needCluster(t)
	c, err := client.New(shared.Operator, client.Options{Scheme: operator.NewScheme()})
	if err != nil {
		t.Fatal(err)
	}
	for name, tc := range map[string]struct {
		group, resource, subresource, verb string
		want                               bool
	}{
		"GetSecret":         {resource: "secrets", verb: "get", want: true},
		"ListSecrets":       {resource: "secrets", verb: "list"},
		"WatchSecrets":      {resource: "secrets", verb: "watch"},
		"DeleteSecret":      {resource: "secrets", verb: "delete"},
		"EscalateRole":      {group: "rbac.authorization.k8s.io", resource: "roles", verb: "escalate"},
		"BindRole":          {group: "rbac.authorization.k8s.io", resource: "clusterroles", verb: "bind"},
		"CreateClusterRole": {group: "rbac.authorization.k8s.io", resource: "clusterroles", verb: "create"},
		"Exec":              {resource: "pods", subresource: "exec", verb: "create"},
		"CreatePod":         {resource: "pods", verb: "create"},
		"DeleteClaim":       {resource: "persistentvolumeclaims", verb: "delete"},
		"Impersonate":       {resource: "users", verb: "impersonate"},
		"EditAlias":         {group: "fairlead.dev", resource: "modelaliases", verb: "update"},
		"DeleteGateway":     {group: "fairlead.dev", resource: "gateways", verb: "delete"},
		"EditKey":           {group: "fairlead.dev", resource: "gatewaykeys", verb: "update"},
		"PatchKeyStatus":    {group: "fairlead.dev", resource: "gatewaykeys", subresource: "status", verb: "patch", want: true},
		"PatchAliasStatus":  {group: "fairlead.dev", resource: "modelaliases", subresource: "status", verb: "patch", want: true},
	} {
		t.Run(name, func(t *testing.T) {
			review := &authorizationv1.SelfSubjectAccessReview{Spec: authorizationv1.SelfSubjectAccessReviewSpec{
				ResourceAttributes: &authorizationv1.ResourceAttributes{
					Namespace: "default", Group: tc.group, Resource: tc.resource, Subresource: tc.subresource, Verb: tc.verb,
				},
			}}
			if err := c.Create(t.Context(), review); err != nil {
				t.Fatal(err)
			}
			if review.Status.Allowed != tc.want {
				t.Errorf("allowed = %v, want %v", review.Status.Allowed, tc.want)
			}
		})
	}
}
