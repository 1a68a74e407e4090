package gemini

import (
	"encoding/json"
	"strconv"

	"github.com/go-json-experiment/json/jsontext"
)

// quote appends a string. What is not UTF-8 in it becomes U+FFFD, of which the error of AppendQuote tells.
func quote(b []byte, s string) []byte {
	b, _ = jsontext.AppendQuote(b, s)
	return b
}

// member appends a string member with its comma before it, if there is something to say.
func member(b []byte, name, value string) []byte {
	if value == "" {
		return b
	}
	b = append(append(append(b, `,"`...), name...), `":`...)
	return quote(b, value)
}

// tokens appends a count member with its comma before it.
func tokens(b []byte, name string, n int64) []byte {
	b = append(append(append(b, `,"`...), name...), `":`...)
	return strconv.AppendInt(b, n, 10)
}

// marshal encodes what cannot fail: the types of this package, and JSON that was valid when it came. Should it fail after all, a
// provider gets null and refuses it.
func marshal(v any) []byte {
	out, err := json.Marshal(v)
	if err != nil {
		return []byte("null")
	}
	return out
}

// isObject says whether raw is a JSON object.
func isObject(raw []byte) bool {
	var members map[string]json.RawMessage
	return json.Unmarshal(raw, &members) == nil && members != nil
}
