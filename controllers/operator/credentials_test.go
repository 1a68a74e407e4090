package operator_test

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strings"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/fairlead-dev/fairlead/api/v1alpha1"
	"github.com/fairlead-dev/fairlead/controllers/internal/testkit"
)

// read waits until a Secret satisfies check.
func read(t *testing.T, c client.Client, namespace, name string, check func(map[string][]byte) error) *corev1.Secret {
	t.Helper()
	s := &corev1.Secret{ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: name}}
	testkit.Eventually(t, func() error {
		if err := c.Get(t.Context(), client.ObjectKeyFromObject(s), s); err != nil {
			return err
		}
		return check(s.Data)
	})
	return s
}

// holds checks that an entry has a value; an empty one means that there is no such entry.
func holds(entry, value string) func(map[string][]byte) error {
	return func(data map[string][]byte) error {
		if got := string(data[entry]); got != value {
			return fmt.Errorf("%s = %q, want %q", entry, got, value)
		}
		return nil
	}
}

func anything(map[string][]byte) error { return nil }

// TestMasterKey: a key is made once and never again, and the credentials hold its digest and not the key.
func TestMasterKey(t *testing.T) {
	c := needCluster(t)
	ns := c.Namespace(t, nil)
	stop := start(t, options(ns))
	c.Create(t, testkit.Gateway(ns, "main"))
	key := string(read(t, c.Client, ns, "main-master-key", anything).Data["api-key"])
	if !strings.HasPrefix(key, "sk-") || len(key) != 46 {
		t.Errorf("master key has %d characters and begins with %.3q", len(key), key)
	}
	secret := read(t, c.Client, ns, "main-credentials", anything)
	mac := hmac.New(sha256.New, secret.Data[v1alpha1.CredentialPepper])
	mac.Write([]byte(key))
	if err := holds(v1alpha1.CredentialMasterKey, hex.EncodeToString(mac.Sum(nil)))(secret.Data); err != nil {
		t.Error(err)
	}
	stop()
	start(t, options(ns))
	gateway := testkit.Gateway(ns, "main")
	testkit.Edit(t, c.Client, gateway, func(g *v1alpha1.Gateway) { g.Spec.Service.Port = 80 })
	testkit.ExpectCondition(t, c.Client, gateway, v1alpha1.ConditionAccepted, yes, v1alpha1.ReasonAccepted)
	if again := read(t, c.Client, ns, "main-master-key", anything); string(again.Data["api-key"]) != key {
		t.Error("a restart made a new master key")
	}
	if again := read(t, c.Client, ns, "main-credentials", anything); string(again.Data["pepper"]) != string(secret.Data["pepper"]) {
		t.Error("a restart made a new pepper")
	}
}

// TestProviderKey follows a provider's key: missing, without its entry, there, rotated within five seconds, and taken away.
func TestProviderKey(t *testing.T) {
	c := needCluster(t)
	ns := c.Namespace(t, nil)
	start(t, options(ns))
	provider, alias := testkit.OpenAI(ns, "openai"), testkit.Alias(ns, "chat", []string{"openai"})
	gateway := testkit.Gateway(ns, "main")
	c.Create(t, gateway, provider, alias)
	entry := v1alpha1.ProviderCredentialKey(ns, "openai")
	testkit.ExpectCondition(t, c.Client, provider, v1alpha1.ConditionResolvedRefs, no, v1alpha1.ReasonSecretNotFound)
	testkit.ExpectCondition(t, c.Client, alias, v1alpha1.ConditionResolvedRefs, no, v1alpha1.ReasonSecretNotFound)

	secret := testkit.Secret(ns, "openai", map[string]string{"token": "canary-1"})
	c.Create(t, secret)
	message := testkit.ExpectCondition(t, c.Client, provider, v1alpha1.ConditionResolvedRefs, no, v1alpha1.ReasonSecretKeyMissing)
	if want := fmt.Sprintf(`ModelProvider %s/openai needs key "api-key" in Secret "openai"; the Secret has keys: token.`, ns); message != want {
		t.Errorf("message = %q, want %q", message, want)
	}

	testkit.Edit(t, c.Client, secret, func(s *corev1.Secret) { s.StringData = map[string]string{"api-key": "canary-2\n"} })
	testkit.ExpectCondition(t, c.Client, provider, v1alpha1.ConditionReady, yes, v1alpha1.ReasonReady)
	testkit.ExpectCondition(t, c.Client, alias, v1alpha1.ConditionResolvedRefs, yes, v1alpha1.ReasonResolvedRefs)
	held := read(t, c.Client, ns, "main-credentials", holds(entry, "canary-2"))
	testkit.Eventually(t, func() error {
		testkit.ExpectThere(t, c.Client, gateway)
		if got := gateway.Status.CredentialsVersion; got != held.ResourceVersion {
			return fmt.Errorf("status.credentialsVersion = %q, the Secret has %q", got, held.ResourceVersion)
		}
		return nil
	})

	testkit.Edit(t, c.Client, secret, func(s *corev1.Secret) { s.StringData = map[string]string{"api-key": "canary-3"} })
	rotated := time.Now()
	read(t, c.Client, ns, "main-credentials", holds(entry, "canary-3"))
	if took := time.Since(rotated); took > 5*time.Second {
		t.Errorf("the rotated key was there after %s, want 5 s", took)
	}

	if err := c.Client.Delete(t.Context(), secret); err != nil {
		t.Fatal(err)
	}
	read(t, c.Client, ns, "main-credentials", holds(entry, ""))
	testkit.ExpectCondition(t, c.Client, provider, v1alpha1.ConditionReady, no, v1alpha1.ReasonSecretNotFound)
	noCanary(t, c)
}

// noCanary looks for secret values in everything that others than the owner of a Secret can read.
func noCanary(t *testing.T, c *testkit.Cluster) {
	t.Helper()
	for _, list := range []client.ObjectList{
		&v1alpha1.GatewayList{}, &v1alpha1.ModelAliasList{}, &v1alpha1.ModelProviderList{}, &v1alpha1.GatewayKeyList{},
		&corev1.EventList{},
	} {
		if err := c.Client.List(t.Context(), list); err != nil {
			t.Fatal(err)
		}
		if strings.Contains(fmt.Sprintf("%+v", list), "canary") {
			t.Errorf("a secret value is in a %T", list)
		}
	}
}

// TestKeysGoOnlyWhereTheyAreUsed: a provider that no alias of the gateway uses puts nothing into its credentials.
func TestKeysGoOnlyWhereTheyAreUsed(t *testing.T) {
	c := needCluster(t)
	ns := c.Namespace(t, nil)
	start(t, options(ns))
	used, unused := testkit.OpenAI(ns, "used"), testkit.OpenAI(ns, "unused")
	c.Create(t, testkit.Secret(ns, "openai", map[string]string{"api-key": "k"}), testkit.Gateway(ns, "main"), used, unused,
		testkit.Alias(ns, "chat", []string{"used"}))
	testkit.ExpectCondition(t, c.Client, unused, v1alpha1.ConditionReady, yes, v1alpha1.ReasonReady)
	s := read(t, c.Client, ns, "main-credentials", holds(v1alpha1.ProviderCredentialKey(ns, "used"), "k"))
	if _, there := s.Data[v1alpha1.ProviderCredentialKey(ns, "unused")]; there {
		t.Error("the key of a provider that is not used is in the credentials")
	}
}
