// Package stores says how Redis and PostgreSQL are reached. The gateway, which uses them, and the operator, which asks whether they
// answer, both go by it, so that what the one finds holds for the other.
package stores

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
)

// Address is where a store is. It holds passwords, and prints as nothing that could be used.
type Address struct {
	// URI of the store, in the form that NewRedis or Postgres describes; empty where there is none.
	URI string
	// CA holds the certificates, in PEM, that the store's own is verified with. Where it is set, every connection is encrypted, and the
	// server's name and chain are verified, whatever the URI says.
	CA string
}

// errCA is an Address.CA without a certificate.
var errCA = errors.New("its CA bundle holds no PEM certificate")

// String hides the address.
func (Address) String() string { return "the address of a store" }

// GoString hides it as well.
func (a Address) GoString() string { return a.String() }

// verified returns how servers are verified where a CA is given, and nil where none is. The name that is verified is the one that is
// dialed: a Cluster and Sentinels lead to servers of other names than those in the URI.
func (a Address) verified() (*tls.Config, error) {
	if a.CA == "" {
		return nil, nil
	}
	roots := x509.NewCertPool()
	if !roots.AppendCertsFromPEM([]byte(a.CA)) {
		return nil, errCA
	}
	return &tls.Config{RootCAs: roots, MinVersion: tls.VersionTLS12}, nil
}
