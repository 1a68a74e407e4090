package snapshot

import (
	"encoding/hex"

	"github.com/fairlead-dev/fairlead/api/v1alpha1"
)

// minPepper is what the operator promises; less is taken for an accident.
const minPepper = 32

// newKeys reads the digests of keys. What is missing or malformed gives keys that nothing matches: nobody is let in by mistake.
func newKeys(credentials map[string][]byte) Keys {
	var k Keys
	pepper := credentials[v1alpha1.CredentialPepper]
	if len(pepper) < minPepper {
		return k
	}
	k.Pepper = pepper
	digest, err := hex.DecodeString(string(credentials[v1alpha1.CredentialMasterKey]))
	if err == nil && len(digest) == len(k.Master) {
		copy(k.Master[:], digest)
	}
	return k
}
