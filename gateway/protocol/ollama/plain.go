package ollama

import (
	"bytes"
	"unicode/utf8"
)

// What Ollama writes around the text of a line that holds nothing else.
const (
	plainHead     = `{"model":"`
	plainChat     = `,"message":{"role":"assistant","content":"`
	plainChatEnd  = `"},"done":false}`
	plainWhole    = `,"response":"`
	plainWholeEnd = `","done":false}`
)

// plainText is the text of a line as Ollama writes nearly all of them: with nothing but a text, and nothing in it that JSON escapes.
// Such a line need not be decoded, which would take longer than all else that is done for it. ok is false for any other line.
func plainText(line []byte) (text []byte, ok bool) {
	if !bytes.HasPrefix(line, []byte(plainHead)) {
		return nil, false
	}
	if text, ok = between(line, plainChat, plainChatEnd); !ok {
		text, ok = between(line, plainWhole, plainWholeEnd)
	}
	return text, ok
}

// between is what lies between head, where it occurs first, and tail at the end, if that is all of one JSON string without escapes.
func between(line []byte, head, tail string) (text []byte, ok bool) {
	_, after, found := bytes.Cut(line, []byte(head))
	if !found {
		return nil, false
	}
	text, found = bytes.CutSuffix(after, []byte(tail))
	return text, found && len(text) > 0 && !bytes.ContainsAny(text, "\"\\") && utf8.Valid(text)
}
