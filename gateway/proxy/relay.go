package proxy

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"

	"github.com/fairlead-dev/fairlead/gateway/protocol"
)

// relayBuffer is what one answer may occupy at a time, in bytes. Short answers fit, and are read to their end before the client
// is sent anything, so that a target that breaks off can still be replaced.
const relayBuffer = 16 << 10

// relayBody passes an answer on byte for byte. An answer that breaks off is ErrCut, and the caller has to abort the connection.
func (a *attempt) relayBody(resp *http.Response) error {
	buf := a.proxy.buffers.Get().(*[relayBuffer]byte)
	defer a.proxy.buffers.Put(buf)
	n, err := a.fill(resp.Body, buf[:], a.live(resp))
	if err != nil && !errors.Is(err, io.EOF) {
		return a.broke(err)
	}
	a.sent()
	observer, passed := a.observer(false), int64(n)
	_, _ = observer.Write(buf[:n])
	a.wrote(passed)
	if err != nil {
		// All of it is here, so that the headers can say what it cost.
		a.concludeObserved(observer, resp.StatusCode)
	}
	a.headers(resp, length(resp, n, err != nil))
	for {
		if passed == resp.ContentLength {
			a.concludeObserved(observer, resp.StatusCode)
		}
		if failed := a.pass(buf[:n], err == nil && resp.ContentLength < 0); failed != nil {
			return failed
		}
		if err != nil {
			break
		}
		n, err = resp.Body.Read(buf[:])
		a.dog.alive()
		passed += int64(n)
		_, _ = observer.Write(buf[:n])
		a.wrote(passed)
	}
	if !errors.Is(err, io.EOF) {
		a.accountObserved(observer)
		return a.cut(err)
	}
	// The client knows the end of a body of unknown length only when Serve has returned.
	a.concludeObserved(observer, resp.StatusCode)
	return nil
}

// live says whether an answer is made while it is sent, so that its beginning is of use to the client: audio, and the list that Gemini
// streams where nobody asked for events. A document is of none before its end.
func (a *attempt) live(resp *http.Response) bool {
	v := resp.Header[headerType]
	document := len(v) > 0 && hasType(v[0], protocol.TypeJSON)
	return resp.ContentLength < 0 && (a.call.Array || !document)
}

// fill reads until buf is full or the answer ends, which is io.EOF, or until there is anything at all where the answer is live.
func (a *attempt) fill(src io.Reader, buf []byte, live bool) (n int, err error) {
	for n < len(buf) && err == nil && (n == 0 || !live) {
		var m int
		m, err = src.Read(buf[n:])
		n += m
		a.dog.alive()
	}
	return n, err
}

// length is the Content-Length to announce: the upstream's own, or what has been read where that is all. Nothing where neither
// is known.
func length(resp *http.Response, n int, all bool) []string {
	if v := resp.Header[headerLength]; resp.ContentLength >= 0 && len(v) == 1 {
		return v
	}
	if all {
		return []string{strconv.Itoa(n)}
	}
	return nil
}

// headers begins the answer to the client.
func (a *attempt) headers(resp *http.Response, length []string) {
	if a.kept() {
		return
	}
	h := a.w.Header()
	retry := h[headerRetry]
	copyDown(h, resp.Header, a.limited)
	if retry != nil {
		h[headerRetry] = retry
	}
	if length != nil {
		h[headerLength] = length
	}
	a.announce()
	a.w.WriteHeader(resp.StatusCode)
}

// cut says that the answer broke off after its beginning had been sent.
func (a *attempt) cut(err error) error {
	broke := a.broke(err)
	if errors.Is(broke, ErrClientGone) {
		return broke
	}
	return fmt.Errorf("%w: %w", ErrCut, errors.Unwrap(broke))
}

// pass sends a part of an answer. One whose length is not known is made as it is sent, audio above all, and waits for nothing.
func (a *attempt) pass(p []byte, flush bool) error {
	_, err := a.w.Write(p)
	if err == nil && flush {
		err = http.NewResponseController(a.w).Flush()
	}
	if err != nil {
		return fmt.Errorf("%w: %w", ErrClientGone, err)
	}
	return nil
}

// observer reads along with an answer that passes untouched.
func (a *attempt) observer(stream bool) protocol.Observer {
	if a.service.Observe == nil {
		return protocol.Blind{}
	}
	return a.service.Observe(stream)
}
