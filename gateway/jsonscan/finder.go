package jsonscan

import "bytes"

// Finder finds an object that is a member of the top-level object of a document which comes in pieces cut anywhere. It checks nothing:
// the document is an upstream's, and is passed on whatever it is.
type Finder struct {
	name              string
	most              int
	depth             int
	inString, escaped bool
	// wantKey says that the next string at the top level is a key; key is the beginning of the last one.
	wantKey bool
	key     []byte
	// keeping says that the value is being read, into found.
	keeping bool
	found   []byte
}

// NewFinder returns a Finder of the member name, whose value has at most most bytes.
func NewFinder(name string, most int) Finder { return Finder{name: name, most: most} }

// Value is the object, or nil where there was none, or one that is too long.
func (f *Finder) Value() []byte { return f.found }

// Feed looks at the next piece.
func (f *Finder) Feed(piece []byte) {
	for len(piece) > 0 {
		n := f.plain(piece)
		f.keep(piece[:n])
		if f.inString && f.depth == 1 && f.wantKey {
			f.key = append(f.key, piece[:min(n, len(f.name)+1-len(f.key))]...)
		}
		if n == len(piece) {
			return
		}
		f.keep(piece[n : n+1])
		if f.inString {
			f.inString = piece[n] != '"'
			f.escaped = piece[n] == '\\'
		} else {
			f.token(piece[n])
		}
		piece = piece[n+1:]
	}
}

// plain is how many bytes piece begins with that change nothing.
func (f *Finder) plain(piece []byte) int {
	if !f.inString {
		if n := bytes.IndexAny(piece, "\"{}[]:,"); n >= 0 {
			return n
		}
		return len(piece)
	}
	from := 0
	if f.escaped {
		from, f.escaped = 1, false
	}
	for n, c := range piece[from:] {
		if c == '"' || c == '\\' {
			return from + n
		}
	}
	return len(piece)
}

// keep takes a part of the value; a value that is too long is given up.
func (f *Finder) keep(part []byte) {
	if !f.keeping {
		return
	}
	if len(f.found)+len(part) > f.most {
		f.keeping, f.found = false, nil
		return
	}
	f.found = append(f.found, part...)
}

func (f *Finder) token(c byte) {
	switch c {
	case '"':
		f.inString = true
		if f.depth == 1 && f.wantKey {
			f.key = f.key[:0]
		}
	case ':':
		f.wantKey = false
	case ',':
		f.wantKey = f.depth == 1
	case '{', '[':
		f.down(c)
	case '}', ']':
		f.up()
	}
}

func (f *Finder) down(c byte) {
	f.depth++
	f.wantKey = f.depth == 1 && c == '{'
	if f.depth == 2 && c == '{' && string(f.key) == f.name {
		f.keeping, f.found = true, []byte{'{'}
	}
}

func (f *Finder) up() {
	f.depth--
	if f.depth <= 1 {
		f.keeping = false
	}
}
