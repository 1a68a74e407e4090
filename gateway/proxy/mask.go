package proxy

import (
	"bytes"
	"io"
	"net/http"
	"strings"
)

const (
	// maskPiece is how much of an answer is looked at at a time, in bytes.
	maskPiece = 4 << 10
	// minSecret is the length of the shortest key that is one. A server that needs none is often given a word for a key, which its errors
	// may well contain.
	minSecret = 8
)

// masked reads an answer with stars in the place of a secret. The length stays as it is.
type masked struct {
	io.ReadCloser
	secret []byte
	// buf[:ready] holds no part of the secret, and what follows may begin one.
	buf   []byte
	ready int
	err   error
}

// mask takes the key that the upstream was sent out of its answer. Some providers repeat it in their errors, whole or with the
// account that it belongs to; it is the gateway's and not the client's.
func (a *attempt) mask(resp *http.Response) {
	if len(a.secret) >= minSecret {
		resp.Body = &masked{ReadCloser: resp.Body, secret: []byte(a.secret)}
	}
}

// secretOf is what proves the gateway's identity in the headers of a request; empty where nothing does that anybody else could use.
func secretOf(key string, h http.Header) string {
	if key != "" {
		return key
	}
	token, _ := strings.CutPrefix(h.Get("Authorization"), "Bearer ")
	return token
}

// Read reads what is certain to hold no part of the secret.
func (m *masked) Read(p []byte) (int, error) {
	for m.ready == 0 && m.err == nil {
		m.more()
	}
	n := copy(p, m.buf[:m.ready])
	m.buf, m.ready = m.buf[n:], m.ready-n
	if n == 0 && m.ready == 0 {
		return 0, m.err
	}
	return n, nil
}

func (m *masked) more() {
	piece := make([]byte, len(m.buf), len(m.buf)+maskPiece)
	copy(piece, m.buf)
	n, err := m.ReadCloser.Read(piece[len(piece):cap(piece)])
	m.buf, m.err = bytes.ReplaceAll(piece[:len(piece)+n], m.secret, bytes.Repeat([]byte("*"), len(m.secret))), err
	if m.ready = len(m.buf); err == nil {
		m.ready = max(len(m.buf)-len(m.secret)+1, 0)
	}
}
