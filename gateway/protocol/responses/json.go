package responses

import (
	"strconv"

	"github.com/go-json-experiment/json/jsontext"
)

// appendString appends s as a JSON string. Bytes that are no UTF-8 become U+FFFD.
func appendString(b []byte, s string) []byte {
	b, _ = jsontext.AppendQuote(b, s) // the error only tells of such bytes
	return b
}

// appendText is appendString for text that is collected as bytes.
func appendText(b, text []byte) []byte {
	b, _ = jsontext.AppendQuote(b, text)
	return b
}

// appendMember appends a comma, the name, which needs no escaping, and the value, which is JSON.
func appendMember[T ~string | ~[]byte](b []byte, name string, value T) []byte {
	b = append(append(append(b, ',', '"'), name...), '"', ':')
	return append(b, value...)
}

func appendStringMember(b []byte, name, s string) []byte {
	return appendString(appendMember(b, name, ""), s)
}

func appendTextMember(b []byte, name string, text []byte) []byte {
	return appendText(appendMember(b, name, ""), text)
}

func appendIntMember(b []byte, name string, n int64) []byte {
	return strconv.AppendInt(appendMember(b, name, ""), n, 10)
}
