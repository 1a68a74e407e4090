package jsonscan

import (
	"slices"
	"strconv"

	"github.com/fairlead-dev/fairlead/gateway/fault"
)

// Span is a place in a body: the bytes of one value.
type Span struct{ Start, End int }

// Find returns where the string values of a member are in the objects of a top-level array, such as the `role` of each of
// `messages`, quotes included. The body was scanned before.
func Find(body []byte, array, member string) []Span {
	var found []Span
	in := reader{b: body}
	in.space()
	// The body was scanned, so that there is no error to be had.
	_ = in.members(func(k key, v value) *fault.Error {
		if string(k.name(body)) == array && v.kind == kindArray {
			found = append(found, findIn(body[:v.end], v.start, member)...)
		}
		return nil
	})
	return found
}

// Integer returns the largest of the named top-level members that hold an integer. ok is false where none does. The body was scanned
// before.
func Integer(body []byte, names ...string) (n int64, ok bool) {
	in := reader{b: body}
	in.space()
	_ = in.members(func(k key, v value) *fault.Error {
		if v.kind == kindNumber && slices.Contains(names, string(k.name(body))) {
			if parsed, err := strconv.ParseInt(string(body[v.start:v.end]), 10, 64); err == nil {
				n, ok = max(n, parsed), true
			}
		}
		return nil
	})
	return n, ok
}

// findIn looks at the elements of the array that begins at start.
func findIn(body []byte, start int, member string) []Span {
	var found []Span
	in := reader{b: body, i: start + 1}
	for in.space(); in.peek() == '{'; in.space() {
		_ = in.members(func(k key, v value) *fault.Error {
			if string(k.name(body)) == member && v.kind == kindString {
				found = append(found, Span{v.start, v.end})
			}
			return nil
		})
		in.space()
		if in.peek() != ',' {
			break
		}
		in.i++
	}
	return found
}
