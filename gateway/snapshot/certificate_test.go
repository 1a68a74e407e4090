package snapshot

import (
	"testing"

	"github.com/fairlead-dev/fairlead/api/testcert"
	"github.com/fairlead-dev/fairlead/api/v1alpha1"
)

func TestCertificate(t *testing.T) {
	first, second := testcert.New(t, testcert.Options{}), testcert.New(t, testcert.Options{})
	in := func(tls bool, chain, key []byte) Input {
		return Input{
			Gateway: "ai/main", Config: &v1alpha1.GatewayConfig{TLS: tls},
			Credentials: map[string][]byte{v1alpha1.CredentialTLSCertificate: chain, v1alpha1.CredentialTLSKey: key},
		}
	}
	one := Build(in(true, first.Chain, first.Key), nil, nil)
	if one.Certificate == nil || !one.Certificate.Leaf.Equal(first.Leaf) {
		t.Fatal("the certificate is not there")
	}
	if again := Build(in(true, first.Chain, first.Key), one, nil); again.Certificate != one.Certificate || again.Digest != one.Digest {
		t.Error("the same certificate was read again")
	}
	two := Build(in(true, second.Chain, second.Key), one, nil)
	if two.Certificate == nil || !two.Certificate.Leaf.Equal(second.Leaf) || two.Digest == one.Digest {
		t.Error("the new certificate was not taken up")
	}
	for name, broken := range map[string]Input{"WrongKey": in(true, first.Chain, second.Key), "None": in(true, nil, nil)} {
		t.Run(name, func(t *testing.T) { staysAfter(t, two, broken, in(true, first.Chain, first.Key)) })
	}
	if off := Build(in(false, second.Chain, second.Key), two, nil); off.Certificate != nil {
		t.Error("without TLS: a certificate")
	}
	if never := Build(in(true, nil, nil), nil, nil); never.Certificate != nil || !never.Config.TLS {
		t.Error("a certificate out of nothing, or TLS turned off for want of one")
	}
}

// staysAfter: what was shown before goes on being shown, somebody is told, and the next good pair is taken up.
func staysAfter(t *testing.T, before *Snapshot, broken, mended Input) {
	t.Helper()
	last := Build(broken, before, nil)
	if last.Certificate != before.Certificate {
		t.Error("the last good certificate is gone")
	}
	if rejected := last.Confirmation.Rejected; len(rejected) != 1 || rejected[0].Kind != v1alpha1.KindGateway || rejected[0].Name != "main" {
		t.Errorf("got %v, want a word about the Gateway", rejected)
	}
	if now := Build(mended, last, nil); now.Certificate == nil || now.Certificate == before.Certificate {
		t.Error("what was put right was not taken up")
	}
}
