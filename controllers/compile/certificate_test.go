package compile_test

import (
	"bytes"
	"strings"
	"testing"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/fairlead-dev/fairlead/api/testcert"
	"github.com/fairlead-dev/fairlead/api/v1alpha1"
	"github.com/fairlead-dev/fairlead/controllers/compile"
)

// began and ends bound the life of the certificates of these tests: 100 days.
var (
	began = time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	ends  = began.AddDate(0, 0, 100)
)

func newPair(t *testing.T) (chain, key []byte) {
	t.Helper()
	p := testcert.New(t, testcert.Options{NotBefore: began, NotAfter: ends})
	return p.Chain, p.Key
}

func withTLS() *v1alpha1.Gateway {
	g := &v1alpha1.Gateway{ObjectMeta: metav1.ObjectMeta{Namespace: "ai", Name: "main"}}
	g.Spec.TLS = &v1alpha1.ListenerTLS{SecretRef: v1alpha1.SecretReference{Name: "cert"}}
	return g
}

func TestCertificateOfAGateway(t *testing.T) {
	chain, key := newPair(t)
	_, other := newPair(t)
	day := func(n int) time.Time { return began.AddDate(0, 0, n) }
	cases := map[string]struct {
		entries map[string][]byte
		now     time.Time
		// reason and says are those of ResolvedRefs; no reason where it holds. notice is part of what is to be known besides.
		reason, says, notice string
	}{
		"Good":          {entries: map[string][]byte{"tls.crt": chain, "tls.key": key}, now: day(79)},
		"AfterBlanks":   {entries: map[string][]byte{"tls.crt": append([]byte("\n\n"), chain...), "tls.key": append(bytes.Clone(key), '\n')}, now: day(1)},
		"ToBeRenewed":   {entries: map[string][]byte{"tls.crt": chain, "tls.key": key}, now: day(81), notice: `Secret "cert" expires at 2026-04-11T00:00:00Z`},
		"Expired":       {entries: map[string][]byte{"tls.crt": chain, "tls.key": key}, now: day(101), reason: v1alpha1.ReasonInvalid, says: "has expired at 2026-04-11T00:00:00Z"},
		"NotYet":        {entries: map[string][]byte{"tls.crt": chain, "tls.key": key}, now: day(-1), reason: v1alpha1.ReasonInvalid, says: "not valid before 2026-01-01T00:00:00Z"},
		"OtherKey":      {entries: map[string][]byte{"tls.crt": chain, "tls.key": other}, now: day(1), reason: v1alpha1.ReasonInvalid, says: "not the PEM key of the certificate"},
		"NoCertificate": {entries: map[string][]byte{"tls.crt": []byte("canary"), "tls.key": key}, now: day(1), reason: v1alpha1.ReasonInvalid, says: "no PEM certificate"},
		"Swapped":       {entries: map[string][]byte{"tls.crt": key, "tls.key": chain}, now: day(1), reason: v1alpha1.ReasonInvalid, says: "no PEM certificate"},
		"NoKey":         {entries: map[string][]byte{"tls.crt": chain}, now: day(1), reason: v1alpha1.ReasonSecretKeyMissing, says: "tls.key"},
		"NoSecret":      {now: day(1), reason: v1alpha1.ReasonSecretNotFound, says: `Secret "cert"`},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			secrets := compile.Secrets{}
			if c.entries != nil {
				secrets["cert"] = c.entries
			}
			g := withTLS()
			got := compile.Gateway(compile.GatewayInput{Gateway: g, Secrets: secrets, ClusterDomain: "cluster.local", Now: c.now})
			if got.Accepted != nil || !got.Config.TLS || got.Address != "https://main.ai.svc.cluster.local:4000/v1" {
				t.Errorf("got %+v, %+v at %s, want TLS whatever the certificate is", got.Accepted, got.Config, got.Address)
			}
			want := c.entries["tls.crt"]
			if c.reason != "" {
				want = nil
			}
			if shown, _ := secrets.Certificate(g, c.now); !bytes.Equal(shown, want) {
				t.Errorf("%q is shown, want %q", shown, want)
			}
			if !strings.Contains(got.Notice, c.notice) || (c.notice == "") != (got.Notice == "") {
				t.Errorf("got the notice %q, want %q", got.Notice, c.notice)
			}
			expectProblem(t, got.ResolvedRefs, c.reason, c.says)
		})
	}
}

func expectProblem(t *testing.T, p *compile.Problem, reason, says string) {
	t.Helper()
	if p == nil {
		p = &compile.Problem{}
	}
	if p.Reason != reason || !strings.Contains(p.Message, says) || strings.Contains(p.Message, "canary") {
		t.Errorf("got %+v, want %s: … %s …", p, reason, says)
	}
}

func TestCertificateIsGathered(t *testing.T) {
	if got := compile.GatewaySecretsOf(withTLS()); len(got) != 1 || got[0] != "cert" {
		t.Errorf("got %v, want the Secret of the certificate", got)
	}
}
