package probe_test

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"math/big"
	"net"
	"testing"
	"time"

	"github.com/fairlead-dev/fairlead/api/stores"
	"github.com/fairlead-dev/fairlead/controllers/probe"
)

// TestMistrusted: what is wrong with a certificate is said in words that stay the same.
func TestMistrusted(t *testing.T) {
	good, stranger := signed(t, time.Hour, net.IPv4(127, 0, 0, 1)), signed(t, time.Hour, net.IPv4(127, 0, 0, 1))
	named, expired := signed(t, time.Hour, net.IPv4(10, 0, 0, 1)), signed(t, -time.Minute, net.IPv4(127, 0, 0, 1))
	for name, tc := range map[string]struct {
		server, trusted tls.Certificate
		want            string
	}{
		"UnknownAuthority": {good, stranger, "its certificate is signed by an unknown authority"},
		"OtherName":        {named, named, "its certificate is not valid for 127.0.0.1"},
		"Expired":          {expired, expired, "its certificate has expired or is not valid yet"},
		"NothingWrong":     {good, good, "it closed the connection"},
	} {
		t.Run(name, func(t *testing.T) {
			address := stores.Address{URI: "redis://:canary@" + closing(t, tc.server), CA: text(tc.trusted)}
			ctx, cancel := context.WithTimeout(t.Context(), 2*time.Second)
			defer cancel()
			if err := probe.Redis(ctx, address); err == nil || err.Error() != tc.want {
				t.Errorf("err = %v, want %q", err, tc.want)
			}
		})
	}
}

// closing listens, and closes each connection when it is secured.
func closing(t *testing.T, certificate tls.Certificate) string {
	t.Helper()
	listener, err := tls.Listen("tcp", "127.0.0.1:0", &tls.Config{Certificates: []tls.Certificate{certificate}, MinVersion: tls.VersionTLS12})
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		for {
			connection, err := listener.Accept()
			if err != nil {
				return
			}
			if secure, ok := connection.(*tls.Conn); ok {
				_ = secure.HandshakeContext(context.WithoutCancel(t.Context()))
			}
			_ = connection.Close()
		}
	}()
	t.Cleanup(func() {
		_ = listener.Close()
		<-done
	})
	return listener.Addr().String()
}

// signed is a certificate that signed itself, for an address, and ends after a time.
func signed(t *testing.T, lasts time.Duration, address net.IP) tls.Certificate {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), IPAddresses: []net.IP{address}, IsCA: true, BasicConstraintsValid: true,
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(lasts),
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}
}

func text(c tls.Certificate) string {
	return string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: c.Certificate[0]}))
}
