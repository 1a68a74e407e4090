package sse

import "bytes"

// Scanner finds the events of a stream in its bytes as they come, in pieces cut anywhere. It follows the WHATWG grammar:
// lines end in LF, CRLF or CR, a colon begins a comment, `data` lines of one event are joined by LF, other fields are left out.
// An event at the end that lacks its blank line counts, because upstreams exist that send none.
//
// It holds at most one unfinished event, of a size that is given; a longer one is left out and the scanner goes on after it.
type Scanner struct {
	most int
	// leftOut counts events that were too long.
	leftOut int
	// line is the beginning of a line whose end has not come.
	line []byte
	// lines counts the data lines of the event so far. Their data is view, a part of the piece that is being read, or event.
	lines       int
	view, event []byte
	// tooLong says that the event is left out, afterCR that a LF would belong to the last line, begun that there was a line.
	tooLong, afterCR, begun bool
}

// NewScanner returns a Scanner for events of up to most bytes.
func NewScanner(most int) *Scanner { return &Scanner{most: most} }

// LeftOut is how many events were longer than the scanner holds.
func (r *Scanner) LeftOut() int { return r.leftOut }

// Feed reads the next piece. The data of an event is valid only during the call of yield; it is a part of piece where all of
// the event is.
func (r *Scanner) Feed(piece []byte, yield func(data []byte)) {
	for len(piece) > 0 {
		if r.afterCR && piece[0] == '\n' {
			piece = piece[1:]
		}
		r.afterCR = false
		end := lineEnd(piece)
		if end < 0 {
			r.line = r.grow(r.line, piece)
			break
		}
		r.afterCR = piece[end] == '\r'
		r.endLine(piece[:end], yield)
		piece = piece[end+1:]
	}
	r.own()
}

// End reads what is left when the stream has ended.
func (r *Scanner) End(yield func(data []byte)) {
	if len(r.line) > 0 {
		r.endLine(nil, yield)
	}
	r.endEvent(yield)
}

// lineEnd is where the first line of b ends, or -1.
func lineEnd(b []byte) int {
	lf := bytes.IndexByte(b, '\n')
	if lf >= 0 {
		b = b[:lf]
	}
	if cr := bytes.IndexByte(b, '\r'); cr >= 0 {
		return cr
	}
	return lf
}

// endLine reads the line that began with r.line and ends with rest.
func (r *Scanner) endLine(rest []byte, yield func([]byte)) {
	line, split := rest, len(r.line) > 0
	if split {
		line = r.grow(r.line, rest)
		r.line = line[:0]
	}
	if !r.begun {
		r.begun = true
		line = bytes.TrimPrefix(line, []byte("\xef\xbb\xbf"))
	}
	if len(line) == 0 {
		r.endEvent(yield)
		return
	}
	value, isData := bytes.CutPrefix(line, []byte("data"))
	switch {
	case !isData:
	case len(value) == 0:
		r.add(nil, split)
	case value[0] == ':':
		r.add(bytes.TrimPrefix(value[1:], []byte(" ")), split)
	}
}

// add takes the value of a data line; copied says that it does not outlive the next line.
func (r *Scanner) add(value []byte, copied bool) {
	r.lines++
	if r.lines == 1 && !copied {
		r.view = value
		return
	}
	r.own()
	if r.lines > 1 {
		r.event = append(r.event, '\n')
	}
	r.event = r.grow(r.event, value)
}

// own copies what was a part of the piece, which goes away.
func (r *Scanner) own() {
	if r.view != nil {
		r.event = r.grow(r.event[:0], r.view)
		r.view = nil
	}
}

func (r *Scanner) endEvent(yield func([]byte)) {
	data := r.event
	if r.view != nil {
		data = r.view
	}
	switch {
	case r.tooLong || len(data) > r.most:
		r.leftOut++
	case r.lines > 0:
		yield(data)
	}
	r.lines, r.view, r.event, r.tooLong = 0, nil, r.event[:0], false
}

// grow appends b to what is kept of the event as long as that stays within the limit.
func (r *Scanner) grow(kept, b []byte) []byte {
	if len(kept)+len(b) > r.most+len("data: ") {
		r.tooLong = true
		b = b[:min(len(b), 1)]
		if len(kept) > 0 {
			return kept
		}
	}
	return append(kept, b...)
}
