package pki

import (
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"net"
	"strings"
	"testing"
	"time"
)

func TestIssue(t *testing.T) {
	now := time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)
	authority, err := NewAuthority("test-ca", now)
	if err != nil {
		t.Fatal(err)
	}
	other, err := NewAuthority("other-ca", now)
	if err != nil {
		t.Fatal(err)
	}
	server := Request{Name: "api", Hosts: []string{"kubernetes.default.svc"}, Addresses: []net.IP{net.IPv4(127, 0, 0, 1)}}
	for name, test := range map[string]struct {
		reason  string
		request Request
		options x509.VerifyOptions
		roots   *Authority
		ok      bool
	}{
		"ServerByName":    {"clients in the cluster use the name", server, x509.VerifyOptions{DNSName: "kubernetes.default.svc"}, authority, true},
		"ServerByAddress": {"kubectl on the host uses the address", server, x509.VerifyOptions{DNSName: "127.0.0.1"}, authority, true},
		"WrongName":       {"a server must not pass for another", server, x509.VerifyOptions{DNSName: "example.com"}, authority, false},
		"WrongAuthority":  {"only the cluster's authority counts", server, x509.VerifyOptions{}, other, false},
		"Expired":         {"ten years are ten years", server, x509.VerifyOptions{CurrentTime: now.AddDate(11, 0, 0)}, authority, false},
		"ClientAsServer":  {"a user's certificate must not serve", Request{Name: "admin"}, x509.VerifyOptions{}, authority, false},
		"Client": {
			"a user proves who it is",
			Request{Name: "admin", Groups: []string{"system:masters"}},
			x509.VerifyOptions{KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth}},
			authority, true,
		},
	} {
		t.Run(name, func(t *testing.T) {
			pair, err := authority.Issue(test.request)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := tls.X509KeyPair(pair.Certificate, pair.Key); err != nil {
				t.Errorf("key and certificate do not match: %v", err)
			}
			certificate, err := parse(pair.Certificate)
			if err != nil {
				t.Fatal(err)
			}
			test.options.Roots = x509.NewCertPool()
			test.options.Roots.AppendCertsFromPEM(test.roots.Certificate)
			if test.options.CurrentTime.IsZero() {
				test.options.CurrentTime = now
			}
			if _, err := certificate.Verify(test.options); (err == nil) != test.ok {
				t.Errorf("Verify() = %v, want ok %t: %s", err, test.ok, test.reason)
			}
		})
	}
}

func TestNewSigningKey(t *testing.T) {
	private, public, err := NewSigningKey()
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(private), "EC PRIVATE KEY") || !strings.Contains(string(public), "PUBLIC KEY") {
		t.Errorf("NewSigningKey() = %q, %q, want a private and a public key", private[:30], public[:30])
	}
}

func TestKubeconfig(t *testing.T) {
	got := string(Kubeconfig("fairlead", "https://127.0.0.1:16443", []byte("authority"), Pair{Certificate: []byte("cert"), Key: []byte("key")}))
	for _, want := range []string{
		"server: https://127.0.0.1:16443\n", "current-context: fairlead\n",
		"certificate-authority-data: " + base64.StdEncoding.EncodeToString([]byte("authority")) + "\n",
		"client-key-data: " + base64.StdEncoding.EncodeToString([]byte("key")) + "\n",
	} {
		if !strings.Contains(got, want) {
			t.Errorf("Kubeconfig() lacks %q:\n%s", want, got)
		}
	}
}
