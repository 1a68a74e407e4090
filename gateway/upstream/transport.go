// Package upstream speaks HTTP/1.1 without TLS to upstreams that are near: an Ollama or a vLLM in the same cluster.
//
// http.Transport reads and writes each connection in goroutines of its own, which lets a request begin to be answered while it
// is still being sent. A gateway that has the whole request in memory needs none of that, and pays two goroutine switches for
// each exchange. Here the goroutine of the request writes it and reads the answer itself; messages are still written and parsed
// by net/http.
package upstream

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"sync"
	"time"
)

const (
	// idleTimeout is how long an unused connection is kept.
	idleTimeout = 90 * time.Second
	// idleMost is how many unused connections are kept.
	idleMost = 1024
	// headMost bounds the head of an answer, in bytes.
	headMost = 64 << 10
	// informationalMost is how many 1xx answers may come before the real one, as in net/http.
	informationalMost = 5
)

var (
	errTooManyInformational = errors.New("too many 1xx answers")
	errScheme               = errors.New("not an http URL")
)

// Dial opens a connection. It has the shape of net.Dialer.DialContext.
type Dial func(ctx context.Context, network, address string) (net.Conn, error)

// Transport is an http.RoundTripper for the upstreams of one host. It is safe for concurrent use.
//
// The request is written to its end before the answer is read, so an upstream that answers early and stops reading is waited for
// until the context ends. A request that a kept-alive connection lost before a byte of the answer came is sent once more on a
// new one, given that it has a GetBody: the other side had closed the connection in the meantime, or was about to.
type Transport struct {
	dial Dial
	// writers is a pool of buffers for requests: a connection that waits for an answer, as most do most of the time, needs none.
	writers sync.Pool

	mu    sync.Mutex
	idle  []*conn
	sweep *time.Timer
}

// New returns a Transport.
func New(dial Dial) *Transport { return &Transport{dial: dial} }

// RoundTrip sends a request and returns as soon as the head of the answer has been read. The error is that of the context where
// it has ended. As the contract of http.RoundTripper has it, the body of the request is always closed, and that of the answer
// must be.
func (t *Transport) RoundTrip(req *http.Request) (*http.Response, error) {
	if req.URL.Scheme != "http" {
		return nil, errors.Join(errScheme, closeBody(req))
	}
	c, reused, err := t.get(req)
	if err != nil {
		return nil, errors.Join(err, closeBody(req))
	}
	resp, err := c.exchange(req)
	if err == nil || !reused || c.answering || req.GetBody == nil || req.Context().Err() != nil {
		return resp, err
	}
	return t.again(req)
}

// again sends a request that a kept-alive connection lost on a new one.
func (t *Transport) again(req *http.Request) (*http.Response, error) {
	body, err := req.GetBody()
	if err != nil {
		return nil, fmt.Errorf("reading the request again: %w", err)
	}
	once := *req
	once.Body = body
	c, err := t.connect(&once)
	if err != nil {
		return nil, errors.Join(err, closeBody(&once))
	}
	return c.exchange(&once)
}

func closeBody(req *http.Request) error {
	if req.Body == nil {
		return nil
	}
	return req.Body.Close()
}

// get returns a connection that is alive as far as can be told without sending.
func (t *Transport) get(req *http.Request) (c *conn, reused bool, err error) {
	for {
		c := t.pop()
		if c == nil {
			c, err = t.connect(req)
			return c, false, err
		}
		if c.usable() {
			return c, true, nil
		}
		c.close()
	}
}

func (t *Transport) connect(req *http.Request) (*conn, error) {
	address := req.URL.Host
	if req.URL.Port() == "" {
		address = net.JoinHostPort(req.URL.Hostname(), "80")
	}
	raw, err := t.dial(req.Context(), "tcp", address)
	if err != nil {
		return nil, fmt.Errorf("connecting: %w", err)
	}
	c := &conn{Conn: raw, home: t, quiet: listener(raw)}
	c.in = bufio.NewReaderSize(&c.head, readBuffer)
	c.head.src = raw
	return c, nil
}

// pop takes the connection that was used last: it is the least likely to have been closed.
func (t *Transport) pop() *conn {
	t.mu.Lock()
	defer t.mu.Unlock()
	last := len(t.idle) - 1
	if last < 0 {
		return nil
	}
	c := t.idle[last]
	t.idle[last] = nil
	t.idle = t.idle[:last]
	return c
}

// put keeps a connection for the next request.
func (t *Transport) put(c *conn) {
	c.since = time.Now()
	t.mu.Lock()
	full := len(t.idle) >= idleMost
	if !full {
		t.idle = append(t.idle, c)
		if t.sweep == nil {
			t.sweep = time.AfterFunc(idleTimeout, t.closeExpired)
		}
	}
	t.mu.Unlock()
	if full {
		c.close()
	}
}

// closeExpired closes what has been unused for too long, and comes again while anything is left.
func (t *Transport) closeExpired() {
	limit := time.Now().Add(-idleTimeout)
	t.mu.Lock()
	expired := 0
	for expired < len(t.idle) && !t.idle[expired].since.After(limit) {
		expired++
	}
	gone := append([]*conn(nil), t.idle[:expired]...)
	t.idle = append(t.idle[:0], t.idle[expired:]...)
	t.sweep = nil
	if len(t.idle) > 0 {
		t.sweep = time.AfterFunc(time.Until(t.idle[0].since.Add(idleTimeout)), t.closeExpired)
	}
	t.mu.Unlock()
	for _, c := range gone {
		c.close()
	}
}

// CloseIdleConnections closes the connections that are not in use.
func (t *Transport) CloseIdleConnections() {
	t.mu.Lock()
	gone := t.idle
	t.idle = nil
	if t.sweep != nil {
		t.sweep.Stop()
		t.sweep = nil
	}
	t.mu.Unlock()
	for _, c := range gone {
		c.close()
	}
}
