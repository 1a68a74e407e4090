package policy

import (
	"crypto/rand"
	"crypto/rsa"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"github.com/fairlead-dev/fairlead/api/v1alpha1"
	"github.com/fairlead-dev/fairlead/gateway/fault"
	"github.com/fairlead-dev/fairlead/gateway/snapshot"
)

const tokenSecret = "the secret that Open WebUI signs with"

// claims are those that Open WebUI sends, with changes.
func claims(changes jwt.MapClaims) jwt.MapClaims {
	now := time.Now()
	c := jwt.MapClaims{
		"sub": "user-7", "email": "ann@example.com", "name": "Ann", "role": "user", "iss": "open-webui",
		"iat": now.Unix(), "exp": now.Add(5 * time.Minute).Unix(),
	}
	for k, v := range changes {
		if c[k] = v; v == nil {
			delete(c, k)
		}
	}
	return c
}

func signed(t testing.TB, method jwt.SigningMethod, key any, c jwt.MapClaims) string {
	t.Helper()
	token, err := jwt.NewWithClaims(method, c).SignedString(key)
	if err != nil {
		t.Fatal(err)
	}
	return token
}

func TestUserOfToken(t *testing.T) {
	private, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	secret := []byte(tokenSecret)
	hs256 := func(changes jwt.MapClaims) string { return signed(t, jwt.SigningMethodHS256, secret, claims(changes)) }
	past := time.Now().Add(-time.Minute).Unix()
	for name, c := range map[string]struct {
		token string
		want  string
	}{
		"Signed":             {hs256(nil), "user-7"},
		"EmailWithoutID":     {hs256(jwt.MapClaims{"sub": nil}), "ann@example.com"},
		"ClocksDiffer":       {hs256(jwt.MapClaims{"exp": time.Now().Add(-20 * time.Second).Unix()}), "user-7"},
		"Expired":            {hs256(jwt.MapClaims{"exp": past}), ""},
		"NeverExpires":       {hs256(jwt.MapClaims{"exp": nil}), ""},
		"NotYetValid":        {hs256(jwt.MapClaims{"nbf": time.Now().Add(time.Minute).Unix()}), ""},
		"OtherIssuer":        {hs256(jwt.MapClaims{"iss": "somebody"}), ""},
		"NoIssuer":           {hs256(jwt.MapClaims{"iss": nil}), ""},
		"NobodyNamed":        {hs256(jwt.MapClaims{"sub": nil, "email": nil}), ""},
		"NameIsNoText":       {hs256(jwt.MapClaims{"sub": 7}), ""},
		"NameIsLong":         {hs256(jwt.MapClaims{"sub": strings.Repeat("a", MaxUser+1)}), ""},
		"NameForgesALine":    {hs256(jwt.MapClaims{"sub": "ann\nbob"}), ""},
		"OtherSecret":        {signed(t, jwt.SigningMethodHS256, []byte(strings.ToUpper(tokenSecret)), claims(nil)), ""},
		"MethodNone":         {signed(t, jwt.SigningMethodNone, jwt.UnsafeAllowNoneSignatureType, claims(nil)), ""},
		"MethodHS512":        {signed(t, jwt.SigningMethodHS512, secret, claims(nil)), ""},
		"MethodRS256":        {signed(t, jwt.SigningMethodRS256, private, claims(nil)), ""},
		"SignatureCut":       {strings.TrimRight(hs256(nil)[:len(hs256(nil))-4], "="), ""},
		"NoToken":            {"ann", ""},
		"Empty":              {"", ""},
		"LargerThanAnyToken": {hs256(jwt.MapClaims{"name": strings.Repeat("a", maxToken)}), ""},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := userOfToken(secret, []string{c.token})
			if got != c.want || (err == nil) != (c.want != "") {
				t.Fatalf("user %q (%v), want %q", got, err, c.want)
			}
			if err != nil && (status(err) != http.StatusUnauthorized || code(err) != fault.CodeInvalidUserToken) {
				t.Errorf("refused with %v", err)
			}
		})
	}
}

func TestUserTokenNeedsALongSecret(t *testing.T) {
	secret := []byte("short")
	if got, err := userOfToken(secret, []string{signed(t, jwt.SigningMethodHS256, secret, claims(nil))}); err == nil {
		t.Errorf("a token under a secret of %d bytes names %q", len(secret), got)
	}
}

func TestUserOfEveryKey(t *testing.T) {
	s := issued(v1alpha1.KeysOptional, map[string]v1alpha1.KeyPolicy{
		"plain":   {Digest: digestOf("sk-plain"), Owner: "bot"},
		"trusted": {Digest: digestOf("sk-trusted"), Owner: "bot", TrustUserHeaders: true},
	})
	s.UserToken = []byte(tokenSecret)
	withoutSecret := *s
	withoutSecret.UserToken = nil
	token := signed(t, jwt.SigningMethodHS256, s.UserToken, claims(nil))
	const id, email, jwtHeader = "X-OpenWebUI-User-Id", "X-OpenWebUI-User-Email", "X-OpenWebUI-User-Jwt"
	for name, c := range map[string]struct {
		snap   *snapshot.Snapshot
		header http.Header
		want   string
		code   string
	}{
		"OwnerWhereNoneIsNamed":     {s, header("X-Api-Key", "sk-plain"), "team-a/plain for bot", ""},
		"PlainHeaderNotTrusted":     {s, header("X-Api-Key", "sk-plain", id, "ann"), "team-a/plain for bot", ""},
		"PlainHeaderTrusted":        {s, header("X-Api-Key", "sk-trusted", id, "ann", email, "a@b.c"), "team-a/trusted for ann", ""},
		"EmailTrusted":              {s, header("X-Api-Key", "sk-trusted", email, "a@b.c"), "team-a/trusted for a@b.c", ""},
		"TrustedNamesNobody":        {s, header("X-Api-Key", "sk-trusted", id, ""), "team-a/trusted for bot", ""},
		"PlainHeaderOfMaster":       {s, header("X-Api-Key", masterKey, id, "ann"), "master", ""},
		"PlainHeaderOfNobody":       {s, header(id, "ann"), "", ""},
		"TokenWithEveryKey":         {s, header("X-Api-Key", "sk-plain", jwtHeader, token), "team-a/plain for user-7", ""},
		"TokenWithMaster":           {s, header("X-Api-Key", masterKey, jwtHeader, token), "master for user-7", ""},
		"TokenWithoutKey":           {s, header(jwtHeader, token), " for user-7", ""},
		"TokenBeforeHeaders":        {s, header("X-Api-Key", "sk-trusted", id, "ann", jwtHeader, token), "team-a/trusted for user-7", ""},
		"BadTokenIsNotPassedOver":   {s, header("X-Api-Key", "sk-trusted", id, "ann", jwtHeader, token+"x"), "", fault.CodeInvalidUserToken},
		"TwoTokens":                 {s, header("X-Api-Key", "sk-plain", jwtHeader, token, jwtHeader, token), "", fault.CodeInvalidUserToken},
		"NoSecretNoToken":           {&withoutSecret, header("X-Api-Key", "sk-plain", jwtHeader, "x"), "team-a/plain for bot", ""},
		"TwoUsers":                  {s, header("X-Api-Key", "sk-trusted", id, "ann", id, "bob"), "", fault.CodeInvalidUser},
		"UserTooLong":               {s, header("X-Api-Key", "sk-trusted", id, strings.Repeat("a", MaxUser+1)), "", fault.CodeInvalidUser},
		"UserForgesALine":           {s, header("X-Api-Key", "sk-trusted", id, "ann\x00bob"), "", fault.CodeInvalidUser},
		"UserIsNoText":              {s, header("X-Api-Key", "sk-trusted", id, "\xff"), "", fault.CodeInvalidUser},
		"UserAsLongAsMayBe":         {s, header("X-Api-Key", "sk-trusted", id, strings.Repeat("a", MaxUser)), "team-a/trusted for " + strings.Repeat("a", MaxUser), ""},
		"BadUserWithoutTrust":       {s, header("X-Api-Key", "sk-plain", id, "\xff"), "team-a/plain for bot", ""},
		"WrongKeyBeforeTheUserCode": {s, header("X-Api-Key", "sk-wrong", jwtHeader, "x"), "", fault.CodeInvalidAPIKey},
	} {
		t.Run(name, func(t *testing.T) {
			var a Authenticator
			got, err := a.Authenticate(c.snap, carrying(c.header))
			if who(got) != c.want || code(err) != c.code {
				t.Errorf("caller %q, code %q (%v), want %q, %q", who(got), code(err), err, c.want, c.code)
			}
		})
	}
}

func BenchmarkUserOfToken(b *testing.B) {
	tokens := []string{signed(b, jwt.SigningMethodHS256, []byte(tokenSecret), claims(nil))}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := userOfToken([]byte(tokenSecret), tokens); err != nil {
			b.Fatal(err)
		}
	}
}
