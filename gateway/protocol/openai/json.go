package openai

import (
	"bytes"
	"encoding/json"

	"github.com/go-json-experiment/json/jsontext"
)

// appendString appends s as a JSON string. Bytes that are not UTF-8 become U+FFFD, which is all that the error could say.
func appendString(b []byte, s string) []byte {
	b, _ = jsontext.AppendQuote(b, s)
	return b
}

// marshal encodes v on one line, leaving <, > and & as they are. v is one of the types of this package, which always encode, or
// raw JSON that was read before; it panics on anything else, which is a bug of the caller.
func marshal(v any) []byte {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		panic(err)
	}
	return bytes.TrimSuffix(b.Bytes(), []byte("\n"))
}

// text is the string that raw holds, or raw itself where it is no string: vendors write objects where OpenAI has text.
func text(raw json.RawMessage) string {
	var s string
	switch {
	case len(raw) == 0 || string(raw) == "null":
		return ""
	case json.Unmarshal(raw, &s) == nil:
		return s
	}
	return string(raw)
}
