package anthropic

import (
	"bytes"
	"unicode/utf8"

	"github.com/go-json-experiment/json/jsontext"
)

// textDelta reads the event that nearly all events of a stream are, in the order of members in which Anthropic writes it:
//
//	{"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"Hello"}}
//
// It says no to everything else, which is then decoded as any event. Decoding by reflection takes several times as long. It is
// no check of the JSON: an index of 00, or a control character in the text, gets through.
func textDelta(data []byte) (text string, ok bool) {
	const (
		before = `{"type":"content_block_delta","index":`
		within = `,"delta":{"type":"text_delta","text":`
	)
	rest, ok := bytes.CutPrefix(data, []byte(before))
	if !ok {
		return "", false
	}
	index := rest
	rest, ok = bytes.CutPrefix(bytes.TrimLeft(rest, "0123456789"), []byte(within))
	if !ok || index[0] == ',' {
		return "", false
	}
	end := bytes.LastIndexByte(rest, '"')
	if end < 1 || rest[0] != '"' || !closes(rest[end+1:]) {
		return "", false
	}
	literal := rest[:end+1]
	if !utf8.Valid(literal) {
		return "", false
	}
	if bytes.IndexByte(literal, '\\') < 0 && bytes.Count(literal, []byte{'"'}) == 2 {
		return string(literal[1:end]), true
	}
	unquoted, err := jsontext.AppendUnquote(nil, literal)
	return string(unquoted), err == nil
}

// closes says whether rest is two closing braces and white space.
func closes(rest []byte) bool {
	braces := 0
	for _, c := range rest {
		switch c {
		case '}':
			braces++
		case ' ', '\t':
		default:
			return false
		}
	}
	return braces == 2
}
