package jsonscan

import (
	"bytes"
	"encoding/binary"
	"math/bits"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/fairlead-dev/fairlead/gateway/fault"
)

// text reads a string: no control characters, valid escapes, valid UTF-8, surrogates in pairs.
func (r *reader) text() *fault.Error {
	r.i++
	for {
		r.plain()
		c := r.peek()
		switch {
		case r.i == len(r.b):
			return r.unexpected("the '\"' that ends a string")
		case c == '"':
			r.i++
			return nil
		case c == '\\':
			if err := r.escape(); err != nil {
				return err
			}
		case c < ' ':
			return r.unexpected("control characters in a string to be escaped")
		case c >= utf8.RuneSelf:
			_, n := utf8.DecodeRune(r.b[r.i:])
			if n == 1 {
				return fault.Invalid(fault.CodeInvalidUTF8, "", "The request body is not valid UTF-8 at %s.", r.at(r.i))
			}
			r.i += n
		default:
			r.i++
		}
	}
}

// plain skips what needs no second look, eight bytes at a time: most of a request is the text of its messages.
func (r *reader) plain() {
	const (
		ones  = 0x0101010101010101
		highs = 0x8080808080808080
	)
	// A byte whose high bit is set in one of these terms is below 0x20, a quote, a backslash, or not ASCII. A borrow marks wrong
	// bytes only above a right one, so the lowest mark can be trusted.
	for r.i+8 <= len(r.b) {
		w := binary.LittleEndian.Uint64(r.b[r.i:])
		control := w - ones*' '
		quote := (w ^ ones*'"') - ones
		backslash := (w ^ ones*'\\') - ones
		if marks := (w | control | quote | backslash) & highs; marks != 0 {
			r.i += bits.TrailingZeros64(marks) / 8
			return
		}
		r.i += 8
	}
}

func (r *reader) escape() *fault.Error {
	r.i++
	switch r.peek() {
	case '"', '\\', '/', 'b', 'f', 'n', 'r', 't':
		r.i++
		return nil
	case 'u':
		return r.unicode()
	}
	return r.unexpected("a valid escape after '\\'")
}

// unicode reads the rest of \uXXXX and, after a high surrogate, the low one that must follow.
func (r *reader) unicode() *fault.Error {
	start := r.i - 1
	hi, ok := hex4(r.b, r.i+1)
	if !ok {
		return r.unexpected("four hexadecimal digits after '\\u'")
	}
	r.i += 5
	if !utf16.IsSurrogate(hi) {
		return nil
	}
	if bytes.HasPrefix(r.b[r.i:], []byte(`\u`)) {
		if lo, ok := hex4(r.b, r.i+2); ok && utf16.DecodeRune(hi, lo) != utf8.RuneError {
			r.i += 6
			return nil
		}
	}
	return fault.Invalid(fault.CodeInvalidUTF8, "", "The escape at %s is half of a surrogate pair.", r.at(start))
}

// hex4 is the number that the four hexadecimal digits at b[i] stand for.
func hex4(b []byte, i int) (rune, bool) {
	if i+4 > len(b) {
		return 0, false
	}
	var n rune
	for _, c := range b[i : i+4] {
		switch {
		case '0' <= c && c <= '9':
			n = n<<4 | rune(c-'0')
		case 'a' <= c|0x20 && c|0x20 <= 'f':
			n = n<<4 | rune(c|0x20-'a'+10)
		default:
			return 0, false
		}
	}
	return n, true
}

// AppendText appends to dst what a string of a body that was scanned means. s has its quotes.
func AppendText(dst, s []byte) []byte {
	s = s[1 : len(s)-1]
	for {
		n := bytes.IndexByte(s, '\\')
		if n < 0 {
			return append(dst, s...)
		}
		dst = append(dst, s[:n]...)
		dst, s = unescape(dst, s[n+1:])
	}
}

// unquote is what a string that text has accepted means, its quotes removed and its escapes resolved. Without escapes it is a
// part of s, else it is appended to dst.
func unquote(dst, s []byte) []byte {
	if plain := s[1 : len(s)-1]; bytes.IndexByte(plain, '\\') < 0 {
		return plain
	}
	return AppendText(dst, s)
}

// unescape appends what the escape means that s begins with, its backslash left out, and returns what follows it.
func unescape(dst, s []byte) (to, rest []byte) {
	if s[0] != 'u' {
		return append(dst, short(s[0])), s[1:]
	}
	c, _ := hex4(s, 1)
	s = s[5:]
	if utf16.IsSurrogate(c) {
		lo, _ := hex4(s, 2)
		c, s = utf16.DecodeRune(c, lo), s[6:]
	}
	return utf8.AppendRune(dst, c), s
}

// short is what an escape of one letter means.
func short(c byte) byte {
	switch c {
	case 'b':
		return '\b'
	case 'f':
		return '\f'
	case 'n':
		return '\n'
	case 'r':
		return '\r'
	case 't':
		return '\t'
	}
	return c
}
