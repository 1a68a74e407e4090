package stores_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"math/big"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/fairlead-dev/fairlead/api/stores"
)

// TestPostgresTLS: with a CA there is no way left to connect that is not encrypted and verified.
func TestPostgresTLS(t *testing.T) {
	ca := certificate(t)
	for name, tc := range map[string]struct {
		uri, ca string
		want    []string
	}{
		"Prefer":        {"postgres://h/db", "", []string{"h:5432 unverified", "h:5432 plain"}},
		"VerifyFull":    {"postgres://h/db?sslmode=verify-full", "", []string{"h:5432 verified h"}},
		"CAOverPrefer":  {"postgres://h/db", ca, []string{"h:5432 verified h"}},
		"CAOverDisable": {"postgres://h/db?sslmode=disable", ca, []string{"h:5432 verified h"}},
		"CAOverRequire": {"postgres://10.0.0.1/db?sslmode=require", ca, []string{"10.0.0.1:5432 verified 10.0.0.1"}},
		"SeveralHosts": {
			"postgres://h:1,i:2/db?target_session_attrs=read-write", ca,
			[]string{"h:1 verified h", "i:2 verified i"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			config, err := stores.Postgres(stores.Address{URI: tc.uri, CA: tc.ca})
			if err != nil {
				t.Fatal(err)
			}
			c := config.ConnConfig
			got := make([]string, 0, len(tc.want))
			got = append(got, way(c.Host, c.Port, c.TLSConfig))
			for _, f := range c.Fallbacks {
				got = append(got, way(f.Host, f.Port, f.TLSConfig))
			}
			if diff := cmp.Diff(tc.want, got); diff != "" {
				t.Errorf("ways to connect (-want +got):\n%s", diff)
			}
		})
	}
}

// way describes one way to connect.
func way(host string, port uint16, c *tls.Config) string {
	switch {
	case c == nil:
		return fmt.Sprintf("%s:%d plain", host, port)
	case c.InsecureSkipVerify:
		return fmt.Sprintf("%s:%d unverified", host, port)
	default:
		return fmt.Sprintf("%s:%d verified %s", host, port, c.ServerName)
	}
}

// certificate is one that signed itself, in PEM.
func certificate(t *testing.T) string {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), NotAfter: time.Now().Add(time.Hour), IsCA: true, BasicConstraintsValid: true}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	return string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}))
}
