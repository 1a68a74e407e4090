package operator_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	authorizationv1 "k8s.io/api/authorization/v1"
	rbacv1 "k8s.io/api/rbac/v1"

	"github.com/fairlead-dev/fairlead/controllers/internal/testkit"
	"github.com/fairlead-dev/fairlead/controllers/rbac"
	"github.com/fairlead-dev/fairlead/controllers/render"
)

// Identities of the matrix.
const (
	anOperator = "operator"  // serves every namespace
	aScoped    = "scoped"    // an operator that serves the namespace "here" only
	aGateway   = "gateway"   // the Gateway main in "here", of an operator that serves every namespace
	aViewer    = "viewer"    // a person who may view, edit or administer "here"
	anEditor   = "editor"    //
	anAdmin    = "admin"     //
	aStack     = "stack"     // the chart's hooks in "here"
	anybody    = "anonymous" // has no rights
)

// right is something that one can do: a verb, a resource as kubectl writes it, and where. Its name is that of an object.
type right struct{ verb, resource, where, name string }

// accessMatrix says who can do what; nobody else can.
func accessMatrix() map[right][]string {
	fairlead := func(resource string) string { return resource + ".fairlead.dev" }
	matrix := map[right][]string{
		// Secrets: by name, and the gateway its own credentials. Nobody finds one that nobody named.
		{"get", "secrets", "here", "any"}:              {anOperator, aScoped},
		{"get", "secrets", "there", "any"}:             {anOperator},
		{"get", "secrets", "here", "main-credentials"}: {anOperator, aScoped, aGateway},
		{"get", "secrets", "here", "main-master-key"}:  {anOperator, aScoped},
		{"create", "secrets", "here", ""}:              {anOperator, aScoped},
		{"list", "secrets", "here", ""}:                nil,
		{"list", "secrets", "", ""}:                    nil,
		{"watch", "secrets", "here", ""}:               nil,
		// Rights: what one has can be given, and nothing else.
		{"escalate", "roles.rbac.authorization.k8s.io", "here", ""}:                        nil,
		{"bind", "clusterroles.rbac.authorization.k8s.io", "", ""}:                         nil,
		{"create", "clusterroles.rbac.authorization.k8s.io", "", ""}:                       nil,
		{"create", "roles.rbac.authorization.k8s.io", "here", ""}:                          {anOperator, aScoped},
		{"create", "clusterrolebindings.rbac.authorization.k8s.io", "", ""}:                {anOperator},
		{"impersonate", "users", "", ""}:                                                   nil,
		{"create", "serviceaccounts/token", "here", ""}:                                    nil,
		{"update", "validatingwebhookconfigurations.admissionregistration.k8s.io", "", ""}: nil,
		// Workloads.
		{"create", "deployments.apps", "here", ""}:                           {anOperator, aScoped},
		{"create", "deployments.apps", "there", ""}:                          {anOperator},
		{"delete", "statefulsets.apps", "here", ""}:                          {anOperator, aScoped},
		{"create", "networkpolicies.networking.k8s.io", "here", ""}:          {anOperator, aScoped},
		{"create", "pods", "here", ""}:                                       nil,
		{"create", "pods/exec", "here", ""}:                                  nil,
		{"create", "pods/portforward", "here", ""}:                           nil,
		{"list", "pods", "here", ""}:                                         {anOperator, aScoped},
		{"delete", "persistentvolumeclaims", "here", ""}:                     nil,
		{"list", "configmaps", "here", ""}:                                   nil,
		{"list", "nodes", "", ""}:                                            nil,
		{"list", "namespaces", "", ""}:                                       {anOperator},
		{"create", "namespaces", "", ""}:                                     nil,
		{"delete", "customresourcedefinitions.apiextensions.k8s.io", "", ""}: nil,
		// Leases: a gateway confirms in its own namespace.
		{"update", "leases.coordination.k8s.io", "here", ""}:  {anOperator, aScoped, aGateway},
		{"update", "leases.coordination.k8s.io", "there", ""}: {anOperator},
		// Gateways: an editor may change one, its administrator make and delete one.
		{"create", fairlead("gateways"), "here", ""}:       {anAdmin, aStack},
		{"delete", fairlead("gateways"), "here", ""}:       {anAdmin, aStack},
		{"patch", fairlead("gateways"), "here", ""}:        {anEditor, anAdmin, aStack},
		{"patch", fairlead("gateways/scale"), "here", ""}:  {anEditor, anAdmin},
		{"get", fairlead("gateways/scale"), "here", ""}:    {aViewer, anEditor, anAdmin},
		{"create", fairlead("gateways"), "there", ""}:      nil,
		{"patch", fairlead("gateways/status"), "here", ""}: {anOperator, aScoped},
		// Keys: a gateway makes and deletes those of its own namespace. A status that admits a key is the operator's alone.
		{"create", fairlead("gatewaykeys"), "here", ""}:       {anOperator, aScoped, aGateway, anEditor, anAdmin, aStack},
		{"create", fairlead("gatewaykeys"), "there", ""}:      {anOperator},
		{"update", fairlead("gatewaykeys"), "here", ""}:       {anEditor, anAdmin},
		{"patch", fairlead("gatewaykeys/status"), "here", ""}: {anOperator, aScoped},
	}
	readers := []string{anOperator, aScoped, aGateway, aViewer, anEditor, anAdmin}
	for _, kind := range []string{"gateways", "modelproviders", "modelaliases", "gatewaykeys"} {
		matrix[right{"list", fairlead(kind), "here", ""}] = append(slices.Clone(readers), aStack)
		matrix[right{"watch", fairlead(kind), "here", ""}] = readers
		matrix[right{"list", fairlead(kind), "there", ""}] = []string{anOperator, aGateway}
	}
	for _, kind := range []string{"modelproviders", "modelaliases"} {
		matrix[right{"create", fairlead(kind), "here", ""}] = []string{anEditor, anAdmin, aStack}
		matrix[right{"delete", fairlead(kind), "here", ""}] = []string{anEditor, anAdmin, aStack}
		matrix[right{"update", fairlead(kind), "here", ""}] = []string{anEditor, anAdmin}
		matrix[right{"create", fairlead(kind), "there", ""}] = nil
		matrix[right{"patch", fairlead(kind + "/status"), "here", ""}] = []string{anOperator, aScoped}
	}
	return matrix
}

// TestAccess asks the API server who can do what. That the operator's rights are enough for what it has to do, every other test of this
// package shows: the operator runs with them there.
func TestAccess(t *testing.T) {
	c := needCluster(t)
	here, there := c.Namespace(t, nil), c.Namespace(t, nil)
	users := grantAll(t, c, here)
	for r, want := range accessMatrix() {
		t.Run(strings.TrimSuffix(strings.Join([]string{r.verb, r.resource, r.where, r.name}, " "), " "), func(t *testing.T) {
			namespace := map[string]string{"here": here, "there": there, "": ""}[r.where]
			var got []string
			for identity, user := range users {
				if allowed(t, c, user, r, namespace) {
					got = append(got, identity)
				}
			}
			less := func(a, b string) bool { return a < b }
			if diff := cmp.Diff(want, got, cmpopts.SortSlices(less), cmpopts.EquateEmpty()); diff != "" {
				t.Errorf("who can (-want +got):\n%s", diff)
			}
		})
	}
}

// allowed asks about one user.
func allowed(t *testing.T, c *testkit.Cluster, user string, r right, namespace string) bool {
	t.Helper()
	path, group, _ := strings.Cut(r.resource, ".")
	resource, subresource, _ := strings.Cut(path, "/")
	groups := []string{"system:authenticated"}
	if user == "system:anonymous" {
		groups = []string{"system:unauthenticated"}
	}
	review := &authorizationv1.SubjectAccessReview{Spec: authorizationv1.SubjectAccessReviewSpec{
		User: user, Groups: groups,
		ResourceAttributes: &authorizationv1.ResourceAttributes{
			Namespace: namespace, Group: group, Resource: resource, Subresource: subresource, Verb: r.verb, Name: r.name,
		},
	}}
	if err := c.Client.Create(t.Context(), review); err != nil {
		t.Fatal(err)
	}
	return review.Status.Allowed
}

// grantAll gives every identity what the installation gives it in a namespace, and returns their names at the API server.
func grantAll(t *testing.T, c *testkit.Cluster, namespace string) map[string]string {
	t.Helper()
	in := render.GatewayInput{Gateway: testkit.Gateway(namespace, "main"), Installation: options().Installation}
	for _, o := range render.Gateway(in) {
		switch o.(type) {
		case *rbacv1.Role, *rbacv1.RoleBinding, *rbacv1.ClusterRoleBinding:
			c.Create(t, o)
		}
	}
	users := map[string]string{
		anOperator: c.Operator.Impersonate.UserName,
		aGateway:   fmt.Sprintf("system:serviceaccount:%s:main", namespace),
		anybody:    "system:anonymous",
	}
	for identity, rules := range map[string][]rbacv1.PolicyRule{
		aScoped: rbac.NamespaceRules(), aStack: rbac.StackRules(),
		aViewer: rbac.ViewRules(), anEditor: rbac.EditRules(), anAdmin: rbac.AdminRules(),
	} {
		users[identity] = "test:" + identity
		c.Create(t,
			&rbacv1.Role{ObjectMeta: named(namespace, identity), Rules: rules},
			&rbacv1.RoleBinding{
				ObjectMeta: named(namespace, identity),
				RoleRef:    rbacv1.RoleRef{APIGroup: rbacv1.GroupName, Kind: "Role", Name: identity},
				Subjects:   []rbacv1.Subject{{APIGroup: rbacv1.GroupName, Kind: rbacv1.UserKind, Name: users[identity]}},
			})
	}
	return users
}

// TestReaderRoleChanges: an operator that is told of another role for its gateways binds them to that one, and leaves none bound to
// the old one.
func TestReaderRoleChanges(t *testing.T) {
	c := needCluster(t)
	ns := c.Namespace(t, nil)
	stop := start(t, options())
	c.Create(t, testkit.Gateway(ns, "main"))
	old := &rbacv1.ClusterRoleBinding{ObjectMeta: named("", render.ReaderRole+":"+ns+":main")}
	testkit.ExpectThere(t, c.Client, old)
	stop()
	// It grants what it has itself, so the role may be any that grants no more.
	other := &rbacv1.ClusterRole{ObjectMeta: named("", ns+":reader"), Rules: rbac.ReaderRules()}
	c.Create(t, other)
	testkit.Remove(t, c.Client, other)
	o := options()
	o.Installation.ReaderRole = other.Name
	start(t, o)
	testkit.ExpectThere(t, c.Client, &rbacv1.ClusterRoleBinding{ObjectMeta: named("", other.Name+":"+ns+":main")})
	testkit.ExpectGone(t, c.Client, old)
}
