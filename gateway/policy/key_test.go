package policy

import (
	"encoding/hex"
	"errors"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/fairlead-dev/fairlead/api/v1alpha1"
	"github.com/fairlead-dev/fairlead/gateway/fault"
	"github.com/fairlead-dev/fairlead/gateway/snapshot"
)

const (
	testPepper = "pepper-of-the-gateway-of-32-bytes"
	issuedKey  = "sk-the-key-of-team-a"
)

// issued is a snapshot with the master key and the keys given, by their names.
func issued(mode v1alpha1.KeysMode, keys map[string]v1alpha1.KeyPolicy) *snapshot.Snapshot {
	master := sum(testPepper, masterKey)
	in := snapshot.Input{
		Gateway: "ai/main", Config: &v1alpha1.GatewayConfig{KeysMode: mode},
		Credentials: map[string][]byte{
			v1alpha1.CredentialPepper:    []byte(testPepper),
			v1alpha1.CredentialMasterKey: []byte(hex.EncodeToString(master[:])),
		},
	}
	for name, p := range keys {
		p.Gateway, p.Generation, p.Revision = in.Gateway, 1, name
		in.Keys = append(in.Keys, snapshot.GatewayKey{Namespace: "team-a", Name: name, Policy: &p})
	}
	return snapshot.Build(in, nil, nil)
}

func digestOf(key string) v1alpha1.KeyDigest {
	d := sum(testPepper, key)
	return v1alpha1.KeyDigest(hex.EncodeToString(d[:]))
}

func oneKey(mode v1alpha1.KeysMode) *snapshot.Snapshot {
	return issued(mode, map[string]v1alpha1.KeyPolicy{"ci": {Digest: digestOf(issuedKey)}})
}

// who is what tests say about a caller.
func who(c Caller) string {
	name := c.KeyID()
	if c.Key != nil {
		name = c.Key.Namespace + "/" + c.Key.Name
	}
	if c.User != "" {
		name += " for " + c.User
	}
	return name
}

func TestIssuedKeys(t *testing.T) {
	required, optional := oneKey(v1alpha1.KeysRequired), oneKey(v1alpha1.KeysOptional)
	digest := sum(testPepper, issuedKey)
	for name, c := range map[string]struct {
		snap *snapshot.Snapshot
		key  string
		want string
		code string
	}{
		"Issued":           {required, issuedKey, "team-a/ci", ""},
		"Master":           {required, masterKey, "master", ""},
		"Unknown":          {required, "sk-unknown", "", fault.CodeInvalidAPIKey},
		"Missing":          {required, "", "", fault.CodeMissingAPIKey},
		"StoredDigest":     {required, string(digest[:]), "", fault.CodeInvalidAPIKey},
		"StoredDigestHex":  {required, string(digestOf(issuedKey)), "", fault.CodeInvalidAPIKey},
		"OptionalIssued":   {optional, issuedKey, "team-a/ci", ""},
		"OptionalUnknown":  {optional, "sk-unknown", "", fault.CodeInvalidAPIKey},
		"OptionalMissing":  {optional, "", "", ""},
		"PartOfAnIssued":   {required, issuedKey[:len(issuedKey)-1], "", fault.CodeInvalidAPIKey},
		"IssuedWithSuffix": {required, issuedKey + "x", "", fault.CodeInvalidAPIKey},
	} {
		t.Run(name, func(t *testing.T) {
			for _, h := range forms(c.key) {
				var a Authenticator
				got, err := a.Authenticate(c.snap, carrying(h))
				if who(got) != c.want || code(err) != c.code {
					t.Errorf("%v: caller %q, code %q, want %q, %q", h, who(got), code(err), c.want, c.code)
				}
			}
		})
	}
}

// forms are the headers in which clients send a key. That a key is the same caller in all of them is what a permission or a limit
// rests on: one that counted only one of them was passed by with another, CVE-2026-45339 of Open WebUI.
func forms(key string) []http.Header {
	if key == "" {
		return []http.Header{{}}
	}
	return []http.Header{
		header("Authorization", "Bearer "+key), header("X-Api-Key", key), header("X-Goog-Api-Key", key), header("Api-Key", key),
	}
}

func TestDifferentCredentialsAreRefused(t *testing.T) {
	s := oneKey(v1alpha1.KeysRequired)
	var a Authenticator
	_, err := a.Authenticate(s, carrying(header("Authorization", "Bearer "+masterKey, "X-Api-Key", issuedKey)))
	if status(err) != http.StatusBadRequest {
		t.Errorf("two keys that both work: %v, want a 400", err)
	}
}

func TestExpiredKeyIsRefusedAtTheRequestsTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		end := metav1.NewTime(time.Now().Add(time.Hour))
		s := issued(v1alpha1.KeysOptional, map[string]v1alpha1.KeyPolicy{"ci": {Digest: digestOf(issuedKey), ExpiresAt: &end}})
		var a Authenticator
		r := carrying(header("Authorization", "Bearer "+issuedKey))
		<-time.After(time.Hour - time.Second)
		if got, err := a.Authenticate(s, r); err != nil || got.Key == nil {
			t.Fatalf("a second before its end: %v", err)
		}
		<-time.After(time.Second)
		_, err := a.Authenticate(s, r)
		if status(err) != http.StatusUnauthorized || code(err) != fault.CodeKeyExpired {
			t.Errorf("at its end: %v", err)
		}
		if strings.Contains(err.Error(), issuedKey) {
			t.Errorf("the message holds the key: %s", err)
		}
	})
}

func TestRevokedKeyIsRefusedAfterTheSwap(t *testing.T) {
	var store snapshot.Store
	store.Swap(oneKey(v1alpha1.KeysRequired))
	var a Authenticator
	r := carrying(header("X-Api-Key", issuedKey))
	if _, err := a.Authenticate(store.Load(), r); err != nil {
		t.Fatal(err)
	}
	store.Swap(issued(v1alpha1.KeysRequired, nil))
	if _, err := a.Authenticate(store.Load(), r); code(err) != fault.CodeInvalidAPIKey {
		t.Errorf("after the key was deleted: %v", err)
	}
}

func TestIssuedKeyAllocatesNothing(t *testing.T) {
	var a Authenticator
	s := oneKey(v1alpha1.KeysRequired)
	r := carrying(header("Authorization", "Bearer "+issuedKey))
	var failed error
	n := testing.AllocsPerRun(1000, func() { _, failed = a.Authenticate(s, r) })
	if failed != nil || n >= 1 && !raceEnabled {
		t.Errorf("%v allocations for each request (%v), want none", n, failed)
	}
}

func code(err error) string {
	if e, ok := errors.AsType[*fault.Error](err); ok {
		return e.Code
	}
	return ""
}

func TestSubjects(t *testing.T) {
	key := &snapshot.Key{ID: "0123456789abcdef"}
	for name, c := range map[string]struct {
		caller Caller
		want   [3]string
	}{
		"Issued":     {Caller{Key: key}, [3]string{"0123456789abcdef", "0123456789abcdef", "0123456789abcdef/"}},
		"IssuedUser": {Caller{Key: key, User: "ann"}, [3]string{"0123456789abcdef", "0123456789abcdef", "0123456789abcdef/ann"}},
		"Master":     {Caller{Master: true, User: "ann"}, [3]string{"master", "none", "none/ann"}},
		"Nobody":     {Caller{}, [3]string{"", "none", "none/"}},
	} {
		t.Run(name, func(t *testing.T) {
			got := [3]string{c.caller.KeyID(), c.caller.KeySubject(), c.caller.UserSubject()}
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Errorf("id, key, user (-want +got):\n%s", diff)
			}
		})
	}
}

func BenchmarkIssuedKey(b *testing.B) {
	keys := map[string]v1alpha1.KeyPolicy{"ci": {Digest: digestOf(issuedKey)}}
	for i := range 10_000 {
		name := "other-" + strconv.Itoa(i)
		keys[name] = v1alpha1.KeyPolicy{Digest: digestOf(name)}
	}
	s := issued(v1alpha1.KeysRequired, keys)
	r := carrying(header("Authorization", "Bearer "+issuedKey))
	var a Authenticator
	b.ReportAllocs()
	for b.Loop() {
		if _, err := a.Authenticate(s, r); err != nil {
			b.Fatal(err)
		}
	}
}
