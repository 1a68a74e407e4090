package jsonscan

import (
	"bytes"
	"fmt"

	"github.com/fairlead-dev/fairlead/gateway/fault"
)

// unexpected says what was wanted at the place where the reader stands, and what is there.
func (r *reader) unexpected(want string) *fault.Error {
	return fault.Invalid(fault.CodeInvalidJSON, "", "The request body is not valid JSON at %s: expected %s, found %s.", r.at(r.i), want, r.found())
}

// found names the next byte without repeating more of the body than that.
func (r *reader) found() string {
	if r.i >= len(r.b) {
		return "the end of the body"
	}
	c := r.b[r.i]
	if c > ' ' && c < 0x7f {
		return fmt.Sprintf("'%c'", c)
	}
	return fmt.Sprintf("the byte 0x%02x", c)
}

func (r *reader) duplicate(k key) *fault.Error {
	return fault.Invalid(fault.CodeDuplicateKey, "", "The key '%s' occurs twice in one object, the second time at %s.", fault.Clip(string(k.name(r.b))), r.at(k.start))
}

// at is a place in the body as an editor counts: lines and columns from 1, a column being a byte.
func (r *reader) at(i int) string {
	line := 1 + bytes.Count(r.b[:i], []byte("\n"))
	column := i - bytes.LastIndexByte(r.b[:i], '\n')
	return fmt.Sprintf("line %d, column %d", line, column)
}
