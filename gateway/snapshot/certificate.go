package snapshot

import (
	"crypto/sha256"
	"crypto/tls"
	"fmt"
	"strings"

	"github.com/fairlead-dev/fairlead/api/v1alpha1"
)

// certificate is what clients see of the gateway, nil where it answers without TLS and where there is nothing to show yet. A pair
// that cannot be used is refused under the gateway's own name, and the one before it stays.
func (b *builder) certificate(gateway string, config *v1alpha1.GatewayConfig) (certificate *tls.Certificate, digest [sha256.Size]byte) {
	if config == nil || !config.TLS {
		return nil, digest
	}
	chain, key := b.credentials[v1alpha1.CredentialTLSCertificate], b.credentials[v1alpha1.CredentialTLSKey]
	d := newDigester()
	d.text(string(chain), string(key))
	digest = d.sum()
	if digest == b.prev.certificate && b.prev.Certificate != nil {
		return b.prev.Certificate, digest
	}
	pair, err := tls.X509KeyPair(chain, key)
	if err != nil {
		namespace, name, _ := strings.Cut(gateway, "/")
		b.refuse(v1alpha1.KindGateway, namespace, name, config.Revision, fmt.Errorf("certificate: %w", err))
		return b.prev.Certificate, b.prev.certificate
	}
	return &pair, digest
}
