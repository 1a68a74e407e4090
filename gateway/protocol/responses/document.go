package responses

import "bytes"

// document follows a JSON document that comes in pieces cut anywhere, and keeps the members `type`, `usage` and `response.usage` of
// it. It checks nothing else: the document is the upstream's, and is passed on whatever it is.
type document struct {
	depth             int
	inString, escaped bool
	// wantKey says that the next string is a key, of the object at the depth; keys are the last ones at the depths 1 and 2.
	wantKey bool
	keys    [2]key
	// closed says that the document has come to its end.
	closed bool
	// kept is the value that is being read, which began at the depth keptAt; nil for none.
	kept   *kept
	keptAt int
	kind   kept
	// usage at the depths 1 and 2.
	usage [2]kept
}

// key is the beginning of a name, enough of it to know those that matter.
type key struct {
	bytes  [len("response") + 1]byte
	length int
}

func (k *key) add(p []byte) { k.length += copy(k.bytes[k.length:], p) }

func (k *key) is(name string) bool { return string(k.bytes[:k.length]) == name }

// kept is a value that is kept, in full or not at all.
type kept struct {
	raw     []byte
	tooLong bool
}

// maxKept bounds a value. A real usage takes a few hundred bytes.
const maxKept = 8 << 10

func (k *kept) add(p []byte) {
	if k.tooLong = k.tooLong || len(k.raw)+len(p) > maxKept; !k.tooLong {
		k.raw = append(k.raw, p...)
	}
}

func (k *kept) value() []byte {
	if k.tooLong {
		return nil
	}
	return bytes.TrimSpace(k.raw)
}

func (k *kept) reset() { k.raw, k.tooLong = k.raw[:0], false }

func (d *document) complete() bool { return d.closed && d.depth == 0 && !d.inString }

// reset makes ready for the next document.
func (d *document) reset() {
	d.kind.reset()
	d.usage[0].reset()
	d.usage[1].reset()
	*d = document{kind: d.kind, usage: d.usage}
}

func (d *document) feed(piece []byte) {
	for len(piece) > 0 {
		n := d.plain(piece)
		d.keep(piece[:n])
		if d.inString && d.wantKey {
			d.keys[d.depth-1].add(piece[:n])
		}
		if n == len(piece) {
			return
		}
		if d.inString {
			d.keep(piece[n : n+1])
			d.inString = piece[n] != '"'
			d.escaped = piece[n] == '\\'
		} else {
			d.token(piece[n : n+1])
		}
		piece = piece[n+1:]
	}
}

// plain is how many bytes piece begins with that change nothing.
func (d *document) plain(piece []byte) int {
	if !d.inString {
		for n, c := range piece {
			switch c {
			case '"', '{', '}', '[', ']', ':', ',':
				return n
			}
		}
		return len(piece)
	}
	from := 0
	if d.escaped {
		from, d.escaped = 1, false
	}
	rest := piece[from:]
	if quote := bytes.IndexByte(rest, '"'); quote >= 0 {
		rest = rest[:quote]
	}
	if escape := bytes.IndexByte(rest, '\\'); escape >= 0 {
		rest = rest[:escape]
	}
	return from + len(rest)
}

func (d *document) keep(p []byte) {
	if d.kept != nil {
		d.kept.add(p)
	}
}

// token reads a byte outside of strings that means something.
func (d *document) token(c []byte) {
	switch c[0] {
	case '"':
		d.inString = true
		if d.wantKey {
			d.keys[d.depth-1].length = 0
		}
	case ':':
		d.wantKey = false
		d.keep(c)
		d.begin()
		return
	case ',':
		d.end()
		d.wantKey = d.inObject()
	case '{', '[':
		d.down(c[0])
	case '}', ']':
		d.end()
		d.depth = max(d.depth-1, 0)
		d.closed = d.depth == 0
		d.wantKey = false
	}
	d.keep(c)
}

// inObject says whether what follows a comma is a key that matters. In a list it is not, which the key before it tells: the
// lists at these depths belong to members, and have a depth of their own.
func (d *document) inObject() bool { return d.depth == 1 || d.depth == 2 && d.keys[0].is("response") }

func (d *document) down(c byte) {
	d.depth++
	d.wantKey = c == '{' && d.inObject()
}

// begin is called where the value of a member begins.
func (d *document) begin() {
	switch {
	case d.kept != nil:
		return
	case d.depth == 1 && d.keys[0].is("type"):
		d.kept = &d.kind
	case d.depth == 1 && d.keys[0].is("usage"):
		d.kept = &d.usage[0]
	case d.depth == 2 && d.keys[0].is("response") && d.keys[1].is("usage"):
		d.kept = &d.usage[1]
	default:
		return
	}
	d.keptAt = d.depth
	d.kept.reset()
}

// end is called where a value may end.
func (d *document) end() {
	if d.kept != nil && d.depth == d.keptAt {
		d.kept = nil
	}
}
