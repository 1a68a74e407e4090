package keystore

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"strings"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/validation"

	"github.com/fairlead-dev/fairlead/api/v1alpha1"
)

const (
	// LabelTeam is the label of a GatewayKey that holds LiteLLM's team_id, for budgets and aliases to select by.
	LabelTeam = v1alpha1.Group + "/team"
	// AnnotationAlias holds the name that whoever made a key gave it; the object's own name where it is absent.
	AnnotationAlias = v1alpha1.Group + "/key-alias"
	// AnnotationMetadata holds LiteLLM's metadata of a key: a JSON object.
	AnnotationMetadata = v1alpha1.Group + "/key-metadata"
)

// Record is what is known of a key besides what it may do.
type Record struct {
	// Alias is what people call the key.
	Alias string `json:"alias,omitempty"`
	// Metadata is a JSON object that nobody here reads; nil where there is none.
	Metadata json.RawMessage `json:"metadata,omitempty"`
	// Created is when the key was recorded.
	Created time.Time `json:"created,omitzero"`
}

// Key is a key to be kept.
type Key struct {
	Record
	// Name of the GatewayKey.
	Name string `json:"name"`
	// Digest that the key is recognised by.
	Digest v1alpha1.KeyDigest `json:"digest"`
	// Models that the key may ask for; all when empty.
	Models []v1alpha1.ModelPattern `json:"models,omitempty"`
	// Limit of the key with every default applied; nil where there is none.
	Limit *v1alpha1.RateLimit `json:"limit,omitempty"`
	// Budget of the key with every default applied; nil where there is none.
	Budget *v1alpha1.Budget `json:"budget,omitempty"`
	// Expires is when the key stops to work, to the second; zero where it does not.
	Expires time.Time `json:"expires,omitzero"`
	// Owner is the user that its calls are accounted to.
	Owner string `json:"owner,omitempty"`
	// Team is the value of LabelTeam; empty where there is none.
	Team string `json:"team,omitempty"`
}

// NameOf is the name of the GatewayKey of an alias, or of a digest where there is no alias. It is the same for the same alias, so that
// two keys cannot have one and a key can be found by it.
func NameOf(alias string, digest v1alpha1.KeyDigest) string {
	const digits = 16
	switch {
	case alias == "":
		return "key-" + string(digest[:min(len(digest), digits)])
	case len(validation.IsDNS1123Label(alias)) == 0:
		return alias
	}
	sum := sha256.Sum256([]byte(alias))
	suffix := "-" + hex.EncodeToString(sum[:digits/2])
	words := strings.Trim(strings.Map(letter, strings.ToLower(alias)), "-")
	words = strings.TrimRight(words[:min(len(words), validation.DNS1123LabelMaxLength-len(suffix))], "-")
	if words == "" {
		words = "key"
	}
	return words + suffix
}

// letter keeps what may be in a DNS label.
func letter(r rune) rune {
	if 'a' <= r && r <= 'z' || '0' <= r && r <= '9' {
		return r
	}
	return '-'
}

// Labels of the GatewayKey.
func (k *Key) Labels() map[string]string {
	if k.Team == "" {
		return nil
	}
	return map[string]string{LabelTeam: k.Team}
}

// Object is the GatewayKey that asks for the key at a gateway of its own namespace.
func (k *Key) Object(namespace, gateway string) *v1alpha1.GatewayKey {
	o := &v1alpha1.GatewayKey{
		TypeMeta:   metav1.TypeMeta{APIVersion: v1alpha1.GroupVersion.String(), Kind: v1alpha1.KindGatewayKey},
		ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: k.Name, Labels: k.Labels()},
		Spec: v1alpha1.GatewayKeySpec{
			GatewayRef: v1alpha1.GatewayReference{Name: v1alpha1.ObjectName(gateway)},
			Digest:     k.Digest, AllowedModels: k.Models, RateLimits: k.limits(), Budget: k.Budget,
			ExpiresAt: k.expiresAt(), Owner: k.Owner,
		},
	}
	note := func(name, value string) {
		if value != "" {
			metav1.SetMetaDataAnnotation(&o.ObjectMeta, name, value)
		}
	}
	if k.Alias != k.Name {
		note(AnnotationAlias, k.Alias)
	}
	note(AnnotationMetadata, string(k.Metadata))
	return o
}

// Policy is what the operator would compile of Object. gateway is namespace/name.
func (k *Key) Policy(gateway string) *v1alpha1.KeyPolicy {
	return &v1alpha1.KeyPolicy{
		// A key is never edited: its digest tells one revision from every other.
		Revision: "sha256:" + string(k.Digest), Generation: 1, Gateway: gateway,
		Digest: k.Digest, Labels: k.Labels(), AllowedModels: k.Models, RateLimits: k.limits(), Budget: k.Budget,
		ExpiresAt: k.expiresAt(), Owner: k.Owner,
	}
}

func (k *Key) limits() []v1alpha1.RateLimit {
	if k.Limit == nil {
		return nil
	}
	return []v1alpha1.RateLimit{*k.Limit}
}

func (k *Key) expiresAt() *metav1.Time {
	if k.Expires.IsZero() {
		return nil
	}
	return &metav1.Time{Time: k.Expires}
}

// RecordOf reads what is known of a key from its GatewayKey. Metadata that is no JSON, which somebody must have edited, is left out.
func RecordOf(o *v1alpha1.GatewayKey) *Record {
	r := &Record{Alias: o.Name, Created: o.CreationTimestamp.Time}
	if alias := o.Annotations[AnnotationAlias]; alias != "" {
		r.Alias = alias
	}
	if metadata := o.Annotations[AnnotationMetadata]; json.Valid([]byte(metadata)) {
		r.Metadata = json.RawMessage(metadata)
	}
	return r
}
