package anthropic

import (
	"encoding/base64"
	"strings"

	"github.com/fairlead-dev/fairlead/gateway/chat"
)

// foreign begins the ids of calls that are encoded.
const foreign = "fl_id_"

// portable is an id as this protocol accepts it: letters, digits, `-` and `_`, at least one. Ids that other providers made of more
// than that, such as `functions.weather:0`, are encoded; no two ids become one.
//
// Anthropic refuses others with `tool_use.id: String should match pattern '^[a-zA-Z0-9_-]+$'`.
func portable(id string) string {
	if id != "" && !strings.HasPrefix(id, foreign) && !strings.ContainsFunc(id, unusual) {
		return id
	}
	return foreign + base64.RawURLEncoding.EncodeToString([]byte(id))
}

func unusual(r rune) bool {
	return (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && (r < '0' || r > '9') && r != '_' && r != '-'
}

// original is the reverse of portable.
func original(id string) string {
	encoded, found := strings.CutPrefix(id, foreign)
	if !found {
		return id
	}
	text, err := base64.RawURLEncoding.DecodeString(encoded)
	if err != nil {
		return id
	}
	return string(text)
}

// callID is the id of a call as a client of this protocol gets it: with the call's signature, which has no place of its own here.
func callID(id string, s chat.Signature) string { return portable(chat.Seal(id, s)) }

// readCallID is the reverse of callID.
func readCallID(id string) (string, chat.Signature) { return chat.Unseal(original(id)) }
