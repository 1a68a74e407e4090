package server

import (
	"crypto/rand"
	"encoding/hex"
	"net/http"
	"strings"
	"time"

	"github.com/fairlead-dev/fairlead/gateway/telemetry"
)

// response notes what is sent, and gives each write a deadline: a client that does not read would otherwise hold the answer, and
// with it the upstream, for ever. The deadline moves as long as the client reads, so that it cuts no stream. net/http lifts it
// after each request.
type response struct {
	http.ResponseWriter
	x     *telemetry.Exchange
	stall time.Duration
	armed time.Time
}

// began says whether the answer has begun.
func (w *response) began() bool { return !w.x.FirstByte.IsZero() }

// WriteHeader begins the answer.
func (w *response) WriteHeader(status int) {
	if !w.began() {
		w.x.Status, w.x.FirstByte = status, time.Now()
		w.arm(w.x.FirstByte)
	}
	w.ResponseWriter.WriteHeader(status)
}

// Write sends a part of the answer.
func (w *response) Write(p []byte) (int, error) {
	if !w.began() {
		w.WriteHeader(http.StatusOK)
	} else {
		w.arm(time.Now())
	}
	n, err := w.ResponseWriter.Write(p)
	w.x.BytesOut += int64(n)
	return n, err
}

// Unwrap lets http.ResponseController flush.
func (w *response) Unwrap() http.ResponseWriter { return w.ResponseWriter }

// arm moves the deadline when a part of the time has gone by; moving it at each event would cost more than the event.
func (w *response) arm(now time.Time) {
	const parts = 4
	if now.Sub(w.armed) < w.stall/parts {
		return
	}
	w.armed = now
	// multiplexed has deadlines of its own; net/http's cannot fail here while the connection is open.
	if d, ok := w.ResponseWriter.(interface{ SetWriteDeadline(time.Time) error }); ok {
		_ = d.SetWriteDeadline(now.Add(w.stall))
	}
}

// requestID is the id that the client gave the request, where it is one that can be logged and passed on, or else a new one.
func requestID(h http.Header) string {
	if v := h["X-Request-Id"]; len(v) == 1 && saneID(v[0]) {
		return v[0]
	}
	var id [16]byte
	// crypto/rand.Read never fails: it ends the process where the system has no randomness.
	_, _ = rand.Read(id[:])
	return hex.EncodeToString(id[:])
}

// saneID accepts up to 128 letters, digits and `-_.:`.
func saneID(id string) bool {
	const (
		longest = 128
		letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.:"
	)
	return id != "" && len(id) <= longest && strings.Trim(id, letters) == ""
}
