package proxy

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/fairlead-dev/fairlead/gateway/fault"
)

const (
	// firstRead is the buffer that a request gets before it has sent anything, whatever length it announces.
	firstRead = 64 << 10
	// pooledMost is the largest buffer that is kept for another request.
	pooledMost = 1 << 20
	// inlineMost is the largest body that is copied for sending: net/http writes a body that it knows to be in memory together
	// with the headers, and does not say when it is done with it.
	inlineMost = 8 << 10
)

// bodies is a pool of buffers for request bodies.
type bodies struct{ pool sync.Pool }

// body is a request body in a pooled buffer. Whoever may still read it holds it; the last to release it gives it back. A
// transport may go on reading after it has returned, until it closes what it was given.
type body struct {
	b     []byte
	holds atomic.Int32
	home  *bodies
}

func (p *bodies) get() *body {
	b, ok := p.pool.Get().(*body)
	if !ok {
		b = &body{home: p}
	}
	b.b = b.b[:0]
	b.holds.Store(1)
	return b
}

func (b *body) hold() { b.holds.Add(1) }

func (b *body) release() {
	if b.holds.Add(-1) > 0 {
		return
	}
	if cap(b.b) <= pooledMost {
		b.home.pool.Put(b)
	}
}

// read takes in the whole body of a request, at most limit bytes. The error is an *fault.Error for a request that is at fault,
// or ErrClientGone.
func (p *bodies) read(r *http.Request, limit int64) (*body, error) {
	if err := checkEncoding(r.Header); err != nil {
		return nil, err
	}
	if r.ContentLength > limit {
		return nil, fault.BodyTooLarge(limit)
	}
	b := p.get()
	if err := b.fill(r, limit); err != nil {
		b.release()
		return nil, err
	}
	return b, nil
}

// fill reads to the end. The buffer grows with what arrives, not with what was announced.
func (b *body) fill(r *http.Request, limit int64) error {
	if want := min(max(r.ContentLength, bytes.MinRead), firstRead); int64(cap(b.b)) < want {
		b.b = make([]byte, 0, want)
	}
	for {
		if int64(len(b.b)) > limit {
			return fault.BodyTooLarge(limit)
		}
		if len(b.b) == cap(b.b) {
			b.b = append(b.b, 0)[:len(b.b)]
		}
		n, err := r.Body.Read(b.b[len(b.b):cap(b.b)])
		b.b = b.b[:len(b.b)+n]
		switch {
		case int64(len(b.b)) > limit:
			return fault.BodyTooLarge(limit)
		case err == io.EOF, err == nil && int64(len(b.b)) == r.ContentLength:
			return nil
		case err != nil:
			return readError(err)
		}
	}
}

func readError(err error) error {
	if errors.Is(err, os.ErrDeadlineExceeded) {
		return &fault.Error{
			Status: http.StatusRequestTimeout, Code: "request_timeout",
			Message: "The request body did not arrive in time.",
		}
	}
	if _, network := errors.AsType[net.Error](err); network || errors.Is(err, io.ErrUnexpectedEOF) {
		return fmt.Errorf("reading the request body: %w: %w", ErrClientGone, err)
	}
	return fault.Invalid("malformed_body", "", "The request body is not framed as HTTP says: expected well-formed chunks.")
}

// checkEncoding refuses a compressed body: the gateway has to read it, and unpacking what a stranger packed has no bound.
func checkEncoding(h http.Header) error {
	for _, v := range h["Content-Encoding"] {
		if v != "" && !strings.EqualFold(v, "identity") {
			return &fault.Error{
				Status: http.StatusUnsupportedMediaType, Code: "unsupported_content_encoding",
				Message: "The request body must be sent without Content-Encoding; only 'identity' is accepted.",
			}
		}
	}
	return nil
}

// outbound is the body as the pieces, which refer to it: it is held until the transport has let go of it.
func (b *body) outbound(pieces [][]byte) outbound {
	length := lengthOf(pieces)
	if length <= inlineMost {
		return owned([][]byte{bytes.Join(pieces, nil)})
	}
	return outbound{length: length, pieces: pieces, open: func() io.ReadCloser {
		b.hold()
		return &sending{rest: pieces, body: b}
	}}
}

// owned is a body whose pieces belong to nobody else.
func owned(pieces [][]byte) outbound {
	return outbound{length: lengthOf(pieces), pieces: pieces, open: func() io.ReadCloser {
		if len(pieces) == 1 {
			return io.NopCloser(bytes.NewReader(pieces[0]))
		}
		readers := make([]io.Reader, len(pieces))
		for i, p := range pieces {
			readers[i] = bytes.NewReader(p)
		}
		return io.NopCloser(io.MultiReader(readers...))
	}}
}

func lengthOf(pieces [][]byte) (n int64) {
	for _, p := range pieces {
		n += int64(len(p))
	}
	return n
}

// sending is one pass over the pieces of a body. Closing it, which may happen from another goroutine, ends it.
type sending struct {
	mu     sync.Mutex
	rest   [][]byte
	offset int
	body   *body
}

// Read returns io.EOF after the last piece, and http.ErrBodyReadAfterClose after Close.
func (s *sending) Read(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.body == nil {
		return 0, http.ErrBodyReadAfterClose
	}
	for len(s.rest) > 0 && s.offset == len(s.rest[0]) {
		s.rest, s.offset = s.rest[1:], 0
	}
	if len(s.rest) == 0 {
		return 0, io.EOF
	}
	n := copy(p, s.rest[0][s.offset:])
	s.offset += n
	return n, nil
}

// Close releases the body. Nothing reads it any more: a Read under way ends first.
func (s *sending) Close() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.body != nil {
		s.body.release()
		s.body, s.rest = nil, nil
	}
	return nil
}
