package policy

import (
	"net/http"
	"strings"
	"testing"

	"github.com/golang-jwt/jwt/v5"

	"github.com/fairlead-dev/fairlead/api/v1alpha1"
)

// FuzzAuthenticate: whatever is sent, only the keys open, and no message repeats a key.
func FuzzAuthenticate(f *testing.F) {
	f.Add("Bearer "+masterKey, "", "", "")
	f.Add("", issuedKey, "key="+issuedKey, "ann")
	f.Add("bearer x", "x", "key=%zz&key", "a\x00")
	s := issued(v1alpha1.KeysRequired, map[string]v1alpha1.KeyPolicy{"ci": {Digest: digestOf(issuedKey), TrustUserHeaders: true}})
	f.Fuzz(func(t *testing.T, bearer, plain, query, name string) {
		var a Authenticator
		r := carrying(header("Authorization", bearer, "X-Api-Key", plain, "X-OpenWebUI-User-Id", name))
		r.URL.RawQuery = query
		c, err := a.Authenticate(s, r)
		if err != nil {
			if st := status(err); st != http.StatusUnauthorized && st != http.StatusBadRequest {
				t.Errorf("status %d", st)
			}
			return
		}
		sent := strings.TrimSpace(plain)
		if !c.Master && c.Key == nil || c.Master && sent != masterKey || c.Key != nil && sent != issuedKey {
			t.Errorf("%q opened as %q", plain, who(c))
		}
		if !ValidUser(c.User) {
			t.Errorf("user %q", c.User)
		}
	})
}

// FuzzUserOfToken: a token that the secret did not sign names nobody.
func FuzzUserOfToken(f *testing.F) {
	secret := []byte(tokenSecret)
	f.Add(signed(f, jwt.SigningMethodHS256, secret, claims(nil)), true)
	f.Add(signed(f, jwt.SigningMethodHS256, secret, claims(jwt.MapClaims{"sub": "x"})), false)
	f.Add("eyJhbGciOiJub25lIn0.eyJzdWIiOiJ4In0.", false)
	f.Add("..", true)
	other := []byte(strings.ToUpper(tokenSecret))
	f.Fuzz(func(t *testing.T, token string, right bool) {
		key := other
		if right {
			key = secret
		}
		name, err := userOfToken(key, []string{token})
		if err == nil && (!right || name == "" || !ValidUser(name)) {
			t.Errorf("%q names %q", token, name)
		}
		if err != nil && name != "" {
			t.Errorf("refused, and names %q", name)
		}
	})
}
