package anthropic

import "bytes"

// maxUsageBytes bounds what is kept of an answer in order to read its usage. Real ones take a few hundred bytes.
const maxUsageBytes = 8 << 10

// usageFinder finds the value of the member `usage` of a message that comes in pieces. It checks nothing: the message is the
// upstream's, and is passed on whatever it is.
type usageFinder struct {
	depth             int
	inString, escaped bool
	// wantKey says that the next string at the top level is a key; key is the beginning of the last one.
	wantKey bool
	key     []byte
	// keeping says that the value of usage is being read, into usage.
	keeping bool
	usage   []byte
}

func (f *usageFinder) feed(piece []byte) {
	for len(piece) > 0 {
		n := f.plain(piece)
		f.keep(piece[:n])
		if f.inString && f.depth == 1 && f.wantKey {
			f.key = append(f.key, piece[:min(n, len("usage_")-len(f.key))]...)
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
func (f *usageFinder) plain(piece []byte) int {
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

// keep takes a part of the value of usage; a value that is too long is given up.
func (f *usageFinder) keep(part []byte) {
	if !f.keeping {
		return
	}
	if len(f.usage)+len(part) > maxUsageBytes {
		f.keeping, f.usage = false, nil
		return
	}
	f.usage = append(f.usage, part...)
}

func (f *usageFinder) token(c byte) {
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

func (f *usageFinder) down(c byte) {
	f.depth++
	f.wantKey = f.depth == 1 && c == '{'
	if f.depth == 2 && c == '{' && string(f.key) == "usage" {
		f.keeping, f.usage = true, []byte{'{'}
	}
}

func (f *usageFinder) up() {
	f.depth--
	if f.depth <= 1 {
		f.keeping = false
	}
}
