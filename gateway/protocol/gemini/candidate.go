package gemini

import (
	"strconv"

	"github.com/fairlead-dev/fairlead/gateway/chat"
	"github.com/fairlead-dev/fairlead/gateway/jsonwrite"
)

// appendText appends a part that is text or a thought.
func appendText(b []byte, text string, thought bool, signature string) []byte {
	b = jsonwrite.String(append(b, `{"text":`...), text)
	if thought {
		b = append(b, `,"thought":true`...)
	}
	return append(member(b, "thoughtSignature", signature), '}')
}

// appendCall appends a part that is a call of a tool. Arguments that are no object cannot be written; ok is false for them.
func appendCall(b []byte, id, name string, arguments []byte, s chat.Signature) (out []byte, ok bool) {
	if !isObject(arguments) {
		return b, false
	}
	b = jsonwrite.String(append(b, `{"functionCall":{"name":`...), name)
	b = append(append(member(b, "id", id), `,"args":`...), arguments...)
	b = append(b, '}')
	return append(member(b, "thoughtSignature", marked(s, false)), '}'), true
}

// openCandidate appends the beginning of a candidate, up to its parts, and closeCandidate what follows them. Each candidate has a
// content with a part: the SDKs for Node and Go forget a turn of which a chunk had none.
func openCandidate(b []byte) []byte { return append(b, `{"content":{"parts":[`...) }

func closeCandidate(b []byte, index int, finish string) []byte {
	b = member(append(b, `],"role":"model"}`...), "finishReason", finish)
	return strconv.AppendInt(append(b, `,"index":`...), int64(index), 10)
}
