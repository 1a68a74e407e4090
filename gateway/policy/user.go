package policy

import (
	"net/http"
	"unicode"
	"unicode/utf8"

	"github.com/fairlead-dev/fairlead/gateway/fault"
	"github.com/fairlead-dev/fairlead/gateway/snapshot"
)

// Headers in which Open WebUI says for which of its users it calls, in canonical form. Its defaults are listed under
// ENABLE_FORWARD_USER_INFO_HEADERS in https://docs.openwebui.com/getting-started/env-configuration
const (
	headerUserToken = "X-Openwebui-User-Jwt"
	headerUserID    = "X-Openwebui-User-Id"
	headerUserEmail = "X-Openwebui-User-Email"
)

// MaxUser is the longest name of a user, in bytes: it becomes a part of keys in stores.
const MaxUser = 256

// user is the end user that a request is for, empty where it names none. A signed token comes first, and is believed with every key,
// because whoever signed it has the secret; it is not looked at where the gateway has no secret. The plain headers are believed only
// with a key that is marked so, which the master key cannot be. What is left is the owner of the key.
func user(secret []byte, key *snapshot.Key, h http.Header) (string, error) {
	if len(secret) > 0 && len(h[headerUserToken]) > 0 {
		return userOfToken(secret, h[headerUserToken])
	}
	if key == nil {
		return "", nil
	}
	if !key.TrustUserHeaders {
		return key.Owner, nil
	}
	for _, name := range [...]string{headerUserID, headerUserEmail} {
		value, _, err := single(h, name)
		if err != nil || !ValidUser(value) {
			return "", fault.Invalid(fault.CodeInvalidUser, "", "The header '%s' must name one user, in at most %d bytes of text.", name, MaxUser)
		}
		if value != "" {
			return value, nil
		}
	}
	return key.Owner, nil
}

// ValidUser says whether a name can be that of a user: text of at most MaxUser bytes without control characters, which would forge lines
// and separators where the name is written. The empty name, of nobody, is valid.
func ValidUser(name string) bool {
	if len(name) > MaxUser || !utf8.ValidString(name) {
		return false
	}
	for _, r := range name {
		if unicode.IsControl(r) {
			return false
		}
	}
	return true
}
