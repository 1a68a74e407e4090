package cache

import "bytes"

// reader goes over a body that was scanned: it expects no mistakes, and checks none.
type reader struct {
	b []byte
	i int
}

// peek is the next byte that is no white space, 0 at the end.
func (r *reader) peek() byte {
	for ; r.i < len(r.b); r.i++ {
		switch c := r.b[r.i]; c {
		case ' ', '\t', '\n', '\r':
		default:
			return c
		}
	}
	return 0
}

// quoted reads a string and returns it with its quotes; escaped says that there are escapes in it.
func (r *reader) quoted() (s []byte, escaped bool) {
	start, quote := r.i, -1
	for r.i++; r.i < len(r.b); {
		if quote < r.i {
			n := bytes.IndexByte(r.b[r.i:], '"')
			if n < 0 {
				break
			}
			quote = r.i + n
		}
		back := bytes.IndexByte(r.b[r.i:quote], '\\')
		if back < 0 {
			r.i = quote + 1
			return r.b[start:r.i], escaped
		}
		escaped = true
		r.i += back + len(`\"`)
	}
	r.i = len(r.b)
	return r.b[start:], escaped
}

// plain reads a number or a word.
func (r *reader) plain() []byte {
	start := r.i
	for ; r.i < len(r.b); r.i++ {
		switch r.b[r.i] {
		case ',', ']', '}', ' ', '\t', '\n', '\r':
			return r.b[start:r.i]
		}
	}
	return r.b[start:]
}

// skip reads any value.
func (r *reader) skip() {
	for depth := 0; ; {
		switch c := r.peek(); c {
		case 0:
			return
		case '"':
			r.quoted()
		case '{', '[':
			depth++
			r.i++
		case '}', ']':
			depth--
			r.i++
		case ',', ':':
			r.i++
		default:
			r.plain()
		}
		if depth <= 0 {
			return
		}
	}
}
