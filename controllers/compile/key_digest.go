package compile

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"fmt"

	"github.com/fairlead-dev/fairlead/api/v1alpha1"
)

// shortestKey is the least length of a client key, in characters: what a person would make up is guessed sooner or later.
const shortestKey = 20

// KeyDigest is what a client key is recognised by: nobody who reads it can tell the key.
func KeyDigest(pepper, key []byte) v1alpha1.KeyDigest {
	mac := hmac.New(sha256.New, pepper)
	mac.Write(key)
	return v1alpha1.KeyDigest(hex.EncodeToString(mac.Sum(nil)))
}

// KeySecretOf names the entry that holds k's key; nil where k holds a digest instead.
func KeySecretOf(k *v1alpha1.GatewayKey) *v1alpha1.SecretKeyReference {
	switch {
	case k.Spec.Digest != "":
		return nil
	case k.Spec.SecretRef != nil:
		return &v1alpha1.SecretKeyReference{Name: k.Spec.SecretRef.Name, Key: entryOf(*k.Spec.SecretRef)}
	default:
		return &v1alpha1.SecretKeyReference{Name: v1alpha1.ObjectName(k.Name), Key: entryOf(v1alpha1.SecretKeyReference{})}
	}
}

// DigestOf returns the digest of in's key, which is what its rivals are found by; empty where there is none.
func DigestOf(in KeyInput) v1alpha1.KeyDigest {
	d, _ := keyDigest(in)
	return d
}

// KeyID is what names a key with a digest: enough of it that no two keys share one by chance.
func KeyID(d v1alpha1.KeyDigest) string { return string(d[:min(keyIDDigits, len(d))]) }

// keyDigest returns the digest of in's key, or why there is none.
func keyDigest(in KeyInput) (v1alpha1.KeyDigest, *Problem) {
	if in.Key.Spec.Digest != "" {
		return in.Key.Spec.Digest, nil
	}
	value, problem := keyValue(in)
	if problem != nil {
		return "", problem
	}
	if len(in.Pepper) == 0 {
		return "", &Problem{
			Reason:  v1alpha1.ReasonPending,
			Message: fmt.Sprintf("Waiting for the credentials of Gateway %s, which keys are digested with.", GatewayOfKey(in.Key)),
		}
	}
	return KeyDigest(in.Pepper, value), nil
}

// keyValue returns the key that in's Secret holds, or what keeps it from being one. It is nil where no Secret is needed.
func keyValue(in KeyInput) ([]byte, *Problem) {
	ref := KeySecretOf(in.Key)
	if ref == nil {
		return nil, nil
	}
	subject := fmt.Sprintf("GatewayKey %s/%s", in.Key.Namespace, in.Key.Name)
	if problem := in.Secrets.missing(subject, *ref); problem != nil {
		return nil, problem.with("Without it the key does not work.")
	}
	value := in.Secrets.Key(*ref)
	mistake := keyMistake(value)
	if mistake == "" && len(value) < shortestKey {
		mistake = fmt.Sprintf("a key must have at least %d characters", shortestKey)
	}
	return value, unusable(subject, *ref, mistake)
}
