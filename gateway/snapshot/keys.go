package snapshot

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"slices"

	"github.com/fairlead-dev/fairlead/api/v1alpha1"
)

// minPepper is what the operator promises; less is taken for an accident.
const minPepper = 32

// Keys holds what client keys are compared with: digests only, never a key.
type Keys struct {
	// Pepper is the HMAC key of the digests.
	Pepper []byte
	// Master is the HMAC-SHA256 of the master key; all zero where there is none, which no key matches.
	Master [sha256.Size]byte
	// issued are the GatewayKeys by their digests.
	issued map[[sha256.Size]byte]*Key
	// sum covers all of issued.
	sum [sha256.Size]byte
}

// Key returns the key with a digest; nil where there is none.
func (k *Keys) Key(digest []byte) *Key {
	if len(digest) != sha256.Size {
		return nil
	}
	return k.issued[[sha256.Size]byte(digest)]
}

// Issued is how many GatewayKeys there are, those that have expired included.
func (k *Keys) Issued() int { return len(k.issued) }

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

var (
	// errKeyTaken tells the author of a key, who has it, no more than that another object has it as well.
	errKeyTaken = errors.New("expected a key of its own at this gateway, found one that an older GatewayKey has")
	// errKeyMaster: a key that opened more than its object says would be a trap.
	errKeyMaster = errors.New("expected a key of its own, found the gateway's master key")
)

// issue adds the GatewayKeys of gateway to keys. Of two with one digest the older works. Those that did not change are taken over,
// and where none did, so is the whole of them.
func (b *builder) issue(keys *Keys, gateway string, sources []GatewayKey) {
	before := &b.prev.Keys
	keys.issued = make(map[[sha256.Size]byte]*Key, len(before.issued))
	changed := 0
	for i := range sources {
		source := &sources[i]
		if source.Policy == nil || source.Policy.Gateway != gateway {
			continue
		}
		k, err := b.key(source, keys)
		if err != nil {
			b.refuse(v1alpha1.KindGatewayKey, source.Namespace, source.Name, source.Policy.Revision, err)
			continue
		}
		if other := keys.issued[k.digest]; other != nil {
			if other.before(k) {
				k, other = other, k
			}
			b.refuse(v1alpha1.KindGatewayKey, other.Namespace, other.Name, other.policy.Revision, errKeyTaken)
		}
		keys.issued[k.digest] = k
	}
	for digest, k := range keys.issued {
		if before.issued[digest] != k {
			changed++
		}
	}
	if changed == 0 && len(keys.issued) == len(before.issued) {
		keys.issued, keys.sum = before.issued, before.sum
		return
	}
	keys.sum = digestKeys(keys.issued)
}

// key returns the key of the previous snapshot where nothing that it depends on has changed, and builds it otherwise.
func (b *builder) key(source *GatewayKey, keys *Keys) (*Key, error) {
	digest, err := parseDigest(source.Policy.Digest)
	if err != nil {
		return nil, err
	}
	if digest == keys.Master {
		return nil, errKeyMaster
	}
	if k := b.prev.Keys.issued[digest]; k != nil && k.builtFrom(source, b.budgets) {
		return k, nil
	}
	return newKey(source, digest, b.budgets)
}

// digestKeys covers all keys, in whatever order they came.
func digestKeys(issued map[[sha256.Size]byte]*Key) [sha256.Size]byte {
	sums := make([][sha256.Size]byte, 0, len(issued))
	for _, k := range issued {
		sums = append(sums, k.sum)
	}
	slices.SortFunc(sums, func(x, y [sha256.Size]byte) int { return bytes.Compare(x[:], y[:]) })
	d := newDigester()
	for i := range sums {
		d.Write(sums[i][:])
	}
	return d.sum()
}
