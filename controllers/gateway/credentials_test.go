package gateway

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/fairlead-dev/fairlead/api/v1alpha1"
	"github.com/fairlead-dev/fairlead/controllers/compile"
	"github.com/fairlead-dev/fairlead/controllers/internal/testkit"
)

func TestCredentials(t *testing.T) {
	const openai, pepper = "provider.ai.openai", "0123456789abcdef0123456789abcdef"
	good := compile.Secrets{"openai": {"api-key": []byte("k\n")}}
	refused := func(p *v1alpha1.ModelProvider) { p.Spec.Auth.Header = "Host" }
	for name, tc := range map[string]struct {
		reason string
		key    string
		grants []grant
		last   map[string][]byte
		want   map[string]string
	}{
		"PepperOnly": {want: map[string]string{"pepper": pepper}},
		"MasterKey": {
			reason: "HMAC-SHA256 of `sk-test` under the pepper, by openssl", key: "sk-test",
			want: map[string]string{"pepper": pepper, "key.master": "310ea4895063ab88c7e551dadf3320c18b10d65fa661562689488a60c2e5359d"},
		},
		"Provider": {
			reason: "white space around a key is not part of it",
			grants: []grant{{testkit.OpenAI("ai", "openai"), good}},
			want:   map[string]string{"pepper": pepper, openai: "k"},
		},
		"SecretGone": {
			reason: "a key that was taken away is not used any more",
			grants: []grant{{testkit.OpenAI("ai", "openai"), nil}}, last: map[string][]byte{openai: []byte("old")},
			want: map[string]string{"pepper": pepper},
		},
		"NotAccepted": {
			reason: "a new key must not go to an old address",
			grants: []grant{{testkit.OpenAI("ai", "openai", refused), good}}, last: map[string][]byte{openai: []byte("old")},
			want: map[string]string{"pepper": pepper, openai: "old"},
		},
		"NotAcceptedAndSecretGone": {
			reason: "a typo does not keep a key that was taken away",
			grants: []grant{{testkit.OpenAI("ai", "openai", refused), nil}}, last: map[string][]byte{openai: []byte("old")},
			want: map[string]string{"pepper": pepper},
		},
		"NotUsedAnyMore": {last: map[string][]byte{openai: []byte("old")}, want: map[string]string{"pepper": pepper}},
	} {
		t.Run(name, func(t *testing.T) {
			got := map[string]string{}
			for k, v := range credentials([]byte(pepper), []byte(tc.key), tc.grants, tc.last) {
				got[k] = string(v)
			}
			if diff := cmp.Diff(tc.want, got); diff != "" {
				t.Errorf("%s (-want +got):\n%s", tc.reason, diff)
			}
		})
	}
}

// TestPepperIsLongEnough: a short one, as an empty or edited Secret has, is replaced; a good one is kept.
func TestPepperIsLongEnough(t *testing.T) {
	for name, entries := range map[string]map[string][]byte{"None": nil, "Short": {"pepper": []byte("short")}} {
		if got := pepperOf(entries); len(got) < secretBytes {
			t.Errorf("%s: the pepper has %d bytes", name, len(got))
		}
	}
	long := []byte("0123456789abcdef0123456789abcdef")
	if got := pepperOf(map[string][]byte{"pepper": long}); string(got) != string(long) {
		t.Error("a good pepper was replaced")
	}
}
