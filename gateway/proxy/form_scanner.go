package proxy

import (
	"bufio"
	"bytes"
	"mime"
	"net/textproto"

	"github.com/fairlead-dev/fairlead/gateway/fault"
	"github.com/fairlead-dev/fairlead/gateway/jsonscan"
)

// span is a place in a form.
type span struct{ start, end int }

// formScanner finds the part `model` in a form that arrives piece by piece.
// Source: RFC 7578, and RFC 2046, section 5.1.1 for the boundaries.
type formScanner struct {
	delimiter []byte
	// at is where the next delimiter may begin, or, where inPart is set, the headers of the part that has begun.
	at     int
	inPart bool
	// begun: the first delimiter has been found.
	begun bool
	model *span
}

// partHeadMost bounds the headers of one part, in bytes.
const partHeadMost = 16 << 10

var errPartHead = fault.Invalid(fault.CodeInvalidValue, "", "A part of the form has headers that cannot be read.")

func newFormScanner(boundary string) formScanner {
	return formScanner{delimiter: []byte("\r\n--" + boundary)}
}

// scan looks at all that has arrived. It returns errFormChanged where a second part names a model.
func (s *formScanner) scan(b []byte) error {
	for s.next(b) {
		if !s.begun && !onlyCRLF(b[:s.at], s.delimiter[len("\r"):]) {
			return errPartHead
		}
		s.begun = true
		headEnd := bytes.Index(b[s.at:], []byte("\r\n\r\n"))
		if headEnd < 0 {
			if len(b)-s.at > partHeadMost {
				return errPartHead
			}
			return nil
		}
		body := s.at + headEnd + len("\r\n\r\n")
		if !onlyCRLF(b[s.at:body], []byte("\n")) {
			return errPartHead
		}
		name, err := partName(b[s.at:body])
		if err != nil {
			return err
		}
		if name != "model" {
			s.at, s.inPart = body-len("\r\n"), false
			continue
		}
		end := bytes.Index(b[body:], s.delimiter)
		if end < 0 && len(b)-body <= jsonscan.MaxModelBytes+len(s.delimiter) {
			return nil
		}
		if s.model != nil {
			return errFormChanged
		}
		if end < 0 {
			end = len(b) - body
		}
		s.model = &span{body, body + end}
		s.at, s.inPart = body+end, false
	}
	return nil
}

// next goes to the headers of the next part, if its delimiter has arrived.
func (s *formScanner) next(b []byte) bool {
	if s.inPart {
		return true
	}
	if first := s.delimiter[len("\r\n"):]; s.at == 0 && bytes.HasPrefix(b, first) {
		s.at, s.inPart = len(first), true
		return true
	}
	i := bytes.Index(b[s.at:], s.delimiter)
	if i < 0 {
		s.at = max(s.at, len(b)-len(s.delimiter))
		return false
	}
	s.at, s.inPart = s.at+i+len(s.delimiter), true
	return true
}

// onlyCRLF says whether line, which begins with LF, comes behind CR wherever it is in b. Readers exist that take a bare LF for the end of a
// line, and would find parts, and a model, where others find none.
func onlyCRLF(b, line []byte) bool {
	return bytes.Count(b, line) == bytes.Count(b, append([]byte("\r"), line...))
}

// partName is the name of a part, by its headers.
func partName(head []byte) (string, error) {
	h, err := textproto.NewReader(bufio.NewReader(bytes.NewReader(bytes.TrimLeft(head, "\r\n")))).ReadMIMEHeader()
	if err != nil || len(h["Content-Disposition"]) > 1 {
		return "", errPartHead
	}
	if len(h["Content-Disposition"]) == 0 {
		return "", nil
	}
	_, params, err := mime.ParseMediaType(h.Get("Content-Disposition"))
	if err != nil {
		return "", errPartHead
	}
	return params["name"], nil
}
