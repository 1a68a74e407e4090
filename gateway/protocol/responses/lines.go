package responses

import "bytes"

// lines finds the data of server-sent events in a stream that comes in pieces cut anywhere, and hands it on without keeping it.
// Lines end in LF, CRLF or CR; an empty one ends the event.
// Source: https://html.spec.whatwg.org/multipage/server-sent-events.html#parsing-an-event-stream
type lines struct {
	// field is how the line begins, as far as that matters: up to `data:`.
	field []byte
	// afterCR says that a LF would belong to the line before.
	afterCR bool
}

const dataField = "data:"

// feed reads the next piece. data gets parts of the data of an event; end is called when the event is over.
func (l *lines) feed(piece []byte, data func([]byte), end func()) {
	for len(piece) > 0 {
		if l.afterCR && piece[0] == '\n' {
			piece, l.afterCR = piece[1:], false
			continue
		}
		l.afterCR = false
		n := lineEnd(piece)
		if n < 0 {
			l.part(piece, data)
			return
		}
		l.part(piece[:n], data)
		if len(l.field) == 0 {
			end()
		}
		l.field = l.field[:0]
		l.afterCR = piece[n] == '\r'
		piece = piece[n+1:]
	}
}

// part reads a part of a line.
func (l *lines) part(p []byte, data func([]byte)) {
	n := min(len(dataField)-len(l.field), len(p))
	l.field = append(l.field, p[:n]...)
	if string(l.field) == dataField && n < len(p) {
		data(p[n:])
	}
}

// lineEnd is where the first line of p ends, or -1.
func lineEnd(p []byte) int {
	lf := bytes.IndexByte(p, '\n')
	if lf >= 0 {
		p = p[:lf]
	}
	if cr := bytes.IndexByte(p, '\r'); cr >= 0 {
		return cr
	}
	return lf
}
