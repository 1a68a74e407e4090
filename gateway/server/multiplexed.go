package server

import (
	"net/http"
	"time"
)

// multiplexed is an answer over HTTP/2. There net/http ends a stream as soon as its deadline has passed, also while nobody writes to it:
// a model that thinks for a minute would be cut off. So there is a deadline only while something is being sent.
// Source: https://pkg.go.dev/golang.org/x/net/http2, (*stream).onWriteTimeout
type multiplexed struct {
	http.ResponseWriter
	deadline func(time.Time) error
	stall    time.Duration
	// unsent says that a part of the answer may be in a buffer of net/http.
	unsent bool
}

// multiplex returns w itself for other versions of HTTP. end has to be called at the end of the answer.
func multiplex(w http.ResponseWriter, r *http.Request, stall time.Duration) (_ http.ResponseWriter, end func()) {
	d, ok := w.(interface{ SetWriteDeadline(time.Time) error })
	if r.ProtoMajor < 2 || !ok {
		return w, func() {}
	}
	m := &multiplexed{ResponseWriter: w, deadline: d.SetWriteDeadline, stall: stall}
	return m, m.end
}

// Write sends a part of the answer.
func (m *multiplexed) Write(p []byte) (int, error) {
	m.arm()
	defer m.disarm()
	n, err := m.ResponseWriter.Write(p)
	m.unsent = err == nil
	return n, err
}

// FlushError sends what has been written. It is for http.ResponseController.
func (m *multiplexed) FlushError() error {
	m.arm()
	defer m.disarm()
	m.unsent = false
	return http.NewResponseController(m.ResponseWriter).Flush()
}

// Unwrap lets http.ResponseController do the rest.
func (m *multiplexed) Unwrap() http.ResponseWriter { return m.ResponseWriter }

// end sends the rest, which net/http would do without a deadline. One that is set and left to net/http may come to it after the end of
// the stream, and would reset it then.
func (m *multiplexed) end() {
	if m.unsent {
		_ = m.FlushError() // the answer is over, whether the client has all of it or not
	}
}

// arm and disarm cannot fail: net/http knows deadlines of its own streams.
func (m *multiplexed) arm() { _ = m.deadline(time.Now().Add(m.stall)) }

func (m *multiplexed) disarm() { _ = m.deadline(time.Time{}) }
