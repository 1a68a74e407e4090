package e2e

import (
	"net/http"
	"strings"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/fairlead-dev/fairlead/api/v1alpha1"
	"github.com/fairlead-dev/fairlead/hack/stack"
)

// withdrawn bounds the time from the end of a Secret to the refusal of its key: nobody watches Secrets, they are looked at.
const withdrawn = 6 * time.Second

// TestKeyStates: what is wrong with a key stands in its conditions, in words that say what to do.
func TestKeyStates(t *testing.T) {
	s, _ := connect(t)
	bare := &v1alpha1.Gateway{ObjectMeta: metav1.ObjectMeta{Namespace: s.Namespace, Name: "e2e-bare"}}
	create(t, s, bare)
	issue(t, s, stack.NewKey(s.Namespace, "e2e-states-first"))
	for name, tc := range map[string]struct {
		edit   func(*v1alpha1.GatewayKeySpec)
		reason string
		advice string
	}{
		"NoGateway": {
			func(k *v1alpha1.GatewayKeySpec) { k.GatewayRef.Name = "nobody" },
			v1alpha1.ReasonGatewayNotFound, `No Gateway "nobody" exists in namespace "ai". Create it, or correct spec.gatewayRef.`,
		},
		"BudgetWithoutPostgres": {
			func(k *v1alpha1.GatewayKeySpec) {
				k.GatewayRef.Name, k.Budget = "e2e-bare", &v1alpha1.Budget{LimitUSD: "5"}
			},
			v1alpha1.ReasonInvalid, "Set its spec.postgres.mode",
		},
		"Second": { // by its name as well, where both are made in the same second
			func(k *v1alpha1.GatewayKeySpec) { k.SecretRef = &v1alpha1.SecretKeyReference{Name: "e2e-states-first"} },
			v1alpha1.ReasonConflicted, "Give this one another key",
		},
	} {
		t.Run(name, func(t *testing.T) {
			key := stack.NewKey(s.Namespace, "e2e-states-"+strings.ToLower(name))
			tc.edit(&key.Spec)
			create(t, s, key)
			if err := s.AwaitKeyRefused(t.Context(), key.Name, tc.reason, limit); err != nil {
				t.Fatal(err)
			}
			if text := kubectl(t, "describe", "fkey", "-n", s.Namespace, key.Name); !strings.Contains(text, tc.advice) {
				t.Errorf("expected %q in:\n%s", tc.advice, text)
			}
		})
	}
}

// TestGivenSecret has a key in a Secret that a person made: it works, and once the Secret is gone it is refused.
func TestGivenSecret(t *testing.T) {
	s, c := connect(t)
	all := replicas(t, s, c)
	alias := upstream(t, s, "key-given")
	const value = "sk-a-key-that-a-person-has-chosen"
	secret := &corev1.Secret{ObjectMeta: metav1.ObjectMeta{Namespace: s.Namespace, Name: "e2e-given"}, StringData: map[string]string{"token": value}}
	create(t, s, secret)
	key := stack.NewKey(s.Namespace, "e2e-given")
	key.Spec.SecretRef = &v1alpha1.SecretKeyReference{Name: "e2e-given", Key: "token"}
	create(t, s, key)
	if err := s.AwaitKey(t.Context(), key.Name, key.Generation, limit); err != nil {
		t.Fatal(err)
	}
	everywhere(t, all, value, alias, http.StatusOK, "")
	if err := s.Client.Delete(t.Context(), secret); err != nil {
		t.Fatal(err)
	}
	took := converge(t, all, value, alias, http.StatusUnauthorized, "invalid_api_key")
	t.Logf("refused by every replica %d ms after its Secret was deleted", took.Milliseconds())
	if took > withdrawn {
		t.Errorf("expected every replica to refuse the key within %s, found %s", withdrawn, took)
	}
	if err := s.AwaitKeyRefused(t.Context(), key.Name, v1alpha1.ReasonSecretNotFound, limit); err != nil {
		t.Error(err)
	}
}
