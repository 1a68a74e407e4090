package upstream

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"time"
)

const (
	// writeBuffer holds a usual request at once.
	writeBuffer = 16 << 10
	// readBuffer holds the head of an answer, and a short answer with it. A connection has one for as long as it lives; larger
	// reads go past it.
	readBuffer = 4 << 10
)

var errHeadTooLong = fmt.Errorf("the head of the answer is longer than %d bytes", headMost)

// conn is one connection. It is used by one goroutine at a time.
type conn struct {
	net.Conn
	home *Transport
	in   *bufio.Reader
	head headReader
	// quiet says that nothing has come that is still to be read.
	quiet func() bool
	// since is when it was last used.
	since time.Time
	// answering says that at least one byte of the answer has come.
	answering bool
}

// headReader lets through no more than left bytes, where left is not negative: net/http itself puts no limit to a head.
type headReader struct {
	src  io.Reader
	left int
}

// Read reads from the connection.
func (h *headReader) Read(p []byte) (int, error) {
	if h.left < 0 {
		return h.src.Read(p)
	}
	if h.left == 0 {
		return 0, errHeadTooLong
	}
	n, err := h.src.Read(p[:min(len(p), h.left)])
	h.left -= n
	return n, err
}

// exchange sends the request and reads the head of the answer. The connection is closed where that fails, and otherwise goes
// back or is closed when the body of the answer has been read or closed.
func (c *conn) exchange(req *http.Request) (*http.Response, error) {
	c.answering = false
	stop := context.AfterFunc(req.Context(), c.interrupt)
	resp, err := c.send(req)
	if err != nil {
		stop()
		c.close()
		if ended := req.Context().Err(); ended != nil {
			return nil, ended
		}
		return nil, err
	}
	b := &answer{ReadCloser: resp.Body, conn: c, stop: stop, reuse: !resp.Close && resp.StatusCode != http.StatusSwitchingProtocols}
	resp.Body = b
	if resp.ContentLength == 0 {
		b.finish(b.reuse)
	}
	return resp, nil
}

// send writes the request and reads the head of the answer. Where writing fails, an answer may have come all the same: servers
// refuse a request that is too large without reading it.
func (c *conn) send(req *http.Request) (*http.Response, error) {
	failed := c.write(req)
	if _, network := errors.AsType[*net.OpError](failed); failed != nil && !network {
		return nil, fmt.Errorf("sending the request: %w", failed)
	}
	resp, err := c.read(req)
	if err != nil && failed != nil {
		return nil, fmt.Errorf("sending the request: %w", failed)
	}
	if err != nil {
		return nil, err
	}
	resp.Close = resp.Close || failed != nil
	return resp, nil
}

func (c *conn) write(req *http.Request) error {
	w, ok := c.home.writers.Get().(*bufio.Writer)
	if !ok {
		w = bufio.NewWriterSize(nil, writeBuffer)
	}
	w.Reset(c.Conn)
	defer func() {
		w.Reset(nil)
		c.home.writers.Put(w)
	}()
	return writeRequest(w, req)
}

func (c *conn) read(req *http.Request) (*http.Response, error) {
	c.head.left = headMost
	defer func() { c.head.left = -1 }()
	if _, err := c.in.Peek(1); err != nil {
		return nil, fmt.Errorf("waiting for the answer: %w", err)
	}
	c.answering = true
	for range informationalMost {
		resp, err := http.ReadResponse(c.in, req)
		if err != nil {
			return nil, fmt.Errorf("reading the head of the answer: %w", err)
		}
		if resp.StatusCode >= http.StatusOK || resp.StatusCode == http.StatusSwitchingProtocols {
			return resp, nil
		}
	}
	return nil, errTooManyInformational
}

// interrupt makes a Read or Write under way return. A connection that was interrupted is never used again.
func (c *conn) interrupt() { _ = c.SetDeadline(time.Unix(1, 0)) }

func (c *conn) close() { _ = c.Close() }

// usable says whether an unused connection still is: the other side neither closed it nor sent what nobody asked for, which
// would be taken for the answer to the next request, perhaps that of another client.
func (c *conn) usable() bool { return c.in.Buffered() == 0 && c.quiet() }

// answer is the body of an answer. It gives its connection back at the end.
type answer struct {
	io.ReadCloser
	conn  *conn
	stop  func() bool
	reuse bool
	done  bool
	err   error
}

// Read reads the body.
func (a *answer) Read(p []byte) (int, error) {
	if a.done {
		return 0, a.err
	}
	n, err := a.ReadCloser.Read(p)
	if err != nil {
		a.err = err
		a.finish(a.reuse && errors.Is(err, io.EOF))
	}
	return n, err
}

// Close ends the exchange. A connection whose answer was not read to its end is closed.
func (a *answer) Close() error {
	a.err = http.ErrBodyReadAfterClose
	a.finish(false)
	return nil
}

// finish lets go of the connection, once.
func (a *answer) finish(reuse bool) {
	if a.done {
		return
	}
	a.done = true
	if a.err == nil {
		a.err = io.EOF
	}
	if interrupted := !a.stop(); interrupted || !reuse || a.conn.in.Buffered() > 0 {
		a.conn.close()
		return
	}
	a.conn.home.put(a.conn)
}
