package gemini

import (
	"encoding/base64"
	"strings"

	"github.com/fairlead-dev/fairlead/gateway/chat"
)

// redactedMark stands before the signature of thinking that its provider shows to nobody. Gemini has no such thing.
const redactedMark = "redacted:"

// marked is a signature as a client of this protocol carries it in thoughtSignature. One of another provider is base64, because
// Google's SDKs for Go and Python decode the field to bytes.
func marked(s chat.Signature, redacted bool) string {
	if s.Value == "" || s.Origin == chat.OriginGoogle && !redacted {
		return s.Value
	}
	text := s.Mark(chat.OriginGoogle)
	if redacted {
		text = redactedMark + text
	}
	return base64.StdEncoding.EncodeToString([]byte(text))
}

// unmarked is the reverse of marked.
func unmarked(value string) (s chat.Signature, redacted bool) {
	native := chat.Signature{Origin: chat.OriginGoogle, Value: value}
	if value == "" {
		return chat.Signature{}, false
	}
	// The SDK for Python writes bytes in the URL's alphabet, whatever it read.
	plain := strings.TrimRight(strings.NewReplacer("-", "+", "_", "/").Replace(value), "=")
	raw, err := base64.RawStdEncoding.DecodeString(plain)
	if err != nil {
		return native, false
	}
	text, redacted := strings.CutPrefix(string(raw), redactedMark)
	if s = chat.Unmark(text, chat.OriginGoogle); s.Origin != chat.OriginGoogle || redacted {
		return s, redacted
	}
	return native, false
}
