package e2e

import (
	"net/http"
	"strings"
	"testing"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/fairlead-dev/fairlead/api/v1alpha1"
	"github.com/fairlead-dev/fairlead/hack/stack"
)

// revoked bounds the time from the end of a key to its refusal by the last replica.
const revoked = time.Second

// issue makes a GatewayKey, waits until it is ready, and returns the key that the operator made. The object is deleted with the test.
func issue(t *testing.T, s *stack.Stack, object *v1alpha1.GatewayKey) string {
	t.Helper()
	create(t, s, object)
	if err := s.AwaitKey(t.Context(), object.Name, object.Generation, limit); err != nil {
		t.Fatal(err)
	}
	key, err := s.MadeKey(t.Context(), object.Name)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

// TestKeyLives follows a key through its life: once it is ready every replica serves its very next request, it reaches what it may
// reach and nothing else, an edit is served as soon as it is Programmed, and once it is deleted it is refused everywhere within a second.
func TestKeyLives(t *testing.T) {
	s, c := connect(t)
	all := replicas(t, s, c)
	open, closed := upstream(t, s, "key-open"), upstream(t, s, "key-closed")
	object := stack.NewKey(s.Namespace, "e2e-lives")
	object.Spec.AllowedModels = []v1alpha1.ModelPattern{v1alpha1.ModelPattern(open)}
	key := issue(t, s, object)
	everywhere(t, all, key, open, http.StatusOK, "")
	everywhere(t, all, key, closed, http.StatusNotFound, "model_not_found")
	everywhere(t, all, key+"x", open, http.StatusUnauthorized, "invalid_api_key")
	columns(t, s, object)

	before := object.DeepCopy()
	object.Spec.AllowedModels = []v1alpha1.ModelPattern{v1alpha1.ModelPattern(closed)}
	if err := s.Client.Patch(t.Context(), object, client.MergeFrom(before)); err != nil {
		t.Fatal(err)
	}
	if err := s.AwaitKey(t.Context(), object.Name, object.Generation, limit); err != nil {
		t.Fatal(err)
	}
	everywhere(t, all, key, closed, http.StatusOK, "")
	everywhere(t, all, key, open, http.StatusNotFound, "model_not_found")

	if err := s.Client.Delete(t.Context(), object); err != nil {
		t.Fatal(err)
	}
	refused(t, all, key, closed)
}

// refused fails the test unless a key that has just been deleted is refused by every replica in time.
func refused(t *testing.T, all map[string]*stack.Client, key, alias string) {
	t.Helper()
	took := converge(t, all, key, alias, http.StatusUnauthorized, "invalid_api_key")
	t.Logf("refused by every replica %d ms after its end", took.Milliseconds())
	if took > revoked {
		t.Errorf("expected every replica to refuse the key within %s, found %s", revoked, took)
	}
}

// columns checks what kubectl shows of a key that is ready.
func columns(t *testing.T, s *stack.Stack, key *v1alpha1.GatewayKey) {
	t.Helper()
	lines := strings.Split(strings.TrimSpace(kubectl(t, "get", "fkey", "-n", s.Namespace, key.Name)), "\n")
	if len(lines) != 2 {
		t.Fatalf("expected a header and a line, found %q", lines)
	}
	header, fields := strings.Join(strings.Fields(lines[0]), " "), strings.Fields(lines[1])
	if want := "NAME GATEWAY MODELS EXPIRES PROGRAMMED READY REASON AGE"; header != want {
		t.Errorf("expected the columns %s, found %s", want, header)
	}
	// Expires is empty, and so no field.
	if want := []string{key.Name, stack.Gateway, `["key-open"]`, "True", "True", "Ready"}; strings.Join(fields[:len(fields)-1], " ") != strings.Join(want, " ") {
		t.Errorf("expected %q and an age, found %q", want, fields)
	}
}

// TestKeyExpires: a key works until its end, is refused by every replica from then on, and its object says so.
func TestKeyExpires(t *testing.T) {
	s, c := connect(t)
	all := replicas(t, s, c)
	alias := upstream(t, s, "key-expires")
	object := stack.NewKey(s.Namespace, "e2e-expires")
	end := time.Now().Add(10 * time.Second).Truncate(time.Second)
	object.Spec.ExpiresAt = &metav1.Time{Time: end}
	key := issue(t, s, object)
	everywhere(t, all, key, alias, http.StatusOK, "")
	converge(t, all, key, alias, http.StatusUnauthorized, "key_expired")
	if late := time.Since(end); late < 0 || late > revoked {
		t.Errorf("expected the key to end within %s after %s, found %s", revoked, end, late)
	}
	if err := s.AwaitKeyRefused(t.Context(), object.Name, v1alpha1.ReasonExpired, limit); err != nil {
		t.Error(err)
	}
}

// TestGeneratedKey makes a key with LiteLLM's call through the Service, uses it at every replica at once, and deletes it.
func TestGeneratedKey(t *testing.T) {
	s, c := connect(t)
	all := replicas(t, s, c)
	alias, other := upstream(t, s, "key-generated"), upstream(t, s, "key-not-generated")
	var made struct {
		Key     string `json:"key"`
		TokenID string `json:"token_id"`
	}
	call(t, c, "/key/generate", map[string]any{"key_alias": "e2e-generated", "models": []string{alias}, "duration": "1h"}, &made)
	everywhere(t, all, made.Key, alias, http.StatusOK, "")
	everywhere(t, all, made.Key, other, http.StatusNotFound, "model_not_found")
	answer, err := c.With(made.Key).Call(t.Context(), http.MethodPost, "/key/generate", map[string]any{})
	if err != nil {
		t.Fatal(err)
	}
	if err := refusal(answer, http.StatusForbidden, "master_key_required"); err != nil {
		t.Error(err)
	}
	call(t, c, "/key/delete", map[string]any{"keys": []string{made.TokenID}}, &struct{}{})
	refused(t, all, made.Key, alias)
}

// call posts to a path with the master key and reads the answer.
func call(t *testing.T, c *stack.Client, path string, body, into any) {
	t.Helper()
	answer, err := c.Call(t.Context(), http.MethodPost, path, body)
	if err != nil {
		t.Fatal(err)
	}
	if err := answer.Decode(into); err != nil {
		t.Fatalf("%s: %v", path, err)
	}
}
