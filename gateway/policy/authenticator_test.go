package policy

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"

	"github.com/fairlead-dev/fairlead/api/v1alpha1"
	"github.com/fairlead-dev/fairlead/gateway/fault"
	"github.com/fairlead-dev/fairlead/gateway/snapshot"
)

const masterKey = "sk-the-master-key"

func sum(pepper, key string) (d [32]byte) {
	m := hmac.New(sha256.New, []byte(pepper))
	m.Write([]byte(key))
	copy(d[:], m.Sum(nil))
	return d
}

func snap(mode v1alpha1.KeysMode, pepper string, master [32]byte) *snapshot.Snapshot {
	return &snapshot.Snapshot{KeysMode: mode, Keys: snapshot.Keys{Pepper: []byte(pepper), Master: master}}
}

func header(kv ...string) http.Header {
	h := http.Header{}
	for i := 0; i < len(kv); i += 2 {
		h.Add(kv[i], kv[i+1])
	}
	return h
}

// carrying is a request with headers and no query.
func carrying(h http.Header) *http.Request {
	return &http.Request{Header: h, URL: &url.URL{Path: "/v1/models"}}
}

func TestCredentialPlaces(t *testing.T) {
	snap := snap(v1alpha1.KeysRequired, "pepper", sum("pepper", masterKey))
	cases := map[string]struct {
		header http.Header
		query  string
		status int
	}{
		"Google":          {header("x-goog-api-key", masterKey), "", 0},
		"Azure":           {header("api-key", masterKey), "", 0},
		"Query":           {nil, "alt=sse&key=" + masterKey, 0},
		"QueryEscaped":    {nil, "k%65y=" + masterKey, 0},
		"QueryWrong":      {nil, "key=x", 401},
		"QueryAndHeader":  {header("x-goog-api-key", masterKey), "key=" + masterKey, 0},
		"QueryDiffers":    {header("x-goog-api-key", masterKey), "key=x", 400},
		"QueryTwice":      {nil, "key=x&key=y", 400},
		"AllAlike":        {header("x-goog-api-key", masterKey, "api-key", masterKey, "x-api-key", masterKey), "", 0},
		"HeadersDiffer":   {header("x-goog-api-key", masterKey, "api-key", "x"), "", 400},
		"OtherQueryField": {nil, "monkey=" + masterKey, 401},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			r := carrying(c.header)
			r.URL.RawQuery = c.query
			var a Authenticator
			if got := status(refusal(a.Authenticate(snap, r))); got != c.status {
				t.Errorf("status %d, want %d", got, c.status)
			}
		})
	}
}

func TestAuthenticate(t *testing.T) {
	master := sum("pepper", masterKey)
	required := snap(v1alpha1.KeysRequired, "pepper", master)
	optional := snap(v1alpha1.KeysOptional, "pepper", master)
	cases := map[string]struct {
		reason string
		snap   *snapshot.Snapshot
		header http.Header
		status int
	}{
		"Bearer":              {"the usual way", required, header("Authorization", "Bearer "+masterKey), 0},
		"BearerAnyCase":       {"schemes are case-insensitive: RFC 9110, 11.1", required, header("Authorization", "bEARER  "+masterKey), 0},
		"APIKeyHeader":        {"Anthropic's and Azure's clients", required, header("x-api-key", masterKey), 0},
		"BothAlike":           {"one key, said twice", required, header("Authorization", "Bearer "+masterKey, "x-api-key", masterKey), 0},
		"BothDiffer":          {"who is it?", required, header("Authorization", "Bearer "+masterKey, "x-api-key", "other"), 400},
		"BearerTwice":         {"two readers may pick differently", required, header("Authorization", "Bearer "+masterKey, "Authorization", "Bearer x"), 400},
		"APIKeyTwice":         {"two readers may pick differently", required, header("x-api-key", masterKey, "x-api-key", "x"), 400},
		"Missing":             {"a key is required", required, header(), 401},
		"Wrong":               {"not the key", required, header("Authorization", "Bearer sk-other"), 401},
		"Prefix":              {"part of the key is not the key", required, header("Authorization", "Bearer "+masterKey[:8]), 401},
		"EmptyBearer":         {"nothing is no key", required, header("Authorization", "Bearer "), 401},
		"EmptyAPIKey":         {"nothing is no key", required, header("x-api-key", ""), 401},
		"BasicScheme":         {"only Bearer counts", required, header("Authorization", "Basic "+masterKey), 401},
		"NoScheme":            {"a bare key is malformed", required, header("Authorization", masterKey), 401},
		"Digest":              {"what is stored never opens the door", required, header("x-api-key", string(master[:])), 401},
		"HexDigest":           {"nor does its spelling", required, header("x-api-key", hex.EncodeToString(master[:])), 401},
		"NoDigest":            {"no master key, so no key matches", snap(v1alpha1.KeysRequired, "pepper", [32]byte{}), header("x-api-key", masterKey), 401},
		"NoDigestNoKey":       {"absent must not equal absent", snap(v1alpha1.KeysRequired, "pepper", [32]byte{}), header(), 401},
		"EmptyPepper":         {"a digest without a secret proves nothing", snap(v1alpha1.KeysRequired, "", sum("", masterKey)), header("x-api-key", masterKey), 401},
		"DigestOfNothing":     {"the empty key must not match its own digest", snap(v1alpha1.KeysRequired, "pepper", sum("pepper", "")), header("x-api-key", ""), 401},
		"UnsetMode":           {"only an explicit Optional opens", snap("", "pepper", master), header(), 401},
		"OptionalWithout":     {"no key asked for", optional, header(), 0},
		"OptionalRight":       {"a key may be sent", optional, header("x-api-key", masterKey), 0},
		"OptionalWrong":       {"a wrong key is a mistake to be told", optional, header("x-api-key", "x"), 401},
		"OptionalNoDigest":    {"SDKs send a key, whatever it is", snap(v1alpha1.KeysOptional, "pepper", [32]byte{}), header("Authorization", "Bearer none"), 0},
		"OptionalEmptyBearer": {"an empty variable in a client's configuration", optional, header("Authorization", "Bearer "), 401},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			var a Authenticator
			err := refusal(a.Authenticate(c.snap, carrying(c.header)))
			if got := status(err); got != c.status {
				t.Errorf("%s: status %d (%v), want %d", c.reason, got, err, c.status)
			}
			if err != nil && strings.Contains(err.Error(), masterKey) {
				t.Errorf("the message holds the key: %s", err)
			}
		})
	}
}

// refusal is the error alone.
func refusal(_ Caller, err error) error { return err }

func status(err error) int {
	if err == nil {
		return 0
	}
	if oe, ok := errors.AsType[*fault.Error](err); ok {
		return oe.Status
	}
	return -1
}

func TestAuthenticateFollowsRotation(t *testing.T) {
	var a Authenticator
	before, after := snap(v1alpha1.KeysRequired, "p1", sum("p1", "old")), snap(v1alpha1.KeysRequired, "p2", sum("p2", "new"))
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for range 200 {
				if err := refusal(a.Authenticate(before, carrying(header("x-api-key", "old")))); err != nil {
					t.Error("old key under the old snapshot:", err)
				}
				if err := refusal(a.Authenticate(after, carrying(header("x-api-key", "new")))); err != nil {
					t.Error("new key under the new snapshot:", err)
				}
				if err := refusal(a.Authenticate(after, carrying(header("x-api-key", "old")))); err == nil {
					t.Error("the old key outlived its rotation")
				}
			}
		})
	}
	wg.Wait()
}

func TestAuthenticateAllocatesNothing(t *testing.T) {
	var a Authenticator
	s := snap(v1alpha1.KeysRequired, "pepper", sum("pepper", masterKey))
	r := carrying(header("Authorization", "Bearer "+masterKey))
	var failed error
	n := testing.AllocsPerRun(1000, func() { _, failed = a.Authenticate(s, r) })
	if failed != nil {
		t.Fatal(failed)
	}
	if n >= 1 && !raceEnabled {
		t.Errorf("%v allocations for each request, want none", n)
	}
}

func BenchmarkAuthenticate(b *testing.B) {
	var a Authenticator
	s := snap(v1alpha1.KeysRequired, "pepper", sum("pepper", masterKey))
	r := carrying(header("Authorization", "Bearer "+masterKey))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := a.Authenticate(s, r); err != nil {
			b.Fatal(err)
		}
	}
}
