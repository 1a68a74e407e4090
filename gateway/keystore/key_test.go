package keystore

import (
	"encoding/json"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/validation"

	"github.com/fairlead-dev/fairlead/api/v1alpha1"
)

const digest = v1alpha1.KeyDigest("0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef")

func TestNameOf(t *testing.T) {
	for name, c := range map[string]struct {
		alias string
		want  string
	}{
		"NoAlias":    {"", "key-0123456789abcdef"},
		"Label":      {"team-a", "team-a"},
		"OtherText":  {"Team A!", "team-a-#"},
		"OnlyMarks":  {"!?", "key-#"},
		"NotLatin":   {"日本", "key-#"},
		"Dots":       {"a.b", "a-b-#"},
		"Long":       {strings.Repeat("a", 200), strings.Repeat("a", 46) + "-#"},
		"CutAtAMark": {strings.Repeat("a", 45) + "-" + strings.Repeat("b", 40), strings.Repeat("a", 45) + "-#"},
	} {
		t.Run(name, func(t *testing.T) {
			got := NameOf(c.alias, digest)
			if problems := validation.IsDNS1123Label(got); len(problems) > 0 {
				t.Errorf("%q is no label: %v", got, problems)
			}
			if suffix := regexp.MustCompile("-[0-9a-f]{16}$"); strings.HasSuffix(c.want, "-#") {
				got = suffix.ReplaceAllString(got, "-#")
			}
			if got != c.want {
				t.Errorf("%q, want %q", got, c.want)
			}
		})
	}
	if NameOf("A b", digest) == NameOf("a b", digest) {
		t.Error("two aliases share a name")
	}
}

// full is a key with all that a key may have.
func full() *Key {
	return &Key{
		Record: Record{Alias: "Team A", Metadata: json.RawMessage(`{"a":1}`), Created: time.Unix(1_700_000_000, 0).UTC()},
		Name:   "team-a", Digest: digest, Models: []v1alpha1.ModelPattern{"chat", "team-a/*"},
		Limit:   &v1alpha1.RateLimit{Name: "key", Per: v1alpha1.LimitPerKey, Requests: 10, Window: "1m"},
		Budget:  &v1alpha1.Budget{LimitUSD: "1.5", Window: v1alpha1.BudgetDay, OnExceeded: v1alpha1.BudgetReject},
		Expires: time.Unix(1_800_000_000, 0).UTC(), Owner: "ann", Team: "a",
	}
}

func TestObjectAndPolicyAgree(t *testing.T) {
	k := full()
	o, p := k.Object("ai", "main"), k.Policy("ai/main")
	got := v1alpha1.KeyPolicy{
		Revision: p.Revision, Generation: 1, Gateway: o.Namespace + "/" + string(o.Spec.GatewayRef.Name), Digest: o.Spec.Digest,
		Labels: o.Labels, AllowedModels: o.Spec.AllowedModels, RateLimits: o.Spec.RateLimits, Budget: o.Spec.Budget,
		ExpiresAt: o.Spec.ExpiresAt, Owner: o.Spec.Owner, TrustUserHeaders: o.Spec.TrustUserHeaders,
	}
	if diff := cmp.Diff(*p, got); diff != "" {
		t.Errorf("what the GatewayKey says and the policy (-policy +object):\n%s", diff)
	}
	o.CreationTimestamp = metav1.NewTime(k.Created)
	if diff := cmp.Diff(&k.Record, RecordOf(o)); diff != "" {
		t.Errorf("read back (-want +got):\n%s", diff)
	}
}

func TestLeastKey(t *testing.T) {
	k := &Key{Record: Record{Alias: "ci"}, Name: "ci", Digest: digest}
	o := k.Object("ai", "main")
	if o.Labels != nil || o.Annotations != nil || o.Spec.RateLimits != nil || o.Spec.ExpiresAt != nil {
		t.Errorf("a key without wishes has some: %+v", o)
	}
	o.Annotations = map[string]string{AnnotationMetadata: "{edited"}
	if diff := cmp.Diff(&Record{Alias: "ci"}, RecordOf(o)); diff != "" {
		t.Errorf("with broken metadata (-want +got):\n%s", diff)
	}
}
