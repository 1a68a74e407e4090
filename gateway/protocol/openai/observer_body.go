package openai

import "bytes"

// maxUsageBytes bounds what is kept of an answer in order to read its usage. Real ones take a few hundred bytes.
const maxUsageBytes = 8 << 10

// usageFinder finds the value of the top-level member `usage` in a JSON document that comes in pieces. It checks nothing: the
// document is the upstream's, and is passed on whatever it is.
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

func (s *usageFinder) feed(piece []byte) {
	for len(piece) > 0 {
		n := s.plain(piece)
		s.keep(piece[:n])
		if s.inString && s.depth == 1 && s.wantKey {
			s.key = append(s.key, piece[:min(n, len("usage_"))]...)
		}
		if n == len(piece) {
			return
		}
		s.keep(piece[n : n+1])
		if s.inString {
			s.inString = piece[n] != '"'
			s.escaped = piece[n] == '\\'
		} else {
			s.token(piece[n])
		}
		piece = piece[n+1:]
	}
}

// plain is how many bytes piece begins with that change nothing.
func (s *usageFinder) plain(piece []byte) int {
	if !s.inString {
		if n := bytes.IndexAny(piece, "\"{}[]:,"); n >= 0 {
			return n
		}
		return len(piece)
	}
	from := 0
	if s.escaped {
		from, s.escaped = 1, false
	}
	for n, c := range piece[from:] {
		if c == '"' || c == '\\' {
			return from + n
		}
	}
	return len(piece)
}

// keep takes a part of the value of usage; a value that is too long is given up.
func (s *usageFinder) keep(part []byte) {
	if !s.keeping {
		return
	}
	if len(s.usage)+len(part) > maxUsageBytes {
		s.keeping, s.usage = false, nil
		return
	}
	s.usage = append(s.usage, part...)
}

func (s *usageFinder) token(c byte) {
	switch c {
	case '"':
		s.inString = true
		if s.depth == 1 && s.wantKey {
			s.key = s.key[:0]
		}
	case ':':
		s.wantKey = false
	case ',':
		s.wantKey = s.depth == 1
	case '{', '[':
		s.down(c)
	case '}', ']':
		s.up()
	}
}

func (s *usageFinder) down(c byte) {
	s.depth++
	s.wantKey = s.depth == 1 && c == '{'
	if s.depth == 2 && c == '{' && string(s.key) == "usage" {
		s.keeping, s.usage = true, []byte{'{'}
	}
}

func (s *usageFinder) up() {
	s.depth--
	if s.depth <= 1 {
		s.keeping = false
	}
}
