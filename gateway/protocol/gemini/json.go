package gemini

import (
	"encoding/json"

	"github.com/fairlead-dev/fairlead/gateway/jsonwrite"
)

// member appends a string member with its comma before it, if there is something to say.
func member(b []byte, name, value string) []byte {
	if value == "" {
		return b
	}
	return jsonwrite.StringMember(b, name, value)
}

// isObject says whether raw is a JSON object.
func isObject(raw []byte) bool {
	var members map[string]json.RawMessage
	return json.Unmarshal(raw, &members) == nil && members != nil
}
