package operator_test

import (
	"fmt"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"

	"github.com/fairlead-dev/fairlead/api/testcert"
	"github.com/fairlead-dev/fairlead/api/v1alpha1"
	"github.com/fairlead-dev/fairlead/controllers/internal/testkit"
)

// TestListenerCertificate follows a certificate: missing, there, renewed, half renewed, deleted, and not wanted any more.
func TestListenerCertificate(t *testing.T) {
	c := needCluster(t)
	ns := c.Namespace(t, nil)
	start(t, options(ns))
	first, second := testcert.New(t, testcert.Options{}), testcert.New(t, testcert.Options{})
	gateway := testkit.Gateway(ns, "main", func(g *v1alpha1.Gateway) {
		g.Spec.TLS = &v1alpha1.ListenerTLS{SecretRef: v1alpha1.SecretReference{Name: "cert"}}
	})
	c.Create(t, gateway)
	testkit.ExpectCondition(t, c.Client, gateway, v1alpha1.ConditionResolvedRefs, no, v1alpha1.ReasonSecretNotFound)
	testkit.ExpectThere(t, c.Client, gateway)
	if g := gateway.Status; g.Config == nil || !g.Config.TLS || !strings.HasPrefix(g.Address, "https://") {
		t.Errorf("without a certificate: config %+v at %s, want TLS: plain text is never a way out", g.Config, g.Address)
	}
	read(t, c.Client, ns, "main-credentials", holds(v1alpha1.CredentialTLSCertificate, ""))

	entries := func(p, key testcert.Pair) map[string]string {
		return map[string]string{"tls.crt": string(p.Chain), "tls.key": string(key.Key)}
	}
	secret := testkit.Secret(ns, "cert", entries(first, first))
	c.Create(t, secret)
	testkit.ExpectCondition(t, c.Client, gateway, v1alpha1.ConditionResolvedRefs, yes, v1alpha1.ReasonResolvedRefs)
	read(t, c.Client, ns, "main-credentials", holds(v1alpha1.CredentialTLSCertificate, string(first.Chain)))

	testkit.Edit(t, c.Client, secret, func(s *corev1.Secret) { s.StringData = entries(second, first) })
	message := testkit.ExpectCondition(t, c.Client, gateway, v1alpha1.ConditionResolvedRefs, no, v1alpha1.ReasonInvalid)
	if !strings.Contains(message, "not the PEM key of the certificate") {
		t.Errorf("half a renewal: message = %q", message)
	}
	read(t, c.Client, ns, "main-credentials", holds(v1alpha1.CredentialTLSCertificate, string(first.Chain)))

	testkit.Edit(t, c.Client, secret, func(s *corev1.Secret) { s.StringData = entries(second, second) })
	testkit.ExpectCondition(t, c.Client, gateway, v1alpha1.ConditionResolvedRefs, yes, v1alpha1.ReasonResolvedRefs)
	held := read(t, c.Client, ns, "main-credentials", holds(v1alpha1.CredentialTLSCertificate, string(second.Chain)))
	testkit.Eventually(t, func() error {
		testkit.ExpectThere(t, c.Client, gateway)
		if got := gateway.Status.CredentialsVersion; got != held.ResourceVersion {
			return fmt.Errorf("status.credentialsVersion = %q, the Secret has %q", got, held.ResourceVersion)
		}
		return nil
	})

	if err := c.Client.Delete(t.Context(), secret); err != nil {
		t.Fatal(err)
	}
	testkit.ExpectCondition(t, c.Client, gateway, v1alpha1.ConditionResolvedRefs, no, v1alpha1.ReasonSecretNotFound)
	read(t, c.Client, ns, "main-credentials", holds(v1alpha1.CredentialTLSCertificate, string(second.Chain)))

	testkit.Edit(t, c.Client, gateway, func(g *v1alpha1.Gateway) { g.Spec.TLS = nil })
	testkit.ExpectCondition(t, c.Client, gateway, v1alpha1.ConditionResolvedRefs, yes, v1alpha1.ReasonResolvedRefs)
	read(t, c.Client, ns, "main-credentials", holds(v1alpha1.CredentialTLSKey, ""))
}

// TestNetworksOfProviders: an operator that allows no network says so, and one that allows them tells the gateways.
func TestNetworksOfProviders(t *testing.T) {
	c := needCluster(t)
	ns := c.Namespace(t, nil)
	closed := options(ns)
	closed.Installation.AllowedNetworks = nil
	stop := start(t, closed)
	inside := testkit.Compatible(ns, "inside", func(p *v1alpha1.ModelProvider) {
		p.Spec.Endpoint = &v1alpha1.Endpoint{URL: "http://10.9.8.7:8000/v1"}
	})
	gateway := testkit.Gateway(ns, "main")
	c.Create(t, gateway, inside)
	message := testkit.ExpectCondition(t, c.Client, inside, v1alpha1.ConditionAccepted, no, v1alpha1.ReasonEndpointNotAllowed)
	if !strings.Contains(message, "--allow-provider-network") || !strings.Contains(message, "providers.allowedNetworks") {
		t.Errorf("message = %q, want who can help, and how", message)
	}
	stop()

	stop = start(t, options(ns))
	testkit.ExpectCondition(t, c.Client, inside, v1alpha1.ConditionAccepted, yes, v1alpha1.ReasonAccepted)
	testkit.Eventually(t, func() error {
		testkit.ExpectThere(t, c.Client, gateway)
		if got := gateway.Status.Config; got == nil || len(got.AllowedNetworks) == 0 {
			return fmt.Errorf("status.config = %+v, want the networks", got)
		}
		return nil
	})
	stop()

	start(t, closed)
	testkit.ExpectCondition(t, c.Client, inside, v1alpha1.ConditionAccepted, no, v1alpha1.ReasonEndpointNotAllowed)
	testkit.Eventually(t, func() error {
		testkit.ExpectThere(t, c.Client, inside)
		if inside.Status.Endpoint != nil {
			return fmt.Errorf("status.endpoint = %+v, want none: the network was taken away", inside.Status.Endpoint)
		}
		return nil
	})
}
