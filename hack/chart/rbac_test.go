package chart

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"testing"

	rbacv1 "k8s.io/api/rbac/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
)

// TestRBAC writes down everything that an installation grants, a line for each right, and holds every set of values to what is
// never granted: a wildcard, finding Secrets that nobody named, and taking rights that one does not have.
func TestRBAC(t *testing.T) {
	var all bytes.Buffer
	for _, name := range []string{"default", "namespaced", "stack"} {
		fmt.Fprintf(&all, "## %s\n", name)
		for _, o := range objects(t, cases(t)[name].template(t)) {
			switch o.GetKind() {
			case "ClusterRole", "Role":
				fmt.Fprintf(&all, "\n%s\n%s", key(o), grants(t, o))
			case "ClusterRoleBinding", "RoleBinding":
				var b rbacv1.RoleBinding
				convert(t, o, &b)
				for _, s := range b.Subjects {
					fmt.Fprintf(&all, "\n%s: %s %s/%s gets %s %s\n", key(o), s.Kind, s.Namespace, s.Name, b.RoleRef.Kind, b.RoleRef.Name)
				}
			}
		}
		fmt.Fprintln(&all)
	}
	golden(t, "testdata/rbac.txt", all.Bytes())
}

// grants are the rights of a role, and complains about those that nobody is to have.
func grants(t *testing.T, o unstructured.Unstructured) string {
	t.Helper()
	var role rbacv1.Role
	convert(t, o, &role)
	var lines []string
	for _, rule := range role.Rules {
		if len(rule.NonResourceURLs) > 0 {
			t.Errorf("%s: paths are granted: %v", key(o), rule.NonResourceURLs)
		}
		for _, group := range rule.APIGroups {
			for _, resource := range rule.Resources {
				name := strings.Trim(resource+"."+group, ".")
				lines = append(lines, fmt.Sprintf("  %s: %s", name, strings.Join(rule.Verbs, ", ")))
				if why := excess(name, rule.Verbs); why != "" {
					t.Errorf("%s: %s of %s is granted", key(o), why, name)
				}
			}
		}
	}
	slices.Sort(lines)
	return strings.Join(lines, "\n") + "\n"
}

// excess is what must not be granted of a resource, empty where there is no such thing.
func excess(resource string, verbs []string) string {
	if strings.Contains(resource, "*") {
		return "something"
	}
	never := []string{"*", "bind", "escalate", "impersonate"}
	if resource == "secrets" {
		never = append(never, "list", "watch", "deletecollection")
	}
	for _, verb := range verbs {
		if slices.Contains(never, verb) {
			return verb
		}
	}
	return ""
}

func convert(t *testing.T, o unstructured.Unstructured, into any) {
	t.Helper()
	if err := runtime.DefaultUnstructuredConverter.FromUnstructured(o.Object, into); err != nil {
		t.Fatalf("reading %s: %v", key(o), err)
	}
}
