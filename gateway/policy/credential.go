package policy

import (
	"net/http"
	"strings"

	"github.com/fairlead-dev/fairlead/gateway/openai"
)

// headerAPIKey is where some clients send the key in place of Authorization.
const headerAPIKey = "X-Api-Key"

// credential is the key that a request presents: in `Authorization: Bearer KEY`, in `x-api-key: KEY`, or the same one in both.
// It is empty where neither header is there. A header that holds anything else counts as a wrong key: the answer is the same as
// to a key that nobody knows, and takes as long. Two keys that differ are refused, so that no two readers of a request can
// disagree about who sent it.
func credential(h http.Header) (key string, present bool, err error) {
	bearer, hasBearer, err := single(h, "Authorization")
	if err != nil {
		return "", false, err
	}
	if hasBearer {
		bearer = bearerToken(bearer)
	}
	plain, hasPlain, err := single(h, headerAPIKey)
	if err != nil {
		return "", false, err
	}
	switch {
	case hasBearer && hasPlain && bearer != plain:
		return "", false, conflict()
	case hasBearer:
		return bearer, true, nil
	}
	return plain, hasPlain, nil
}

// single is the one value of a header. name is in canonical form.
func single(h http.Header, name string) (value string, present bool, err error) {
	switch values := h[name]; len(values) {
	case 0:
		return "", false, nil
	case 1:
		return strings.TrimSpace(values[0]), true, nil
	}
	return "", false, conflict()
}

// bearerToken is the token of an Authorization header, or nothing where it uses another scheme.
func bearerToken(value string) string {
	const scheme = "bearer "
	if len(value) < len(scheme) || !strings.EqualFold(value[:len(scheme)], scheme) {
		return ""
	}
	return strings.TrimSpace(value[len(scheme):])
}

func conflict() error {
	return openai.Invalid("conflicting_credentials", "",
		"The request carries more than one API key. Send one, in 'Authorization: Bearer YOUR_KEY' or in 'x-api-key'.")
}
