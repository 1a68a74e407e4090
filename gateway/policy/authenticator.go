package policy

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"hash"
	"net/http"
	"sync"

	"github.com/fairlead-dev/fairlead/api/v1alpha1"
	"github.com/fairlead-dev/fairlead/gateway/fault"
	"github.com/fairlead-dev/fairlead/gateway/snapshot"
)

// Authenticator tells whether a request may call. It is safe for concurrent use; its zero value is ready.
type Authenticator struct {
	digesters sync.Pool
}

// Authenticate returns nil where the request carries a key that s knows, or none where s asks for none. Where s asks for none and
// knows none, any key will do, because OpenAI's SDKs do not start without one, but no web page from elsewhere. Any other answer is
// a *fault.Error: 400 for credentials that contradict each other, 403 for such a page, 401 for everything else. A key is looked at
// only through its HMAC, which is compared in constant time, and a missing key costs as much as a wrong one. Nothing matches an empty
// pepper or an absent digest, and because what is presented is always digested, a digest that leaked opens nothing.
func (a *Authenticator) Authenticate(s *snapshot.Snapshot, r *http.Request) error {
	key, present, err := credential(r)
	if err != nil {
		return err
	}
	if s.KeysMode == v1alpha1.KeysOptional && knowsNone(&s.Keys) {
		return fromHere(r.Header)
	}
	if s.KeysMode == v1alpha1.KeysOptional && !present {
		return nil
	}
	if a.matches(&s.Keys, key) {
		return nil
	}
	if !present {
		return fault.NoKey()
	}
	return fault.BadKey()
}

func (a *Authenticator) matches(keys *snapshot.Keys, key string) bool {
	d, ok := a.digesters.Get().(*digester)
	if !ok || !bytes.Equal(d.pepper, keys.Pepper) {
		d = newDigester(keys.Pepper)
	}
	defer a.digesters.Put(d)
	equal := hmac.Equal(d.digest(key), keys.Master[:])
	return equal && key != "" && len(keys.Pepper) > 0 && !knowsNone(keys)
}

func knowsNone(keys *snapshot.Keys) bool { return keys.Master == [sha256.Size]byte{} }

// digester is an HMAC that is used again and again: making one hashes the pepper twice and allocates.
type digester struct {
	pepper []byte
	mac    hash.Hash
	in     []byte
	out    [sha256.Size]byte
}

func newDigester(pepper []byte) *digester {
	return &digester{pepper: bytes.Clone(pepper), mac: hmac.New(sha256.New, pepper)}
}

// digest is the HMAC-SHA256 of the key. It stays valid until the next call.
func (d *digester) digest(key string) []byte {
	d.in = append(d.in[:0], key...)
	d.mac.Reset()
	d.mac.Write(d.in)
	clear(d.in)
	return d.mac.Sum(d.out[:0])
}
