// Package pki makes the keys, certificates and kubeconfigs of a cluster. Keys are ECDSA P-256, which are made in microseconds.
package pki

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"fmt"
	"math/big"
	"net"
	"time"
)

// lifetime is that of every certificate: a development cluster that is kept must not die of old age.
const lifetime = 10 * 365 * 24 * time.Hour

// Pair is a certificate and its private key, both PEM.
type Pair struct{ Certificate, Key []byte }

// Authority issues certificates.
type Authority struct {
	Pair
	certificate *x509.Certificate
	key         *ecdsa.PrivateKey
	now         time.Time
}

// Request says what a certificate is for: an identity (Name, Groups) that proves itself to a server, or, with Hosts or Addresses, a
// server that proves itself to its clients.
type Request struct {
	// Name is the common name, which Kubernetes takes for the user name.
	Name string
	// Groups are the organizations, which Kubernetes takes for the user's groups.
	Groups []string
	// Hosts and Addresses are what clients may call the server.
	Hosts     []string
	Addresses []net.IP
}

// NewAuthority makes a certificate authority that is valid from an hour before now, so that clocks may differ a little.
func NewAuthority(name string, now time.Time) (*Authority, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, fmt.Errorf("making the key of authority %s: %w", name, err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: name},
		NotBefore: now.Add(-time.Hour), NotAfter: now.Add(lifetime),
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign | x509.KeyUsageCRLSign | x509.KeyUsageDigitalSignature,
	}
	a := &Authority{certificate: template, key: key, now: now}
	a.Pair, err = a.sign(template, key)
	if err != nil {
		return nil, fmt.Errorf("signing authority %s: %w", name, err)
	}
	a.certificate, err = parse(a.Certificate)
	return a, err
}

// Issue makes a key and a certificate for it.
func (a *Authority) Issue(r Request) (Pair, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return Pair{}, fmt.Errorf("making the key of %s: %w", r.Name, err)
	}
	serial, err := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 120))
	if err != nil {
		return Pair{}, fmt.Errorf("choosing the serial number of %s: %w", r.Name, err)
	}
	usage := x509.ExtKeyUsageClientAuth
	if len(r.Hosts)+len(r.Addresses) > 0 {
		usage = x509.ExtKeyUsageServerAuth
	}
	pair, err := a.sign(&x509.Certificate{
		SerialNumber: serial, Subject: pkix.Name{CommonName: r.Name, Organization: r.Groups},
		NotBefore: a.now.Add(-time.Hour), NotAfter: a.now.Add(lifetime),
		KeyUsage: x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{usage},
		DNSNames: r.Hosts, IPAddresses: r.Addresses,
	}, key)
	if err != nil {
		return Pair{}, fmt.Errorf("signing the certificate of %s: %w", r.Name, err)
	}
	return pair, nil
}

func (a *Authority) sign(template *x509.Certificate, key *ecdsa.PrivateKey) (Pair, error) {
	der, err := x509.CreateCertificate(rand.Reader, template, a.certificate, &key.PublicKey, a.key)
	if err != nil {
		return Pair{}, err
	}
	encoded, err := encodeKey(key)
	if err != nil {
		return Pair{}, err
	}
	return Pair{Certificate: pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), Key: encoded}, nil
}

// NewSigningKey makes a key pair without a certificate, for tokens of service accounts: the private and the public key, both PEM.
func NewSigningKey() (private, public []byte, err error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, nil, fmt.Errorf("making the signing key: %w", err)
	}
	private, err = encodeKey(key)
	if err != nil {
		return nil, nil, err
	}
	der, err := x509.MarshalPKIXPublicKey(&key.PublicKey)
	if err != nil {
		return nil, nil, fmt.Errorf("encoding the public key: %w", err)
	}
	return private, pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der}), nil
}

func encodeKey(key *ecdsa.PrivateKey) ([]byte, error) {
	der, err := x509.MarshalECPrivateKey(key)
	if err != nil {
		return nil, fmt.Errorf("encoding a private key: %w", err)
	}
	return pem.EncodeToMemory(&pem.Block{Type: "EC PRIVATE KEY", Bytes: der}), nil
}

func parse(certificate []byte) (*x509.Certificate, error) {
	block, _ := pem.Decode(certificate)
	if block == nil {
		return nil, errors.New("decoding a certificate: it is not PEM")
	}
	parsed, err := x509.ParseCertificate(block.Bytes)
	if err != nil {
		return nil, fmt.Errorf("parsing a certificate: %w", err)
	}
	return parsed, nil
}
