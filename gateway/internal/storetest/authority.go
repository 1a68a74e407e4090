package storetest

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"testing"
	"time"
)

// Authority signs the certificates of servers of one test.
type Authority struct {
	t           testing.TB
	certificate *x509.Certificate
	key         *ecdsa.PrivateKey
	// PEM is the certificate by which the others are verified.
	PEM string
}

// NewAuthority returns an Authority that nobody else trusts.
func NewAuthority(t testing.TB) *Authority {
	t.Helper()
	a := &Authority{t: t}
	a.key = a.newKey()
	template := a.template("fairlead test authority")
	template.IsCA, template.BasicConstraintsValid, template.KeyUsage = true, true, x509.KeyUsageCertSign
	der := a.sign(template, template, a.key)
	var err error
	if a.certificate, err = x509.ParseCertificate(der); err != nil {
		t.Fatal(err)
	}
	a.PEM = string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}))
	return a
}

func (a *Authority) newKey() *ecdsa.PrivateKey {
	a.t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		a.t.Fatal(err)
	}
	return key
}

func (a *Authority) template(name string) *x509.Certificate {
	return &x509.Certificate{
		SerialNumber: big.NewInt(time.Now().UnixNano()), Subject: pkix.Name{CommonName: name},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
	}
}

func (a *Authority) sign(template, parent *x509.Certificate, key *ecdsa.PrivateKey) []byte {
	a.t.Helper()
	der, err := x509.CreateCertificate(rand.Reader, template, parent, key.Public(), a.key)
	if err != nil {
		a.t.Fatal(err)
	}
	return der
}

// pair writes a certificate and its key for servers at addresses, 127.0.0.1 where none is given, below a directory that owner may
// enter, and returns the names of the files.
func (a *Authority) pair(owner *account, addresses ...string) (certificate, key string) {
	a.t.Helper()
	dir, err := os.MkdirTemp("", "fairlead-tls-")
	if err != nil {
		a.t.Fatal(err)
	}
	a.t.Cleanup(func() { _ = os.RemoveAll(dir) })
	if len(addresses) == 0 {
		addresses = []string{"127.0.0.1"}
	}
	own, template := a.newKey(), a.template("server")
	for _, address := range addresses {
		if ip := net.ParseIP(address); ip != nil {
			template.IPAddresses = append(template.IPAddresses, ip)
		} else {
			template.DNSNames = append(template.DNSNames, address)
		}
	}
	private, err := x509.MarshalPKCS8PrivateKey(own)
	if err != nil {
		a.t.Fatal(err)
	}
	certificate, key = filepath.Join(dir, "tls.crt"), filepath.Join(dir, "tls.key")
	for file, block := range map[string]*pem.Block{
		certificate: {Type: "CERTIFICATE", Bytes: a.sign(template, a.certificate, own)},
		key:         {Type: "PRIVATE KEY", Bytes: private},
	} {
		if err := os.WriteFile(file, pem.EncodeToMemory(block), 0o600); err != nil {
			a.t.Fatal(err)
		}
	}
	if err := owner.own(dir); err != nil {
		a.t.Fatal(err)
	}
	return certificate, key
}

// trusting is the configuration of a client that trusts the authority and no other.
func (a *Authority) trusting() *tls.Config {
	roots := x509.NewCertPool()
	roots.AddCert(a.certificate)
	return &tls.Config{RootCAs: roots, MinVersion: tls.VersionTLS12}
}

// Certified makes a PostgreSQL offer TLS, with a certificate for addresses, or for 127.0.0.1 where none is given.
func Certified(a *Authority, addresses ...string) PostgresOption {
	return func(s *PostgresServer) {
		certificate, key := a.pair(s.owner, addresses...)
		Setting("ssl", "on")(s)
		Setting("ssl_cert_file", certificate)(s)
		Setting("ssl_key_file", key)(s)
	}
}

// RedisTLS is Redis, speaking TLS only, with a certificate for 127.0.0.1.
func RedisTLS(t testing.TB, a *Authority, args ...string) *RedisServer {
	t.Helper()
	return startRedis(t, a, args)
}

// Certify gives a server that was started by RedisTLS a certificate of another authority. It has it after Kill and Start.
func (s *RedisServer) Certify(a *Authority) { s.authority = a }

// tlsArgs make the server speak TLS on its port.
func (s *RedisServer) tlsArgs() []string {
	if s.authority == nil {
		return nil
	}
	certificate, key := s.authority.pair(nil)
	return []string{
		"--port", "0", "--tls-port", portText(s.port), "--tls-cert-file", certificate, "--tls-key-file", key,
		"--tls-auth-clients", "no",
	}
}
