package stack_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/go-logr/logr"
	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/log"

	"github.com/fairlead-dev/fairlead/api/v1alpha1"
	"github.com/fairlead-dev/fairlead/controllers/internal/testkit"
	"github.com/fairlead-dev/fairlead/controllers/rbac"
	"github.com/fairlead-dev/fairlead/controllers/stack"
)

// shared is the one control plane of this package's tests; nil where there is none.
var shared *testkit.Cluster

func TestMain(m *testing.M) { os.Exit(run(m)) }

func run(m *testing.M) int {
	log.SetLogger(logr.Discard())
	var err error
	scheme := runtime.NewScheme()
	if err := errors.Join(corev1.AddToScheme(scheme), rbacv1.AddToScheme(scheme), v1alpha1.AddToScheme(scheme)); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	shared, err = testkit.Start(scheme, rbac.Rules(), "fairlead-gateway-reader", rbac.ReaderRules())
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	code := m.Run()
	if shared != nil {
		if err := shared.Stop(); err != nil {
			fmt.Fprintln(os.Stderr, "stopping the control plane:", err)
			return 1
		}
	}
	return code
}

// newStack returns an empty stack in a namespace of its own, and what it reports.
func newStack(t *testing.T) (*stack.Stack, *bytes.Buffer) {
	t.Helper()
	if shared == nil {
		t.Skipf("SKIP: %s does not name a folder with etcd and kube-apiserver", testkit.Assets)
	}
	out := &bytes.Buffer{}
	return &stack.Stack{
		Client: client.WithFieldValidation(shared.Client, metav1.FieldValidationStrict),
		Name:   "demo", Namespace: shared.Namespace(t, nil), Report: out,
	}, out
}

// manifest of a stack with the aliases given.
func manifest(t *testing.T, s *stack.Stack, aliases ...string) []*unstructured.Unstructured {
	t.Helper()
	var text strings.Builder
	text.WriteString(gateway)
	for _, alias := range aliases {
		fmt.Fprintf(&text, "---\napiVersion: fairlead.dev/v1alpha1\nkind: ModelAlias\nmetadata: {name: %s}\n"+
			"spec: {gatewayRef: {name: main}, targets: [{name: a, providerRef: {name: p}, model: m}]}\n", alias)
	}
	return parse(t, s, text.String())
}

func parse(t *testing.T, s *stack.Stack, text string) []*unstructured.Unstructured {
	t.Helper()
	objects, err := stack.Read(fstest.MapFS{"stack.yaml": {Data: []byte(text)}}, s.Namespace)
	if err != nil {
		t.Fatal(err)
	}
	return objects
}

func lines(out *bytes.Buffer) []string {
	defer out.Reset()
	return strings.Split(strings.TrimSpace(out.String()), "\n")
}

// TestApply: the stack comes, changes, stays as it is, and loses what is not wanted any more.
func TestApply(t *testing.T) {
	s, out := newStack(t)
	for _, step := range []struct {
		aliases []string
		want    []string
	}{
		{[]string{"chat", "code"}, []string{
			"Gateway.fairlead.dev/main created", "ModelAlias.fairlead.dev/chat created", "ModelAlias.fairlead.dev/code created",
		}},
		{[]string{"chat", "code"}, []string{
			"Gateway.fairlead.dev/main unchanged", "ModelAlias.fairlead.dev/chat unchanged", "ModelAlias.fairlead.dev/code unchanged",
		}},
		{[]string{"code"}, []string{
			"Gateway.fairlead.dev/main unchanged", "ModelAlias.fairlead.dev/code unchanged", "ModelAlias.fairlead.dev/chat deleted",
		}},
	} {
		if err := s.Apply(t.Context(), manifest(t, s, step.aliases...)); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(step.want, lines(out)); diff != "" {
			t.Errorf("report (-want +got):\n%s", diff)
		}
	}
	changed := strings.Replace(gateway, "metadata: {name: main}", "metadata: {name: main}\nspec: {replicas: 3}", 1)
	if err := s.Apply(t.Context(), parse(t, s, changed)); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"Gateway.fairlead.dev/main configured", "ModelAlias.fairlead.dev/code deleted"}, lines(out)); diff != "" {
		t.Errorf("report (-want +got):\n%s", diff)
	}
}

// TestOthersStay: neither another's object of a wanted name is taken, nor one without the label deleted.
func TestOthersStay(t *testing.T) {
	s, _ := newStack(t)
	own := testkit.Alias(s.Namespace, "own", []string{"p"})
	own.Labels = map[string]string{stack.Label: "another"}
	taken := testkit.Alias(s.Namespace, "chat", []string{"p"})
	shared.Create(t, own, taken)
	err := s.Apply(t.Context(), manifest(t, s, "chat"))
	foreign, ok := errors.AsType[*stack.ForeignError](err)
	if !ok || foreign.Object != "ModelAlias.fairlead.dev/chat" {
		t.Errorf("error = %v, want that chat is not of this stack", err)
	}
	testkit.Edit(t, shared.Client, taken, func(a *v1alpha1.ModelAlias) { a.Labels = map[string]string{stack.Label: "demo"} })
	if err := s.Apply(t.Context(), manifest(t, s, "chat")); err != nil {
		t.Errorf("after it was handed over: %v", err)
	}
	if err := s.Delete(t.Context()); err != nil {
		t.Fatal(err)
	}
	testkit.ExpectGone(t, shared.Client, taken)
	testkit.ExpectThere(t, shared.Client, own)
}

// TestDelete deletes what there is, and has nothing to do the second time.
func TestDelete(t *testing.T) {
	s, out := newStack(t)
	if err := s.Apply(t.Context(), manifest(t, s, "chat")); err != nil {
		t.Fatal(err)
	}
	out.Reset()
	for _, want := range [][]string{{"Gateway.fairlead.dev/main deleted", "ModelAlias.fairlead.dev/chat deleted"}, {""}} {
		if err := s.Delete(t.Context()); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, lines(out)); diff != "" {
			t.Errorf("report (-want +got):\n%s", diff)
		}
	}
}

// TestMistakesEndAtOnce: what the API server will never take is not tried until the time is over.
func TestMistakesEndAtOnce(t *testing.T) {
	s, _ := newStack(t)
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	err := s.Apply(ctx, parse(t, s, strings.Replace(gateway, "{name: main}", "{name: main}\nspec: {replicas: -1}", 1)))
	if err == nil || !strings.Contains(err.Error(), "spec.replicas") || ctx.Err() != nil {
		t.Errorf("error = %v (after the time: %v), want one about the field", err, ctx.Err())
	}
}

// TestGivesUp: what may succeed later, such as a field of a definition that is being upgraded, is tried until the time is over, and the
// reason is told.
func TestGivesUp(t *testing.T) {
	for name, tc := range map[string]struct{ spec, namespace, want string }{
		"NoNamespace":  {"{}", "nowhere", `namespaces "nowhere" not found`},
		"UnknownField": {"{replica: 3}", "", ".spec.replica: field not declared in schema"},
	} {
		t.Run(name, func(t *testing.T) {
			s, _ := newStack(t)
			objects := parse(t, s, strings.Replace(gateway, "{name: main}", "{name: main}\nspec: "+tc.spec, 1))
			if tc.namespace != "" {
				objects[0].SetNamespace(tc.namespace)
			}
			ctx, cancel := context.WithTimeout(t.Context(), 500*time.Millisecond)
			defer cancel()
			if err := s.Apply(ctx, objects); err == nil || !strings.Contains(err.Error(), tc.want) {
				t.Errorf("error = %v, want %q", err, tc.want)
			}
		})
	}
}
