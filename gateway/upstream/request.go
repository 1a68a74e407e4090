package upstream

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"

	"golang.org/x/net/http/httpguts"
)

var (
	errLength = errors.New("the body is not as long as its Content-Length says")
	errHead   = errors.New("the head of the request is not valid")
)

// writeRequest writes a request, and closes its body. One of a known length, which is what a gateway sends, is written without
// the sorting and copying that http.Request.Write does to serve all kinds.
func writeRequest(w *bufio.Writer, req *http.Request) error {
	plain := req.ContentLength > 0 && len(req.TransferEncoding) == 0 && req.Trailer == nil && !req.Close
	if !plain {
		if err := req.Write(w); err != nil {
			return err
		}
		return w.Flush()
	}
	return errors.Join(writePlain(w, req), closeBody(req))
}

func writePlain(w *bufio.Writer, req *http.Request) error {
	head, err := appendHead(w.AvailableBuffer(), req)
	if err != nil {
		return err
	}
	if _, err := w.Write(head); err != nil {
		return err
	}
	n, err := io.Copy(w, req.Body)
	if err != nil {
		return err
	}
	if n != req.ContentLength {
		return errLength
	}
	return w.Flush()
}

// appendHead appends the request line and the headers. Nothing in them can end a line: what comes from outside is checked.
func appendHead(b []byte, req *http.Request) ([]byte, error) {
	host := req.Host
	if host == "" {
		host = req.URL.Host
	}
	if !httpguts.ValidHostHeader(host) || !httpguts.ValidHeaderFieldName(req.Method) {
		return nil, fmt.Errorf("%w: method %q, host %q", errHead, req.Method, host)
	}
	b = append(append(b, req.Method...), ' ')
	b = append(append(b, req.URL.RequestURI()...), " HTTP/1.1\r\nHost: "...)
	b = append(append(b, host...), "\r\n"...)
	for name, values := range req.Header {
		if framing(name) {
			continue
		}
		for _, v := range values {
			if !httpguts.ValidHeaderFieldName(name) || !httpguts.ValidHeaderFieldValue(v) {
				return nil, fmt.Errorf("%w: header %q", errHead, name)
			}
			b = append(append(b, name...), ": "...)
			b = append(append(b, v...), "\r\n"...)
		}
	}
	b = strconv.AppendInt(append(b, "Content-Length: "...), req.ContentLength, 10)
	return append(b, "\r\n\r\n"...), nil
}

// framing says whether a header is about how the message itself is sent, which it is not for the maker of the request to say:
// twice they would let two servers disagree about where it ends. http.Request.Write leaves out the same.
func framing(name string) bool {
	switch name {
	case "Host", "Content-Length", "Transfer-Encoding", "Trailer":
		return true
	}
	return false
}
