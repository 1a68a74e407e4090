package e2e

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"io"
	bignum "math/big"
	"net/http"
	"strings"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/utils/ptr"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/fairlead-dev/fairlead/api/v1alpha1"
	"github.com/fairlead-dev/fairlead/hack/stack"
)

// renewals are how often the certificate is renewed while it is used.
const renewals = 3

// TestTLSIsRenewedUnderLoad has a gateway of its own answer over https, and renews its certificate while streams run one after the other.
// None may fail, and nothing is served in plain text.
func TestTLSIsRenewedUnderLoad(t *testing.T) {
	s, _ := connect(t)
	authority := newAuthority(t)
	secret := &corev1.Secret{ObjectMeta: metav1.ObjectMeta{Namespace: s.Namespace, Name: "tls"}, Type: corev1.SecretTypeTLS}
	secret.Data = authority.issue(t, "tls."+s.Namespace+".svc.cluster.local")
	alias, base := secured(t, s, secret)

	plain := strings.Replace(base, "https:", "http:", 1)
	if status, body, _, err := streamFrom(t.Context(), s.HTTP, plain, alias); err == nil && status != http.StatusBadRequest {
		t.Errorf("in plain text: got %d %s, want 400", status, body)
	}
	roots := x509.NewCertPool()
	roots.AddCert(authority.certificate)
	transport := s.HTTP.Transport.(*http.Transport).Clone()
	transport.TLSClientConfig, transport.ForceAttemptHTTP2 = &tls.Config{RootCAs: roots, MinVersion: tls.VersionTLS12}, true
	// Each stream has a connection of its own, so that each sees the certificate of its moment.
	transport.DisableKeepAlives = true
	c := &http.Client{Transport: transport}
	await(t, "the first answer over TLS", func(ctx context.Context) (bool, error) {
		status, _, _, err := streamFrom(ctx, c, base, alias)
		return err == nil && status == http.StatusOK, nil
	})
	streams, began := 0, time.Now()
	for range renewals {
		secret.Data = authority.issue(t, "tls."+s.Namespace+".svc.cluster.local")
		if err := s.Client.Update(t.Context(), secret); err != nil {
			t.Fatal(err)
		}
		for shown := int64(0); shown != authority.last; streams++ {
			status, body, serial, err := streamFrom(t.Context(), c, base, alias)
			if err != nil || status != http.StatusOK || !strings.Contains(body, "[DONE]") || time.Since(began) > limit {
				t.Fatalf("stream %d, %s after the first: %d %s, %v", streams, time.Since(began), status, body, err)
			}
			shown = serial
		}
	}
	t.Logf("%d streams over %d renewals in %s, 0 failed", streams, renewals, time.Since(began).Round(time.Millisecond))
}

// secured makes a gateway that shows the certificate of secret, and an alias of the fake upstream at it, and returns the alias and the
// gateway's address.
func secured(t *testing.T, s *stack.Stack, secret *corev1.Secret) (alias, base string) {
	t.Helper()
	gateway := &v1alpha1.Gateway{ObjectMeta: metav1.ObjectMeta{Namespace: s.Namespace, Name: secret.Name}}
	gateway.Spec.TLS = &v1alpha1.ListenerTLS{SecretRef: v1alpha1.SecretReference{Name: v1alpha1.ObjectName(secret.Name)}}
	gateway.Spec.Keys.Mode, gateway.Spec.Replicas = v1alpha1.KeysOptional, ptr.To[int32](1)
	create(t, s, secret)
	create(t, s, gateway)
	alias = upstream(t, s, "over-tls", func(a *v1alpha1.ModelAlias) { a.Spec.GatewayRef.Name = v1alpha1.ObjectName(gateway.Name) })
	await(t, "the gateway over TLS", func(ctx context.Context) (bool, error) {
		err := s.Client.Get(ctx, client.ObjectKeyFromObject(gateway), gateway)
		return err == nil && strings.HasPrefix(gateway.Status.Address, "https:") && meta.IsStatusConditionTrue(gateway.Status.Conditions, v1alpha1.ConditionReady), err
	})
	return alias, gateway.Status.Address
}

// streamFrom asks for a stream and reads it to its end. serial is that of the certificate that was shown.
func streamFrom(ctx context.Context, c *http.Client, base, alias string) (status int, body string, serial int64, err error) {
	request := `{"model":"` + alias + `","stream":true,"messages":[{"role":"user","content":"hi"}]}`
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, base+"/chat/completions", strings.NewReader(request))
	if err != nil {
		return 0, "", 0, err
	}
	r.Header.Set("Content-Type", "application/json")
	resp, err := c.Do(r)
	if err != nil {
		return 0, "", 0, err
	}
	defer resp.Body.Close()
	content, err := io.ReadAll(resp.Body)
	if resp.TLS != nil {
		serial = resp.TLS.PeerCertificates[0].SerialNumber.Int64()
	}
	return resp.StatusCode, string(content), serial, err
}

// authority signs certificates.
type authority struct {
	certificate *x509.Certificate
	key         *ecdsa.PrivateKey
	// last is the serial number of the last certificate.
	last int64
}

func newAuthority(t *testing.T) *authority {
	t.Helper()
	a := &authority{last: 1, key: newKey(t)}
	template := &x509.Certificate{
		SerialNumber: bignum.NewInt(a.last), NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, a.key.Public(), a.key)
	if err != nil {
		t.Fatal(err)
	}
	if a.certificate, err = x509.ParseCertificate(der); err != nil {
		t.Fatal(err)
	}
	return a
}

// issue returns the entries of a Secret of type kubernetes.io/tls.
func (a *authority) issue(t *testing.T, host string) map[string][]byte {
	t.Helper()
	a.last++
	key := newKey(t)
	template := &x509.Certificate{
		SerialNumber: bignum.NewInt(a.last), DNSNames: []string{host}, NotBefore: a.certificate.NotBefore, NotAfter: a.certificate.NotAfter,
		KeyUsage: x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	}
	der, err := x509.CreateCertificate(rand.Reader, template, a.certificate, key.Public(), a.key)
	if err != nil {
		t.Fatal(err)
	}
	encoded, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	return map[string][]byte{
		corev1.TLSCertKey:       pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}),
		corev1.TLSPrivateKeyKey: pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: encoded}),
	}
}

func newKey(t *testing.T) *ecdsa.PrivateKey {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return key
}
