package ollama

import "bytes"

// maxScalar is how much is kept of a name or of a value: what is longer is nothing that the Observer looks for.
const maxScalar = 32

// topLevel finds the members of JSON objects that come one after another, in pieces cut anywhere. It checks nothing: the answer is
// the upstream's, and is passed on whatever it is.
type topLevel struct {
	// depth is 1 between the members of an object.
	depth             int
	inString, escaped bool
	// inValue says that a name has been read, and the colon after it.
	inValue     bool
	name, value []byte
}

// feed reads the next piece, and shows each member of an object: its name, and its value, or the beginning of one that is an object,
// a list or long. They are valid only during the call.
func (t *topLevel) feed(piece []byte, visit func(name, value []byte)) {
	for len(piece) > 0 {
		n := t.plain(piece)
		t.keep(piece[:n])
		if n == len(piece) {
			return
		}
		c := piece[n]
		piece = piece[n+1:]
		switch {
		case !t.inString:
			t.token(c, visit)
		case c == '\\':
			t.escaped = true
			t.keep([]byte{c})
		default:
			t.inString = false
			t.keep([]byte{c})
		}
	}
}

// plain is how many bytes piece begins with that change nothing.
func (t *topLevel) plain(piece []byte) int {
	if t.inString {
		return t.plainInString(piece)
	}
	for i, c := range piece {
		switch c {
		case '"', '{', '}', '[', ']', ':', ',':
			return i
		}
	}
	return len(piece)
}

func (t *topLevel) plainInString(piece []byte) int {
	from := 0
	if t.escaped {
		from, t.escaped = 1, false
	}
	for i, c := range piece[from:] {
		if c == '"' || c == '\\' {
			return from + i
		}
	}
	return len(piece)
}

// keep adds to the name or the value at the top level.
func (t *topLevel) keep(part []byte) {
	if t.depth != 1 {
		return
	}
	to := &t.name
	if t.inValue {
		to = &t.value
	}
	*to = append(*to, part[:min(len(part), maxScalar-len(*to))]...)
}

func (t *topLevel) token(c byte, visit func(name, value []byte)) {
	switch c {
	case '"':
		t.inString = true
		t.keep([]byte{c})
	case ':':
		t.inValue = t.inValue || t.depth == 1
	case ',':
		t.end(visit)
	case '{', '[':
		t.keep([]byte{c})
		t.depth++
	case '}', ']':
		t.end(visit)
		t.depth = max(t.depth-1, 0)
	}
}

// end shows a member that has ended.
func (t *topLevel) end(visit func(name, value []byte)) {
	if t.depth != 1 {
		return
	}
	if t.inValue {
		visit(bytes.Trim(t.name, "\" \t\r\n"), bytes.TrimSpace(t.value))
	}
	t.inValue, t.name, t.value = false, t.name[:0], t.value[:0]
}
