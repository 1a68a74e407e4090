package policy

import (
	"net/http"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"github.com/fairlead-dev/fairlead/gateway/fault"
)

const (
	// minTokenSecret is the shortest secret that tokens are believed with, in bytes: as long as what HS256 makes of it, RFC 7518, 3.2.
	minTokenSecret = 32
	// tokenIssuer is who Open WebUI says it is.
	tokenIssuer = "open-webui"
	// tokenLeeway is by how much the clocks of two machines may differ.
	tokenLeeway = 30 * time.Second
	// maxToken bounds what is parsed, in bytes. A token with a name, an address and a role is a tenth of it.
	maxToken = 8 << 10
)

// userClaims are what is read of a token about a user.
type userClaims struct {
	jwt.RegisteredClaims
	Email string `json:"email"`
}

// userOfToken is the user that a signed token names, by id or else by e-mail address. A token that does not hold is an error and
// never passed over: a call of a user is not to be accounted to somebody else.
func userOfToken(secret []byte, tokens []string) (string, error) {
	if len(tokens) != 1 || len(tokens[0]) > maxToken || len(secret) < minTokenSecret {
		return "", badUserToken()
	}
	// The method is pinned: a token chooses neither `none` nor a key of another kind.
	parser := jwt.NewParser(jwt.WithValidMethods([]string{jwt.SigningMethodHS256.Alg()}),
		jwt.WithIssuer(tokenIssuer), jwt.WithExpirationRequired(), jwt.WithLeeway(tokenLeeway), jwt.WithStrictDecoding())
	var claims userClaims
	if _, err := parser.ParseWithClaims(tokens[0], &claims, func(*jwt.Token) (any, error) { return secret, nil }); err != nil {
		return "", badUserToken()
	}
	name := claims.Subject
	if name == "" {
		name = claims.Email
	}
	if name == "" || !ValidUser(name) {
		return "", badUserToken()
	}
	return name, nil
}

// badUserToken does not say what is wrong with the token: the client cannot know its secret, and whoever guesses learns nothing.
func badUserToken() *fault.Error {
	return &fault.Error{
		Status: http.StatusUnauthorized, Code: fault.CodeInvalidUserToken,
		Message: "The token in 'X-OpenWebUI-User-Jwt' is not valid or has expired. It must be signed with HS256 and the gateway's secret.",
	}
}
