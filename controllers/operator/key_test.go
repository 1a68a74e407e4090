package operator_test

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/fairlead-dev/fairlead/api/v1alpha1"
	"github.com/fairlead-dev/fairlead/controllers/internal/testkit"
)

// digestOf is what a key is recognised by at the Gateway "main" of a namespace.
func digestOf(t *testing.T, c *testkit.Cluster, ns string, key []byte) v1alpha1.KeyDigest {
	t.Helper()
	mac := hmac.New(sha256.New, read(t, c.Client, ns, "main-credentials", anything).Data[v1alpha1.CredentialPepper])
	mac.Write(key)
	return v1alpha1.KeyDigest(hex.EncodeToString(mac.Sum(nil)))
}

// expectDigest waits until a key publishes a digest; an empty one stands for no policy.
func expectDigest(t *testing.T, c *testkit.Cluster, key *v1alpha1.GatewayKey, want v1alpha1.KeyDigest) {
	t.Helper()
	testkit.Eventually(t, func() error {
		if err := c.Client.Get(t.Context(), client.ObjectKeyFromObject(key), key); err != nil {
			return err
		}
		got := v1alpha1.KeyDigest("")
		if key.Status.Policy != nil {
			got = key.Status.Policy.Digest
		}
		if got != want {
			return fmt.Errorf("key %s publishes the digest %q, want %q", key.Name, got, want)
		}
		return nil
	})
}

// TestKeyToProgrammed follows a key whose Secret the operator makes, once, to where every replica has confirmed it.
func TestKeyToProgrammed(t *testing.T) {
	c := needCluster(t)
	ns := c.Namespace(t, nil)
	start(t, options(ns))
	key := testkit.Key(ns, "ci", func(k *v1alpha1.GatewayKey) { k.Labels = map[string]string{"team": "a"} })
	c.Create(t, key, testkit.Gateway(ns, "main"))
	testkit.ExpectCondition(t, c.Client, key, v1alpha1.ConditionProgrammed, no, v1alpha1.ReasonNoReadyReplicas)
	secret := read(t, c.Client, ns, "ci", anything)
	value := secret.Data["api-key"]
	if !strings.HasPrefix(string(value), "sk-") || len(value) != 46 {
		t.Errorf("the key has %d characters and begins with %.3q", len(value), value)
	}
	if owner := metav1.GetControllerOf(secret); owner == nil || owner.UID != key.UID {
		t.Errorf("the Secret is owned by %v", owner)
	}
	testkit.StartDataPlane(t, c.Client, ns, "main", 1)
	testkit.ExpectCondition(t, c.Client, key, v1alpha1.ConditionProgrammed, yes, v1alpha1.ReasonProgrammed)
	testkit.ExpectCondition(t, c.Client, key, v1alpha1.ConditionReady, yes, v1alpha1.ReasonReady)
	want := &v1alpha1.KeyPolicy{
		Revision: key.Status.Policy.Revision, Generation: 1, Gateway: ns + "/main",
		Digest: digestOf(t, c, ns, value), Labels: map[string]string{"team": "a"},
	}
	if diff := cmp.Diff(want, key.Status.Policy); diff != "" {
		t.Errorf("policy (-want +got):\n%s", diff)
	}
	if key.Status.KeyID != string(want.Digest[:16]) {
		t.Errorf("keyID = %q", key.Status.KeyID)
	}
	if strings.Contains(fmt.Sprintf("%+v", key), string(value)) {
		t.Error("the key is in the object")
	}
}

// TestKeySecret follows a key from a Secret of its own: rotated within five seconds, revoked with the Secret, never made anew, and
// working again with a new Secret.
func TestKeySecret(t *testing.T) {
	c := needCluster(t)
	ns := c.Namespace(t, nil)
	start(t, options(ns))
	key := testkit.Key(ns, "ci", func(k *v1alpha1.GatewayKey) {
		k.Spec.SecretRef = &v1alpha1.SecretKeyReference{Name: "tokens", Key: "ci"}
	})
	secret := testkit.Secret(ns, "tokens", map[string]string{"ci": "sk-canary-0123456789abcdef\n"})
	c.Create(t, secret, testkit.Gateway(ns, "main"), key)
	testkit.ExpectCondition(t, c.Client, key, v1alpha1.ConditionAccepted, yes, v1alpha1.ReasonAccepted)
	expectDigest(t, c, key, digestOf(t, c, ns, []byte("sk-canary-0123456789abcdef")))

	testkit.Edit(t, c.Client, secret, func(s *corev1.Secret) { s.StringData = map[string]string{"ci": "sk-canary-rotated-0123456789"} })
	rotated := time.Now()
	expectDigest(t, c, key, digestOf(t, c, ns, []byte("sk-canary-rotated-0123456789")))
	if took := time.Since(rotated); took > 5*time.Second {
		t.Errorf("the rotated key was published after %s, want 5 s", took)
	}

	testkit.Edit(t, c.Client, secret, func(s *corev1.Secret) { s.StringData = map[string]string{"ci": "sk-canary-short"} })
	testkit.ExpectCondition(t, c.Client, key, v1alpha1.ConditionResolvedRefs, no, v1alpha1.ReasonInvalid)
	expectDigest(t, c, key, "")

	if err := c.Client.Delete(t.Context(), secret); err != nil {
		t.Fatal(err)
	}
	testkit.ExpectCondition(t, c.Client, key, v1alpha1.ConditionReady, no, v1alpha1.ReasonSecretNotFound)
	testkit.Edit(t, c.Client, key, func(k *v1alpha1.GatewayKey) { k.Spec.Owner = "somebody" })
	testkit.ExpectCondition(t, c.Client, key, v1alpha1.ConditionResolvedRefs, no, v1alpha1.ReasonSecretNotFound)
	if err := c.Client.Get(t.Context(), client.ObjectKeyFromObject(secret), secret); client.IgnoreNotFound(err) != nil || err == nil {
		t.Errorf("a key that was revoked was made again: %v", err)
	}

	c.Create(t, testkit.Secret(ns, "tokens", map[string]string{"ci": "sk-canary-new-0123456789"}))
	expectDigest(t, c, key, digestOf(t, c, ns, []byte("sk-canary-new-0123456789")))
	noCanary(t, c)
}

// TestKeyConsent: a key of another namespace works while the gateway admits it, and no Secret is made before that.
func TestKeyConsent(t *testing.T) {
	c := needCluster(t)
	ns, team := c.Namespace(t, nil), c.Namespace(t, nil)
	start(t, options(ns, team))
	key, gateway := testkit.Key(team, "ci"), testkit.Gateway(ns, "main")
	key.Spec.GatewayRef.Namespace = v1alpha1.Namespace(ns)
	c.Create(t, gateway, key)
	testkit.ExpectCondition(t, c.Client, key, v1alpha1.ConditionAccepted, no, v1alpha1.ReasonNotAllowed)
	err := c.Client.Get(t.Context(), client.ObjectKey{Namespace: team, Name: "ci"}, &corev1.Secret{})
	if client.IgnoreNotFound(err) != nil || err == nil {
		t.Errorf("there is a Secret for a key that the gateway does not admit: %v", err)
	}
	testkit.Edit(t, c.Client, gateway, func(g *v1alpha1.Gateway) { g.Spec.AllowedNamespaces = testkit.Everyone() })
	testkit.ExpectCondition(t, c.Client, key, v1alpha1.ConditionAccepted, yes, v1alpha1.ReasonAccepted)
	value := read(t, c.Client, team, "ci", anything).Data["api-key"]
	expectDigest(t, c, key, digestOf(t, c, ns, value))
	testkit.Edit(t, c.Client, gateway, func(g *v1alpha1.Gateway) { g.Spec.AllowedNamespaces = nil })
	testkit.ExpectCondition(t, c.Client, key, v1alpha1.ConditionReady, no, v1alpha1.ReasonNotAllowed)
	expectDigest(t, c, key, "")
}

// TestKeyExpires: a key that has expired says so when it is so, and is left to the replicas to refuse.
func TestKeyExpires(t *testing.T) {
	c := needCluster(t)
	ns := c.Namespace(t, nil)
	start(t, options(ns))
	key := testkit.Key(ns, "ci", func(k *v1alpha1.GatewayKey) { k.Spec.Digest = v1alpha1.KeyDigest(strings.Repeat("cd", 32)) })
	expires := metav1.NewTime(time.Now().Add(5 * time.Second).Truncate(time.Second))
	key.Spec.ExpiresAt = &expires
	c.Create(t, testkit.Gateway(ns, "main"), key)
	testkit.StartDataPlane(t, c.Client, ns, "main", 1)
	testkit.ExpectCondition(t, c.Client, key, v1alpha1.ConditionReady, yes, v1alpha1.ReasonReady)
	testkit.ExpectCondition(t, c.Client, key, v1alpha1.ConditionReady, no, v1alpha1.ReasonExpired)
	if late := time.Since(expires.Time); late < 0 || late > 2*time.Second {
		t.Errorf("the key was said to have expired %s after it did", late)
	}
	if key.Status.Policy == nil || !key.Status.Policy.ExpiresAt.Equal(&expires) {
		t.Errorf("policy = %+v", key.Status.Policy)
	}
}

// TestKeyLabels: labels are part of the policy although they are not part of the spec.
func TestKeyLabels(t *testing.T) {
	c := needCluster(t)
	ns := c.Namespace(t, nil)
	start(t, options(ns))
	key := testkit.Key(ns, "ci")
	c.Create(t, testkit.Gateway(ns, "main"), key)
	testkit.ExpectCondition(t, c.Client, key, v1alpha1.ConditionAccepted, yes, v1alpha1.ReasonAccepted)
	testkit.Edit(t, c.Client, key, func(k *v1alpha1.GatewayKey) { k.Labels = map[string]string{"team": "b"} })
	testkit.Eventually(t, func() error {
		testkit.ExpectThere(t, c.Client, key)
		if p := key.Status.Policy; p == nil || p.Labels["team"] != "b" {
			return fmt.Errorf("policy = %+v", p)
		}
		return nil
	})
}

// TestSecretWaitsForGateway: of a key that nobody takes yet, no Secret is missed. It is made when the gateway comes.
func TestSecretWaitsForGateway(t *testing.T) {
	c := needCluster(t)
	ns := c.Namespace(t, nil)
	start(t, options(ns))
	key := testkit.Key(ns, "ci")
	c.Create(t, key)
	testkit.ExpectCondition(t, c.Client, key, v1alpha1.ConditionAccepted, no, v1alpha1.ReasonGatewayNotFound)
	testkit.ExpectCondition(t, c.Client, key, v1alpha1.ConditionResolvedRefs, no, v1alpha1.ReasonPending)
	c.Create(t, testkit.Gateway(ns, "main"))
	testkit.ExpectCondition(t, c.Client, key, v1alpha1.ConditionResolvedRefs, yes, v1alpha1.ReasonResolvedRefs)
}

// TestKeyWithoutGateway: a key comes to work when its gateway comes, and ends with it; with a new gateway of the same name comes a
// new pepper.
func TestKeyWithoutGateway(t *testing.T) {
	c := needCluster(t)
	ns := c.Namespace(t, nil)
	start(t, options(ns))
	key, gateway := testkit.Key(ns, "ci"), testkit.Gateway(ns, "main")
	c.Create(t, testkit.Secret(ns, "ci", map[string]string{"api-key": "sk-canary-0123456789abcdef"}), key)
	testkit.ExpectCondition(t, c.Client, key, v1alpha1.ConditionAccepted, no, v1alpha1.ReasonGatewayNotFound)
	c.Create(t, gateway)
	testkit.ExpectCondition(t, c.Client, key, v1alpha1.ConditionAccepted, yes, v1alpha1.ReasonAccepted)
	expectDigest(t, c, key, digestOf(t, c, ns, []byte("sk-canary-0123456789abcdef")))
	before := key.Status.Policy.Digest
	if err := c.Client.Delete(t.Context(), gateway); err != nil {
		t.Fatal(err)
	}
	testkit.ExpectCondition(t, c.Client, key, v1alpha1.ConditionReady, no, v1alpha1.ReasonGatewayNotFound)
	expectDigest(t, c, key, "")
	// There is no garbage collector here that would take the Secret away.
	credentials := &corev1.Secret{ObjectMeta: named(ns, "main-credentials")}
	if err := c.Client.Delete(t.Context(), credentials); err != nil {
		t.Fatal(err)
	}
	c.Create(t, testkit.Gateway(ns, "main"))
	testkit.Eventually(t, func() error {
		testkit.ExpectThere(t, c.Client, key)
		if p := key.Status.Policy; p == nil || p.Digest == before {
			return errors.New("the key has no new digest")
		}
		return nil
	})
	expectDigest(t, c, key, digestOf(t, c, ns, []byte("sk-canary-0123456789abcdef")))
}
