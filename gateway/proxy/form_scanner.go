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
		name, body, err := s.head(b)
		if err != nil || body < 0 {
			return err
		}
		if name != "model" {
			s.at, s.inPart = body-len("\r\n"), false
			continue
		}
		if more, err := s.take(b, body); more || err != nil {
			return err
		}
	}
	return nil
}

// head reads the headers of the part that has begun: its name, and where its content is, -1 where they have not arrived yet.
func (s *formScanner) head(b []byte) (name string, body int, err error) {
	end := bytes.Index(b[s.at:], []byte("\r\n\r\n"))
	if end < 0 {
		if len(b)-s.at > partHeadMost {
			return "", -1, errPartHead
		}
		return "", -1, nil
	}
	body = s.at + end + len("\r\n\r\n")
	if !onlyCRLF(b[s.at:body], []byte("\n")) {
		return "", -1, errPartHead
	}
	name, err = partName(b[s.at:body])
	return name, body, err
}

// take notes where the model is whose content begins at body; more says that it has not arrived yet. A name that is too long is cut,
// and refused by its length.
func (s *formScanner) take(b []byte, body int) (more bool, err error) {
	end := bytes.Index(b[body:], s.delimiter)
	if end < 0 && len(b)-body <= jsonscan.MaxModelBytes+len(s.delimiter) {
		return true, nil
	}
	if s.model != nil {
		return false, errFormChanged
	}
	if end < 0 {
		end = len(b) - body
	}
	s.model = &span{body, body + end}
	s.at, s.inPart = body+end, false
	return false, nil
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
