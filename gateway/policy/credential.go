package policy

import (
	"net/http"
	"strings"

	"github.com/fairlead-dev/fairlead/gateway/fault"
)

// headers are where clients send a key beside `Authorization: Bearer KEY`: Anthropic's older SDKs, Google's, Azure's.
func headers() [3]string { return [3]string{"X-Api-Key", "X-Goog-Api-Key", "Api-Key"} }

// credential is the key that a request presents: in `Authorization: Bearer KEY`, in one of the other headers, in Google's query
// parameter `key`, or the same one in several of them. present is false where there is none. A header that holds anything else
// counts as a wrong key: the answer is the same as to a key that nobody knows, and takes as long. Keys that differ are refused, so
// that no two readers of a request can disagree about who sent it.
func credential(r *http.Request) (key string, present bool, err error) {
	bearer, hasBearer, err := single(r.Header, "Authorization")
	if err != nil {
		return "", false, err
	}
	if hasBearer {
		key, present = bearerToken(bearer), true
	}
	for _, name := range headers() {
		plain, hasPlain, err := single(r.Header, name)
		if err != nil || hasPlain && present && plain != key {
			return "", false, conflict()
		}
		if hasPlain {
			key, present = plain, true
		}
	}
	return inQuery(r, key, present)
}

// inQuery adds the key of the query.
func inQuery(r *http.Request, key string, present bool) (string, bool, error) {
	if r.URL.RawQuery == "" {
		return key, present, nil
	}
	for _, v := range r.URL.Query()["key"] {
		if present && v != key {
			return "", false, conflict()
		}
		key, present = v, true
	}
	return key, present, nil
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
	return fault.Invalid("conflicting_credentials", "",
		"The request carries more than one API key. Send one, in 'Authorization: Bearer YOUR_KEY', 'x-api-key', 'x-goog-api-key' or 'api-key'.")
}
