// Package jsonwrite writes JSON as the protocols send it: on one line, and without the escapes that only HTML needs, which make a text
// of tags six times as long. The functions that append are for streams, where encoding a struct for each event costs more than all else.
package jsonwrite

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strconv"

	"github.com/go-json-experiment/json/jsontext"
)

// String appends a string. What is not UTF-8 in it becomes U+FFFD.
func String[T ~string | ~[]byte](b []byte, s T) []byte {
	b, _ = jsontext.AppendQuote(b, s) // the error only tells of such bytes
	return b
}

// Name appends a comma and the name of a member, which needs no escapes, with its colon.
func Name(b []byte, name string) []byte {
	return append(append(append(b, ',', '"'), name...), '"', ':')
}

// Member appends a member whose value is JSON, with a comma before it.
func Member[T ~string | ~[]byte](b []byte, name string, value T) []byte {
	return append(Name(b, name), value...)
}

// StringMember appends a member that is a string, with a comma before it.
func StringMember[T ~string | ~[]byte](b []byte, name string, s T) []byte {
	return String(Name(b, name), s)
}

// IntMember appends a member that is an integer, with a comma before it.
func IntMember(b []byte, name string, n int64) []byte {
	return strconv.AppendInt(Name(b, name), n, 10)
}

// Floats appends a list of numbers, each as short as it can be without losing anything. What is no number in JSON becomes 0: models
// with broken weights give such vectors.
func Floats(b []byte, list []float32) []byte {
	b = append(b, '[')
	for i, f := range list {
		if i > 0 {
			b = append(b, ',')
		}
		if f-f != 0 { // neither infinity nor what is no number is 0 less itself
			f = 0
		}
		b = strconv.AppendFloat(b, float64(f), 'g', -1, 32)
	}
	return append(b, ']')
}

// Marshal encodes v. It fails for types that have no JSON, and for raw JSON that is none.
func Marshal(v any) ([]byte, error) {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		return nil, fmt.Errorf("encoding %T: %w", v, err)
	}
	return bytes.TrimSuffix(b.Bytes(), []byte("\n")), nil
}

// Must is Marshal for what always encodes: plain types, and raw JSON that was read before. Anything else is a defect of the caller, for
// which it panics.
func Must(v any) []byte {
	b, err := Marshal(v)
	if err != nil {
		panic(err)
	}
	return b
}
