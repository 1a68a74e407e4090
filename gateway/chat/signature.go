package chat

import (
	"encoding/base64"
	"strings"
)

// Origin is the kind of provider that made a signature. Another kind would refuse it.
type Origin string

// Origins.
const (
	OriginAnthropic Origin = "anthropic"
	OriginGoogle    Origin = "google"
	OriginOpenAI    Origin = "openai"
)

// Signature is a provider's proof of what its model thought. The provider wants it back, unchanged, with the turn that it belongs
// to; no other can read it. It goes round the loop through the client, so that any replica of the gateway can serve the next turn.
type Signature struct {
	Origin Origin
	Value  string
}

// For is the value to send to a provider of this origin: empty where the signature is another's.
func (s Signature) For(o Origin) string {
	if s.Origin != o {
		return ""
	}
	return s.Value
}

// Mark is the signature as a client of a protocol whose own origin is native carries it: a foreign one with its origin before it.
func (s Signature) Mark(native Origin) string {
	if s.Value == "" || s.Origin == native {
		return s.Value
	}
	return string(s.Origin) + ":" + s.Value
}

// Unmark is the reverse of Mark.
func Unmark(text string, native Origin) Signature {
	if text == "" {
		return Signature{}
	}
	before, after, found := strings.Cut(text, ":")
	switch o := Origin(before); {
	case found && (o == OriginAnthropic || o == OriginGoogle || o == OriginOpenAI):
		return Signature{Origin: o, Value: after}
	default:
		return Signature{Origin: native, Value: text}
	}
}

// seal separates the id of a call from a signature behind it. Ids are letters, digits, `-` and `_` in all protocols.
const seal = "__sig_"

// Seal is the id of a call with a signature behind it, for protocols that have no other place for the signature of a call:
// clients give ids back unchanged. Without a signature it is the id.
func Seal(id string, s Signature) string {
	if s.Value == "" {
		return id
	}
	return id + seal + base64.RawURLEncoding.EncodeToString([]byte(s.Mark("")))
}

// Unseal is the reverse of Seal.
func Unseal(id string) (string, Signature) {
	before, after, found := strings.Cut(id, seal)
	if !found {
		return id, Signature{}
	}
	text, err := base64.RawURLEncoding.DecodeString(after)
	if s := Unmark(string(text), ""); err == nil && s.Origin != "" {
		return before, s
	}
	return id, Signature{}
}
