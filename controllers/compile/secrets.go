package compile

import (
	"bytes"
	"cmp"
	"crypto/x509"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/fairlead-dev/fairlead/api/v1alpha1"
)

// Secrets holds the entries of Secrets by the names of the Secrets; one that is not in it does not exist. Values are looked at
// to say whether they can be used, and never leave this package.
type Secrets map[string]map[string][]byte

// Key returns the value that ref names, without the white space around it: most keys end up in a Secret by way of a file or a
// shell, with a newline at the end. It is nil where there is none.
func (s Secrets) Key(ref v1alpha1.SecretKeyReference) []byte {
	value := bytes.TrimSpace(s[string(ref.Name)][entryOf(ref)])
	if len(value) == 0 {
		return nil
	}
	return value
}

// Credential returns the value that p is authenticated with, without the white space around it. It is nil where p takes none
// from a Secret, and where there is none.
func (s Secrets) Credential(p *v1alpha1.ModelProvider) []byte {
	if p.Spec.Auth == nil || p.Spec.Auth.SecretRef == nil {
		return nil
	}
	return s.Key(*p.Spec.Auth.SecretRef)
}

// entryOf is the entry that ref names.
func entryOf(ref v1alpha1.SecretKeyReference) string {
	if ref.Key == "" {
		return "api-key"
	}
	return ref.Key
}

// missing says why the value that ref names is not there; subject is who needs it. It lists the names of the entries that
// there are, never their values.
func (s Secrets) missing(subject string, ref v1alpha1.SecretKeyReference) *Problem {
	entries, exists := s[string(ref.Name)]
	if !exists {
		return &Problem{
			Reason: v1alpha1.ReasonSecretNotFound,
			Message: fmt.Sprintf("%s needs key %q in Secret %q; no such Secret exists in its namespace. Create it.",
				subject, entryOf(ref), ref.Name),
		}
	}
	if s.Key(ref) != nil {
		return nil
	}
	found := "the Secret is empty"
	if _, there := entries[entryOf(ref)]; there {
		found = "the Secret has that key without a value"
	} else if len(entries) > 0 {
		found = "the Secret has keys: " + strings.Join(slices.Sorted(maps.Keys(entries)), ", ")
	}
	return &Problem{
		Reason:  v1alpha1.ReasonSecretKeyMissing,
		Message: fmt.Sprintf("%s needs key %q in Secret %q; %s.", subject, entryOf(ref), ref.Name, found),
	}
}

// checkCredential finds what keeps the value that ref names from authenticating anything at an upstream of that type.
func (s Secrets) checkCredential(subject string, upstream v1alpha1.ProviderType, ref v1alpha1.SecretKeyReference) *Problem {
	if problem := s.missing(subject, ref); problem != nil {
		return problem
	}
	return unusable(subject, ref, credentialMistake(upstream, s.Key(ref)))
}

// credentialMistake says what keeps value from authenticating anything at an upstream of that type; empty where nothing does.
func credentialMistake(upstream v1alpha1.ProviderType, value []byte) string {
	switch {
	case upstream == v1alpha1.ProviderVertexAI:
		return googleMistake(value)
	case upstream == v1alpha1.ProviderBedrock && isAWSFile(value):
		return awsMistake(value)
	case upstream == v1alpha1.ProviderBedrock:
		return cmp.Or(keyMistake(value), bedrockKeyMistake(value))
	default:
		return keyMistake(value)
	}
}

// keyMistake says what keeps value from being sent in a header; empty where nothing does.
func keyMistake(value []byte) string {
	for _, b := range value {
		if b < 0x20 || b > 0x7e {
			return "it holds a character that no HTTP header may carry, such as a line break in its middle"
		}
	}
	return ""
}

// unusable reports a mistake in the value that ref names; nil where there is none.
func unusable(subject string, ref v1alpha1.SecretKeyReference, mistake string) *Problem {
	if mistake == "" {
		return nil
	}
	return invalid("%s cannot use key %q in Secret %q: %s.", subject, entryOf(ref), ref.Name, mistake)
}

// certificates finds what keeps the value that ref names from being trusted.
func (s Secrets) certificates(subject string, ref v1alpha1.SecretKeyReference) *Problem {
	if problem := s.missing(subject, ref); problem != nil {
		return problem
	}
	mistake := ""
	if !x509.NewCertPool().AppendCertsFromPEM(s.Key(ref)) {
		mistake = "it holds no PEM certificate"
	}
	return unusable(subject, ref, mistake)
}
