package gemini

// maxUsage bounds what is kept of an answer in order to read its usage, in bytes. Real ones take a few hundred.
const maxUsage = 8 << 10

// Members that the scan looks for. Levels are counted from the response, which is 1.
const (
	keyCandidates   = "candidates"
	keyFeedback     = "promptFeedback"
	keyUsage        = "usageMetadata"
	keyError        = "error"
	keyBlockReason  = "blockReason"
	keyFinishReason = "finishReason"
	keyIndex        = "index"
	maxKey          = len(keyUsage) + 2
)

// scan finds the few members of a response that tell its cost and its end, in JSON that comes in pieces cut anywhere: a response, an
// array of them, or one after another with anything but braces and brackets between them, as server-sent events are. It checks
// nothing: the bytes are the upstream's, and are passed on whatever they are. It keeps no more than one usage.
type scan struct {
	depth int
	// base is the depth around the response: 1 in an array.
	base              int
	inString, escaped bool
	// wantKey says that the next string is a key, key is the beginning of the last one, and awaited the key whose value comes.
	wantKey bool
	key     []byte
	awaited string
	// section is the member of the response that is being read.
	section string
	keeping bool
	// usage is the last usageMetadata, coming the one that is not whole yet.
	usage, coming []byte
	// index and finished are those of the candidate that is being read; seen and done have a bit for each candidate so far.
	index      int
	finished   bool
	seen, done uint64
	// blocked and failed say that the prompt was blocked, that there was an error.
	blocked, failed bool
}

// complete says whether there was an answer, all of its candidates have ended, and nothing was cut off.
func (s *scan) complete() bool {
	return s.depth == 0 && !s.failed && (s.seen != 0 && s.seen == s.done || s.seen == 0 && s.blocked)
}

func (s *scan) level() int { return s.depth - s.base }

func (s *scan) feed(piece []byte) {
	for len(piece) > 0 {
		n := s.plain(piece)
		s.take(piece[:n])
		if n == len(piece) {
			return
		}
		c := piece[n]
		s.keep(piece[n : n+1])
		if s.inString {
			s.inString = c != '"'
			s.escaped = c == '\\'
		} else {
			s.token(c)
		}
		piece = piece[n+1:]
	}
}

// plain is how many bytes piece begins with that change nothing.
func (s *scan) plain(piece []byte) int {
	if !s.inString {
		for n, c := range piece {
			switch c {
			case '"', '{', '}', '[', ']', ':', ',':
				return n
			}
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

// take reads bytes that are no tokens: a part of a key, or of a number.
func (s *scan) take(part []byte) {
	s.keep(part)
	switch {
	case s.inString && s.wantKey:
		s.key = append(s.key, part[:min(len(part), max(maxKey-len(s.key), 0))]...)
	case !s.inString && s.awaited == keyIndex:
		for _, c := range part {
			if c >= '0' && c <= '9' && s.index < 1<<10 {
				s.index = s.index*10 + int(c-'0')
			}
		}
	}
}

// keep takes a part of the usage; one that is too long is given up.
func (s *scan) keep(part []byte) {
	switch {
	case !s.keeping:
	case len(s.coming)+len(part) > maxUsage:
		s.keeping = false
	default:
		s.coming = append(s.coming, part...)
	}
}

func (s *scan) token(c byte) {
	switch c {
	case '"':
		if s.depth == 0 {
			return
		}
		s.inString = true
		if s.wantKey {
			s.key = s.key[:0]
		}
		s.value('"')
	case ':':
		s.wantKey = false
		s.member()
	case ',':
		s.awaited = ""
		s.wantKey = s.inObject()
	case '{', '[':
		s.value(c)
		s.down(c)
	default:
		s.up(c)
	}
}

// inObject says whether a comma at this depth is followed by a key that may matter.
func (s *scan) inObject() bool {
	switch s.level() {
	case 1:
		return true
	case 2:
		return s.section == keyFeedback
	case 3:
		return s.section == keyCandidates
	}
	return false
}

// member notes whose value comes.
func (s *scan) member() {
	s.awaited = ""
	switch s.level() {
	case 1:
		s.section = known(s.key, keyCandidates, keyFeedback, keyUsage, keyError)
		s.awaited = s.section
	case 2, 3:
		if s.inObject() {
			s.awaited = known(s.key, keyBlockReason, keyFinishReason, keyIndex)
		}
	}
	if s.awaited == keyIndex {
		s.index = 0
	}
}

func known(key []byte, names ...string) string {
	for _, n := range names {
		if string(key) == n {
			return n
		}
	}
	return ""
}

// value notes the beginning of the value that was awaited: a string or an object, no null.
func (s *scan) value(c byte) {
	switch {
	case c == '"' && s.awaited == keyFinishReason:
		s.finished = true
	case c == '"' && s.awaited == keyBlockReason:
		s.blocked = true
	case c == '{' && s.awaited == keyError:
		s.failed = true
	case c == '{' && s.awaited == keyUsage:
		s.keeping, s.coming = true, append(s.coming[:0], '{')
	}
	s.awaited = ""
}

func (s *scan) down(c byte) {
	if s.depth == 0 {
		s.base = 0
		if c == '[' {
			s.base = 1
		}
	}
	s.depth++
	s.wantKey = c == '{' && s.inObject()
	if s.level() == 3 {
		s.index, s.finished = 0, false
	}
}

func (s *scan) up(c byte) {
	s.awaited = ""
	if s.level() == 3 && s.section == keyCandidates && c == '}' {
		bit := uint64(1) << min(s.index, 63)
		s.seen |= bit
		if s.finished {
			s.done |= bit
		}
	}
	s.depth = max(s.depth-1, 0)
	s.wantKey = false
	if s.keeping && s.level() <= 1 {
		s.keeping, s.usage, s.coming = false, s.coming, s.usage
	}
	if s.level() <= 0 {
		s.section = ""
	}
}
