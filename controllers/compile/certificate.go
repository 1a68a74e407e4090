package compile

import (
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"time"

	"github.com/fairlead-dev/fairlead/api/v1alpha1"
)

// warnPart: a certificate is to be renewed when less than this part of its life is left. cert-manager renews when a third is left, so
// that what is warned of is late.
// Source: https://cert-manager.io/docs/usage/certificate/#issuance-triggers
const warnPart = 5

// Entries of a Secret of type kubernetes.io/tls.
const (
	entryCertificate = "tls.crt"
	entryKey         = "tls.key"
)

// Certificate returns the certificates and the key, in PEM, of the Secret that spec.tls of a Gateway names. Both are nil where there
// is none that can be shown at this time.
func (s Secrets) Certificate(g *v1alpha1.Gateway, now time.Time) (chain, key []byte) {
	if g.Spec.TLS == nil {
		return nil, nil
	}
	if _, problem := s.certificate("", g.Spec.TLS.SecretRef.Name, now); problem != nil {
		return nil, nil
	}
	entries := s[string(g.Spec.TLS.SecretRef.Name)]
	return entries[entryCertificate], entries[entryKey]
}

// certificate reads the certificate of a Secret, or finds what keeps clients from being shown it.
func (s Secrets) certificate(subject string, name v1alpha1.ObjectName, now time.Time) (*x509.Certificate, *Problem) {
	chain := v1alpha1.SecretKeyReference{Name: name, Key: entryCertificate}
	key := v1alpha1.SecretKeyReference{Name: name, Key: entryKey}
	for _, ref := range []v1alpha1.SecretKeyReference{chain, key} {
		if problem := s.missing(subject, ref); problem != nil {
			return nil, problem
		}
	}
	leaf := firstCertificate(s.Key(chain))
	if leaf == nil {
		return nil, unusable(subject, chain, "it holds no PEM certificate")
	}
	if _, err := tls.X509KeyPair(s.Key(chain), s.Key(key)); err != nil {
		return nil, unusable(subject, key, "it is not the PEM key of the certificate in "+entryCertificate)
	}
	switch {
	case now.After(leaf.NotAfter):
		return nil, unusable(subject, chain, "the certificate has expired at "+moment(leaf.NotAfter))
	case now.Before(leaf.NotBefore):
		return nil, unusable(subject, chain, "the certificate is not valid before "+moment(leaf.NotBefore))
	}
	return leaf, nil
}

// firstCertificate is the one that belongs to the key; nil where there is none.
func firstCertificate(chain []byte) *x509.Certificate {
	for block, rest := pem.Decode(chain); block != nil; block, rest = pem.Decode(rest) {
		if block.Type != "CERTIFICATE" {
			continue
		}
		if leaf, err := x509.ParseCertificate(block.Bytes); err == nil {
			return leaf
		}
		return nil
	}
	return nil
}

// checkListener finds what keeps clients from being shown the certificate of spec.tls. The notice says that it has to be renewed
// soon; it is empty while there is time.
func checkListener(in GatewayInput, subject string) (notice string, problem *Problem) {
	if in.Gateway.Spec.TLS == nil {
		return "", nil
	}
	name := in.Gateway.Spec.TLS.SecretRef.Name
	leaf, problem := in.Secrets.certificate(subject+" (spec.tls)", name, in.Now)
	if problem != nil {
		return "", problem.with("What was shown before is shown until this is put right; without any, connections are refused.")
	}
	if life := leaf.NotAfter.Sub(leaf.NotBefore); in.Now.After(leaf.NotAfter.Add(-life / warnPart)) {
		notice = fmt.Sprintf("The certificate in Secret %q expires at %s. Renew it.", name, moment(leaf.NotAfter))
	}
	return notice, nil
}

func moment(t time.Time) string { return t.UTC().Format(time.RFC3339) }
