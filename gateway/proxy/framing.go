package proxy

import (
	"bytes"
	"encoding/json"
	"net/http"
	"strings"

	"github.com/fairlead-dev/fairlead/gateway/protocol"
)

// framing is how a stream is cut into pieces that must not be torn.
type framing struct {
	// end is the length of the whole pieces at the start of p, of which all before from has been looked at.
	end func(p []byte, from int) int
	// whole says whether the end of a stream that lacks its last line break is whole otherwise: upstreams exist that send none.
	whole func(tail []byte) bool
	// count is about how many pieces p holds.
	count func(p []byte) int
	// mend ends a piece that was torn, so that another can follow.
	mend string
}

var (
	events = framing{end: eventsEnd, whole: wholeEvent, count: countEvents, mend: "\n\n"}
	lines  = framing{end: linesEnd, whole: wholeLine, count: countLines, mend: "\n"}
)

// framingOf is how an answer is framed, if it is a stream.
func framingOf(h http.Header) (*framing, bool) {
	v := h[headerType]
	switch {
	case len(v) == 0:
		return nil, false
	case hasType(v[0], protocol.TypeEvents):
		return &events, true
	case hasType(v[0], protocol.TypeNDJSON):
		return &lines, true
	}
	return nil, false
}

func hasType(value, want string) bool {
	return len(value) >= len(want) && strings.EqualFold(value[:len(want)], want)
}

func linesEnd(p []byte, _ int) int { return bytes.LastIndexByte(p, '\n') + 1 }

func countLines(p []byte) int { return bytes.Count(p, []byte("\n")) }

// countEvents counts lines of data: most upstreams send one for each event.
func countEvents(p []byte) int {
	n := bytes.Count(p, []byte("\ndata:"))
	if bytes.HasPrefix(p, []byte("data:")) {
		n++
	}
	return n
}

func wholeLine(tail []byte) bool { return json.Valid(tail) }

// eventsEnd finds the last empty line, which ends an event; lines end with LF, CRLF or CR.
func eventsEnd(p []byte, from int) int {
	const lookBack = 3
	for i := len(p); i > max(from-lookBack, 0); {
		i = bytes.LastIndexAny(p[:i], "\r\n")
		if i < 0 {
			return 0
		}
		if endsEvent(p[:i+1]) {
			return i + 1
		}
	}
	return 0
}

// wholeEvent says whether the last event of a stream is whole without its empty line.
func wholeEvent(tail []byte) bool {
	tail = bytes.TrimRight(tail, "\r\n")
	data, ok := bytes.CutPrefix(tail[bytes.LastIndexAny(tail, "\r\n")+1:], []byte("data:"))
	data = bytes.TrimSpace(data)
	return ok && (string(data) == "[DONE]" || json.Valid(data))
}

// endsEvent says whether p ends with an empty line. A CR at the end might be half of a CRLF, which does no harm: the LF is then
// an empty line of its own.
func endsEvent(p []byte) bool {
	return bytes.HasSuffix(p, []byte("\n\n")) || bytes.HasSuffix(p, []byte("\n\r\n")) || bytes.HasSuffix(p, []byte("\r\r"))
}
