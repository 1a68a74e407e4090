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
}

// multiplex returns w itself for other versions of HTTP. end has to be called at the end of the answer, the rest of which is sent only
// then.
func multiplex(w http.ResponseWriter, r *http.Request, stall time.Duration) (_ http.ResponseWriter, end func()) {
	d, ok := w.(interface{ SetWriteDeadline(time.Time) error })
	if r.ProtoMajor < 2 || !ok {
		return w, func() {}
	}
	m := &multiplexed{ResponseWriter: w, deadline: d.SetWriteDeadline, stall: stall}
	return m, m.arm
}

// Write sends a part of the answer.
func (m *multiplexed) Write(p []byte) (int, error) {
	m.arm()
	defer m.disarm()
	return m.ResponseWriter.Write(p)
}

// FlushError sends what has been written. It is for http.ResponseController.
func (m *multiplexed) FlushError() error {
	m.arm()
	defer m.disarm()
	return http.NewResponseController(m.ResponseWriter).Flush()
}

// Unwrap lets http.ResponseController do the rest.
func (m *multiplexed) Unwrap() http.ResponseWriter { return m.ResponseWriter }

// arm and disarm cannot fail: net/http knows deadlines of its own streams.
func (m *multiplexed) arm() { _ = m.deadline(time.Now().Add(m.stall)) }

func (m *multiplexed) disarm() { _ = m.deadline(time.Time{}) }
