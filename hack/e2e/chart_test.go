package e2e

import (
	"os"
	"strings"
	"testing"

	authorizationv1 "k8s.io/api/authorization/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/fairlead-dev/fairlead/api/v1alpha1"
)

// stackValues are a default stack whose one alias answers from the fake upstream, with the names given.
func stackValues(aliases ...string) []string {
	values := append(make([]string, 0, 7+3*len(aliases)),
		"stack.enabled=true", "stack.gateway.spec.replicas=1", "stack.providers.local=null", "stack.aliases.llama3=null",
		"stack.providers.upstream.type=OpenAICompatible", "stack.providers.upstream.endpoint.url=http://fake-upstream.ai.svc:8080/v1",
		"stack.ask="+aliases[0],
	)
	for _, alias := range aliases {
		target := "stack.aliases." + alias + ".targets[0]."
		values = append(values, target+"name=a", target+"providerRef.name=upstream", target+"model=first")
	}
	return values
}

// TestDefaultStack upgrades the release so that it brings a stack along, lets `helm test` get an answer from it, takes an alias out of the
// values, and finds that it is gone and the other stayed.
func TestDefaultStack(t *testing.T) {
	s, _ := connect(t)
	if _, err := s.DeployUpstream(t.Context(), os.Getenv("E2E_UPSTREAM_IMAGE")); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		install(t, chart)
		kubectl(t, "delete", "-n", operatorNamespace, "gateways.fairlead.dev,modelproviders,modelaliases,gatewaykeys",
			"-l", "fairlead.dev/stack="+operatorRelease, "--timeout=2m")
	})
	install(t, chart, stackValues("one", "two")...)
	out := helm(t, "test", operatorRelease, "-n", operatorNamespace, "--timeout=5m", "--logs")
	for _, want := range []string{"Phase:          Succeeded", "Last Started"} {
		if !strings.Contains(out, want) {
			t.Errorf("helm test: expected %q in\n%s", want, out)
		}
	}
	uid := func(name string) string {
		var alias v1alpha1.ModelAlias
		if err := s.Client.Get(t.Context(), client.ObjectKey{Namespace: operatorNamespace, Name: name}, &alias); client.IgnoreNotFound(err) != nil {
			t.Fatal(err)
		}
		return string(alias.UID)
	}
	before := uid("one")
	install(t, chart, stackValues("one")...)
	if after := uid("one"); before == "" || after != before {
		t.Errorf("the alias that stayed was %q and is %q: it was made again", before, after)
	}
	if uid("two") != "" {
		t.Error("the alias that was taken out is still there")
	}
}

// TestPeople: the cluster's own roles include what a person may do with Fairlead's kinds, in the namespace that they are bound in.
func TestPeople(t *testing.T) {
	s, _ := connect(t)
	type can struct{ read, alias, scale, gateway bool }
	for role, want := range map[string]can{
		"view":  {read: true},
		"edit":  {read: true, alias: true, scale: true},
		"admin": {read: true, alias: true, scale: true, gateway: true},
	} {
		t.Run(role, func(t *testing.T) {
			user := "e2e:" + role
			kubectl(t, "create", "rolebinding", "e2e-"+role, "-n", s.Namespace, "--clusterrole="+role, "--user="+user)
			t.Cleanup(func() { kubectl(t, "delete", "rolebinding", "e2e-"+role, "-n", s.Namespace) })
			ask := func(verb, resource, subresource, namespace string) bool {
				review := &authorizationv1.SubjectAccessReview{Spec: authorizationv1.SubjectAccessReviewSpec{
					User: user, ResourceAttributes: &authorizationv1.ResourceAttributes{
						Group: v1alpha1.Group, Verb: verb, Resource: resource, Subresource: subresource, Namespace: namespace,
					},
				}}
				if err := s.Client.Create(t.Context(), review); err != nil {
					t.Fatal(err)
				}
				return review.Status.Allowed
			}
			got := can{
				read: ask("list", "modelaliases", "", s.Namespace), alias: ask("create", "modelaliases", "", s.Namespace),
				scale: ask("patch", "gateways", "scale", s.Namespace), gateway: ask("create", "gateways", "", s.Namespace),
			}
			if got != want {
				t.Errorf("in the namespace: %+v, want %+v", got, want)
			}
			if ask("list", "modelaliases", "", "default") || ask("patch", "gatewaykeys", "status", s.Namespace) {
				t.Error("another namespace can be read, or a status written")
			}
		})
	}
}
