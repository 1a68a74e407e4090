package policy

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"hash"
	"net/http"
	"sync"
	"time"

	"github.com/fairlead-dev/fairlead/api/v1alpha1"
	"github.com/fairlead-dev/fairlead/gateway/fault"
	"github.com/fairlead-dev/fairlead/gateway/snapshot"
)

// Authenticator tells whether a request may call. It is safe for concurrent use; its zero value is ready.
type Authenticator struct {
	digesters sync.Pool
}

// Authenticate returns who makes a request, which s must let call. Where s asks for no key and knows none, any key will do, because
// OpenAI's SDKs do not start without one, but no web page from elsewhere; where s asks for none and knows some, a key that is sent
// must be one of them. The error is a *fault.Error: 400 for credentials that contradict each other and for a user that cannot be
// one, 403 for such a page, 401 for everything else. No error repeats what was sent.
//
// A key is looked at only through its HMAC, and a missing key costs as much as a wrong one. Nothing matches an empty pepper or an
// absent digest, and because what is presented is always digested, a digest that leaked opens nothing.
func (a *Authenticator) Authenticate(s *snapshot.Snapshot, r *http.Request) (Caller, error) {
	c, err := a.identify(s, r)
	if err != nil {
		return Caller{}, err
	}
	if c.User, err = user(s.UserToken, c.Key, r.Header); err != nil {
		return Caller{}, err
	}
	return c, nil
}

// identify returns whose key a request carries.
func (a *Authenticator) identify(s *snapshot.Snapshot, r *http.Request) (Caller, error) {
	key, present, err := credential(r)
	if err != nil {
		return Caller{}, err
	}
	optional := s.KeysMode == v1alpha1.KeysOptional
	if optional && knowsNone(&s.Keys) {
		return Caller{}, fromHere(r.Header)
	}
	if optional && !present {
		return Caller{}, nil
	}
	c, known := a.find(&s.Keys, key)
	switch {
	case known && c.Key != nil && c.Key.Expired(time.Now()):
		return Caller{}, fault.KeyExpired()
	case known:
		return c, nil
	case present:
		return Caller{}, fault.BadKey()
	}
	return Caller{}, fault.NoKey()
}

// find looks for a key. The digest of the master key is compared in constant time. Those of the others are looked up: how long that
// takes says something about digests, and nobody who lacks the pepper knows which digest a key of their own makes.
func (a *Authenticator) find(keys *snapshot.Keys, key string) (c Caller, known bool) {
	d, ok := a.digesters.Get().(*digester)
	if !ok || !bytes.Equal(d.pepper, keys.Pepper) {
		d = newDigester(keys.Pepper)
	}
	defer a.digesters.Put(d)
	digest := d.digest(key)
	c.Master = hmac.Equal(digest, keys.Master[:]) && keys.Master != [sha256.Size]byte{}
	issued := keys.Key(digest)
	if key == "" || len(keys.Pepper) == 0 {
		return Caller{}, false
	}
	if !c.Master {
		c.Key = issued
	}
	return c, c.Master || issued != nil
}

// knowsNone says that there is no key at all, so that none can be asked for.
func knowsNone(keys *snapshot.Keys) bool {
	return keys.Master == [sha256.Size]byte{} && keys.Issued() == 0
}

// Digest is what keys are recognised by: the HMAC-SHA256 of a key under the gateway's pepper.
func Digest(pepper []byte, key string) [sha256.Size]byte {
	return [sha256.Size]byte(newDigester(pepper).digest(key))
}

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
